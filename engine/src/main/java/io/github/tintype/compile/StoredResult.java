package io.github.tintype.compile;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.stored.GraphFormatException;
import io.github.tintype.graph.stored.StoredGraph;
import io.github.tintype.tensor.DenseWeight;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
                    write(program.key(), out);
                    write(program.module(), out);
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
            write(step.pass(), out);
            out.writeBoolean(step.changed());
            out.writeInt(step.nodesBefore());
            out.writeInt(step.nodesAfter());
            out.writeLong(step.nanos());
        }
    }

    private static void write(String text, DataOutputStream out) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
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
            int count = count(in);
            List<Optimizer.Program> programs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                programs.add(
                        new Optimizer.Program(text(in), text(in), in.getInt(), in.getInt(), in.getInt(), steps(in)));
            }
            Graph graph = StoredGraph.read(in, weights);
            GraphVerifier.check("cache", recorded, graph);
            return new Optimizer.Result(graph, steps, programs);
        } catch (BufferUnderflowException e) {
            throw new GraphFormatException("it ends too early");
        } catch (IllegalStateException e) {
            throw new GraphFormatException(String.valueOf(e.getMessage()));
        }
    }

    private static List<Optimizer.Step> steps(ByteBuffer in) {
        int count = count(in);
        List<Optimizer.Step> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            steps.add(new Optimizer.Step(text(in), in.get() != 0, in.getInt(), in.getInt(), in.getLong()));
        }
        return steps;
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[count(in)];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int count(ByteBuffer in) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining()) {
            throw new GraphFormatException(
                    "got a length of %d where %d bytes are left".formatted(count, in.remaining()));
        }
        return count;
    }
}
