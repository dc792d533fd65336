package io.github.tintype.capture;

import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.runtime.LazyGraph;
import io.github.tintype.runtime.ProgramUse;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Evaluator;
import io.github.tintype.trace.GraphBreakException;
import io.github.tintype.trace.Tensor;
import io.github.tintype.trace.Tree;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs a function whose graph breaks: it is recorded at each call, and what lies between two reads of a value is a compiled
 * {@link Segment}, found by its structure. So the values that are read may steer the function as they like, a number that is read and
 * computed with is an input of what follows, and nothing is compiled twice.
 *
 * <p>What a segment computes besides the value that is read, and a later one turns out to need, is kept from the next call on.
 */
final class Segments implements AutoCloseable {
    private static final int MOST_SEGMENTS = 64;

    private final String name;
    private final Compiler compiler;
    private final CompileOptions options;
    private final ProgramUse use;
    private final LinkedHashMap<LazyGraph.Key, Segment> segments = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Explanation.Break> breaks = new LinkedHashMap<>();
    private int count;

    Segments(String name, Compiler compiler, CompileOptions options, ProgramUse use) {
        this.name = name;
        this.compiler = compiler;
        this.options = options;
        this.use = use;
    }

    Object run(List<Tensor> values, Function<List<Tensor>, Object> function, RunContext context) {
        Recording recording = new Recording(context);
        List<Tensor> inputs = values.stream()
                .map(value -> Tensor.over(value.node(), Optional.of(recording)))
                .toList();
        Tree.Flat result = Tree.flatten(function.apply(inputs));
        return result.tree()
                .rebuild(recording.compute(
                        result.tensors().stream().map(Tensor::node).toList()));
    }

    private synchronized Segment segment(LazyGraph recorded) {
        Segment known = segments.get(recorded.key());
        if (known != null) {
            return known;
        }
        Segment made = new Segment("%s.%d".formatted(name, count++), compiler, options, use);
        segments.put(recorded.key(), made);
        if (segments.size() > MOST_SEGMENTS) {
            segments.pollFirstEntry().getValue().close();
        }
        return made;
    }

    private synchronized void noteBreak(GraphBreakException broken) {
        breaks.putIfAbsent(broken.place(), new Explanation.Break(broken.place(), broken.operator(), broken.text()));
    }

    /** Where values are read, each place once. */
    synchronized List<Explanation.Break> breaks() {
        return List.copyOf(breaks.values());
    }

    synchronized List<Explanation.CompiledGraphInfo> explain() {
        return segments.values().stream().map(Segment::explain).toList();
    }

    @Override
    public synchronized void close() {
        segments.values().forEach(Segment::close);
        segments.clear();
    }

    /* Where in a segment of this call a node was recorded. */
    private record Origin(Segment segment, int position) {}

    /** One call. Used by the thread that makes it. */
    private final class Recording implements Evaluator {
        private final RunContext context;
        private final IdentityHashMap<Node, LeafOp.Value> computed = new IdentityHashMap<>();
        private final IdentityHashMap<Node, Origin> origins = new IdentityHashMap<>();

        Recording(RunContext context) {
            this.context = context;
        }

        @Override
        public HostTensor read(Tensor tensor) {
            noteBreak(GraphBreakException.reading(tensor));
            return compute(List.of(tensor.node())).getFirst().toHost();
        }

        List<Tensor> compute(List<Node> outputs) {
            LazyGraph recorded = LazyGraph.of(outputs, computed);
            learn(recorded);
            Segment segment = segment(recorded);
            Segment.Result result = segment.run(recorded, context);
            result.kept().forEach((position, tensor) -> {
                if (tensor.node().op() instanceof LeafOp.Value value) {
                    computed.put(recorded.recorded().get(position), value);
                }
            });
            for (int i = 0; i < recorded.recorded().size(); i++) {
                origins.putIfAbsent(recorded.recorded().get(i), new Origin(segment, i));
            }
            return result.outputs();
        }

        /* What this graph computes again, though an earlier segment of the call had it, that one shall keep. */
        private void learn(LazyGraph recorded) {
            for (Node node : recorded.recorded()) {
                if (origins.containsKey(node)) {
                    continue;
                }
                for (Node input : node.inputs()) {
                    Origin origin = origins.get(input);
                    if (origin != null && !computed.containsKey(input) && !(input.op() instanceof LeafOp)) {
                        origin.segment().keep(origin.position());
                    }
                }
            }
        }
    }
}
