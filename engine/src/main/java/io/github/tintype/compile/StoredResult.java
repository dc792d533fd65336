package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.stored.GraphFormatException;
import io.github.tintype.graph.stored.StoredGraph;
import io.github.tintype.graph.stored.StoredParts;
import io.github.tintype.tensor.DenseWeight;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the passes came to, as bytes: steps, programs, then the graph. */
public final class StoredResult {
    private StoredResult() {}

    /** The bytes of {@code result}, whose graph is made of {@code weights}; empty if {@link StoredGraph#write} has none. */
    public static Optional<byte[]> write(Optimizer.Result result, List<DenseWeight> weights) {
        return StoredGraph.write(result.graph(), weights).map(graph -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (DataOutputStream out = new DataOutputStream(bytes)) {
                write(result.steps(), out);
                out.writeInt(result.programs().size());
                for (Optimizer.Program program : result.programs()) {
                    StoredParts.writeText(program.key(), out);
                    StoredParts.writeText(program.module(), out);
                    out.writeInt(program.occurrences());
                    out.writeInt(program.nodesBefore());
                    out.writeInt(program.nodesAfter());
                    write(program.steps(), out);
                }
                out.write(graph);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // memory doesn't fail
            }
            return bytes.toByteArray();
        });
    }

    private static void write(List<Optimizer.Step> steps, DataOutputStream out) throws IOException {
        out.writeInt(steps.size());
        for (Optimizer.Step step : steps) {
            StoredParts.writeText(step.pass(), out);
            out.writeBoolean(step.changed());
            out.writeInt(step.nodesBefore());
            out.writeInt(step.nodesAfter());
            out.writeLong(step.nanos());
        }
    }

    /**
     * What {@link #write} wrote of {@code recorded}, over its weights.
     *
     * @throws GraphFormatException if it isn't that, or gives other results than {@code recorded} has
     */
    public static Optimizer.Result read(ByteBuffer bytes, Graph recorded, List<DenseWeight> weights) {
        ByteBuffer in = bytes.slice();
        try {
            List<Optimizer.Step> steps = steps(in);
            int count = StoredParts.count(in, 1);
            List<Optimizer.Program> programs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                programs.add(new Optimizer.Program(
                        StoredParts.text(in), StoredParts.text(in), in.getInt(), in.getInt(), in.getInt(), steps(in)));
            }
            Graph graph = StoredGraph.read(in, weights);
            GraphVerifier.checkOutputs("cache", recorded, graph);
            return new Optimizer.Result(graph, steps, programs);
        } catch (BufferUnderflowException e) {
            throw new GraphFormatException("it ends too early");
        } catch (IllegalStateException e) {
            throw new GraphFormatException(String.valueOf(e.getMessage()));
        }
    }

    private static List<Optimizer.Step> steps(ByteBuffer in) {
        int count = StoredParts.count(in, 1);
        List<Optimizer.Step> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            steps.add(new Optimizer.Step(StoredParts.text(in), in.get() != 0, in.getInt(), in.getInt(), in.getLong()));
        }
        return steps;
    }
}
