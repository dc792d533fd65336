package io.github.tintype.differential;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Node;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * One graph in all ways.
 *
 * @param optimized after all passes
 * @param problems what is wrong, with the graph before and after; empty if nothing is
 */
record Comparison(Graph optimized, List<String> problems) {
    Comparison {
        problems = List.copyOf(problems);
    }

    /**
     * Compares the loops, interpreted, with the truth and with the graph op by op, and compiled ones with them bit for bit.
     *
     * @param compiled whether the loops are compiled too, which takes most of the time
     */
    static Comparison of(Runner runner, Graph graph, List<HostTensor> inputs, boolean compiled) {
        Truth truth = new Truth(inputs);
        Graph optimized = runner.optimized(graph);
        List<HostTensor> unfused = runner.unfused(graph, inputs);
        List<HostTensor> interpreted = runner.interpreted(optimized, inputs);
        List<HostTensor> generated = compiled ? runner.compiled(optimized, inputs) : interpreted;
        List<String> problems = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            Node output = graph.outputs().get(i);
            DType narrowest = Nearness.narrowest(Graph.of(List.of(output)));
            Nearness nearness = Nearness.of(interpreted.get(i), unfused.get(i), truth.of(output), narrowest);
            if (!nearness.holds()) {
                problems.add("output %d of type %s: %s%n%s%s".formatted(i, output.type(), nearness, graph, optimized));
            }
            long differs = generated.get(i).data().mismatch(interpreted.get(i).data());
            if (differs != -1) {
                long at = differs / output.type().dtype().bytes();
                problems.add("output %d of type %s: compiled and interpreted loops differ, element %d is %s and %s%n%s"
                        .formatted(
                                i,
                                output.type(),
                                at,
                                generated.get(i).getDouble(at),
                                interpreted.get(i).getDouble(at),
                                optimized));
            }
        }
        return new Comparison(optimized, problems);
    }
}
