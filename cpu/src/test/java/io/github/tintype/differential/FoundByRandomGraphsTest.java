package io.github.tintype.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link RandomGraphsTest} has found, each as small as it could be made. */
class FoundByRandomGraphsTest {
    private static final Runner RUNNER = new Runner(2);

    /** @param name what was wrong */
    record Found(String name, List<TensorType> inputs, Function<List<Tensor>, Tensor> function) {
        @Override
        public String toString() {
            return name;
        }
    }

    @AfterAll
    static void close() {
        RUNNER.close();
    }

    private static HostTensor random(TensorType type, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        HostTensor values = HostTensor.allocate(type);
        for (long i = 0; i < values.elements(); i++) {
            values.setDouble(i, random.nextDouble(-1, 1));
        }
        return values;
    }

    private static Weight weight(long... sizes) {
        return new DenseWeight("w", DType.F32, random(TensorType.of(DType.F32, sizes), 9));
    }

    private static TensorType f32(long... sizes) {
        return TensorType.of(DType.F32, sizes);
    }

    static List<Found> found() {
        return List.of(
                new Found(
                        "seed 135: while one reduction went over the result's row, the row of another was fetched ahead",
                        List.of(f32(3, 5), f32(3, 7)),
                        in -> {
                            Tensor scaled = in.get(0).mul(in.get(1).sum(true, 1));
                            return scaled.sub(scaled.amax(true, 1));
                        }),
                new Found(
                        "seed 140: the tables of a group norm were fetched ahead like operands",
                        List.of(f32(2, 4, 8)),
                        in -> in.getFirst()
                                .groupNorm(2, weight(4), weight(4), 1e-2)
                                .softmax(-1)),
                new Found(
                        "seed 1125: a reshape of which only a part is read was dealt more digits than there are",
                        List.of(f32(2, 8)),
                        in -> in.getFirst().sin().reshape(16).slice(0, 0, 4).cos()),
                new Found(
                        "seed 1791: a group norm's images, walked by more than one loop, had their statistics in one place",
                        List.of(f32(2, 2, 2, 8), f32(2, 2, 8)),
                        in -> in.get(0)
                                .add(in.get(1).expand(Shape.of(2, 2, 2, 8)))
                                .reshape(8, 2, 4)
                                .groupNorm(2, weight(2), weight(2), 1e-2)));
    }

    @ParameterizedTest
    @MethodSource("found")
    void isRightNow(Found found) {
        List<HostTensor> values = new ArrayList<>();
        List<Tensor> leaves = new ArrayList<>();
        for (TensorType type : found.inputs()) {
            LeafOp.Input leaf = new LeafOp.Input(leaves.size(), type);
            leaves.add(Tensor.over(Node.of(Scope.NONE, leaf, List.of()), Optional.empty()));
            values.add(random(type, leaves.size()));
        }
        Graph graph = Graph.of(List.of(found.function().apply(leaves).node()));
        Comparison comparison = Comparison.of(RUNNER, graph, values, true);
        assertThat(comparison.optimized().nodes()).anyMatch(node -> node.op() instanceof FusedOp);
        assertThat(comparison.problems()).isEmpty();
    }
}
