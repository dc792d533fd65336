package io.github.tintype.graph.stored;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.tensor.DenseWeight;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A graph as bytes. Graphs of equal structure over equally named weights have equal bytes, so that these also say what a graph is.
 */
public final class StoredGraph {
    private StoredGraph() {}

    /** The checkpoint's weights that a graph is made of, in the order in which they occur. */
    public static List<DenseWeight> weights(Graph graph) {
        Set<DenseWeight> weights = Collections.newSetFromMap(new IdentityHashMap<>());
        List<DenseWeight> order = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (node.op() instanceof LeafOp.Parameter(var weight)) {
                for (DenseWeight part : weight.parts()) {
                    if (weights.add(part)) {
                        order.add(part);
                    }
                }
            }
        }
        return order;
    }

    /**
     * The bytes of {@code graph}, which is made of {@code weights}; empty if it has an op that is not the engine's own, holds memory of a device, or is made
     * of other weights.
     */
    public static Optional<byte[]> write(Graph graph, List<DenseWeight> weights) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            new GraphWriter(out).write(graph, weights);
            return Optional.of(bytes.toByteArray());
        } catch (GraphWriter.UnstorableException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory doesn't fail
        }
    }

    /**
     * The graph of which {@link #write} made these bytes, over {@code weights} of the same names and types.
     *
     * @throws GraphFormatException if they aren't of such a graph
     */
    public static Graph read(ByteBuffer bytes, List<DenseWeight> weights) {
        return new GraphReader(bytes.slice(), weights).read();
    }
}
