package io.github.tintype.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rule for low precision: what is fused and compiled is at least as near to the truth as the same module op by op in the same type, as a
 * root mean square over thousands of elements. Intermediates that are never stored are never rounded.
 */
class ModulesTest {
    private static final Runner RUNNER = new Runner(2);

    @AfterAll
    static void close() {
        RUNNER.close();
    }

    /** A module of one type, its weights drawn from a seed. */
    static final class Weights {
        private final SplittableRandom random = new SplittableRandom(7);
        private final DType dtype;

        Weights(DType dtype) {
            this.dtype = dtype;
        }

        HostTensor values(double around, double most, long... sizes) {
            HostTensor values = HostTensor.allocate(TensorType.of(dtype, sizes));
            for (long i = 0; i < values.elements(); i++) {
                values.setDouble(i, around + random.nextDouble(-most, most));
            }
            return values;
        }

        Weight matrix(long... sizes) {
            long terms = values(0, 1, sizes).elements() / sizes[0];
            return new DenseWeight("w" + random.nextInt(), dtype, values(0, 1.7 / Math.sqrt((double) terms), sizes));
        }

        Weight scale(long c) {
            return new DenseWeight("s" + random.nextInt(), dtype, values(1, 0.5, c));
        }

        Weight shift(long c) {
            return new DenseWeight("b" + random.nextInt(), dtype, values(0, 0.5, c));
        }
    }

    /** What a module does to its inputs. */
    record ModuleCase(String name, List<long[]> inputs, Function<Weights, Function<List<Tensor>, Tensor>> build) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Tensor norm(Weights w, Tensor x) {
        long c = x.shape().size(1);
        return x.groupNorm(8, w.scale(c), w.shift(c), 1e-5).silu();
    }

    private static Tensor conv(Weights w, Tensor x, long o) {
        return x.conv2d(w.matrix(o, x.shape().size(1), 3, 3), Optional.of(w.shift(o)), 1, 1, 1, 1);
    }

    private static Tensor linear(Weights w, Tensor x, long o) {
        return x.linear(w.matrix(o, x.shape().size(-1)), Optional.of(w.shift(o)));
    }

    private static Tensor layerNorm(Weights w, Tensor x) {
        long c = x.shape().size(-1);
        return x.layerNorm(w.scale(c), w.shift(c), 1e-5);
    }

    private static Tensor attention(Weights w, Tensor x) {
        Tensor normal = layerNorm(w, x);
        List<Tensor> heads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            heads.add(linear(w, normal, 64).reshape(2, 200, 4, 16).permute(0, 2, 1, 3));
        }
        Tensor mixed = heads.get(0)
                .scaledDotProductAttention(heads.get(1), heads.get(2), Optional.empty(), false, 0.25)
                .permute(0, 2, 1, 3)
                .reshape(2, 200, 64);
        return linear(w, mixed, 64).add(x);
    }

    private static Tensor feedForward(Weights w, Tensor x) {
        List<Tensor> halves = linear(w, layerNorm(w, x), 256).chunk(2, -1);
        return linear(w, halves.get(0).mul(halves.get(1).gelu()), 64).add(x);
    }

    private static final List<ModuleCase> MODULES = List.of(
            new ModuleCase("ResnetBlock2D", List.of(new long[] {2, 32, 20, 19}, new long[] {2, 48}), w -> in -> {
                Tensor x = in.get(0);
                Tensor time = linear(w, in.get(1).silu(), 32).reshape(2, 32, 1, 1);
                Tensor hidden = conv(w, norm(w, x), 32).add(time);
                return x.add(conv(w, norm(w, hidden), 32));
            }),
            new ModuleCase("attention", List.of(new long[] {2, 200, 64}), w -> in -> attention(w, in.getFirst())),
            new ModuleCase("GEGLU", List.of(new long[] {2, 200, 64}), w -> in -> feedForward(w, in.getFirst())),
            new ModuleCase(
                    "BasicTransformerBlock",
                    List.of(new long[] {2, 200, 64}),
                    w -> in -> feedForward(w, attention(w, in.getFirst()))),
            new ModuleCase(
                    "softmax",
                    List.of(new long[] {6, 100, 77}, new long[] {1, 100, 77}),
                    w -> in ->
                            in.get(0).mul(3).add(in.get(1)).softmax(-1).mul(7).add(in.get(1))),
            new ModuleCase(
                    "Upsample2D",
                    List.of(new long[] {1, 32, 10, 11}),
                    w -> in -> norm(w, conv(w, in.getFirst().upsampleNearest(Dim.of(20), Dim.of(22)), 32))),
            new ModuleCase(
                    "layer norm with scale and shift",
                    List.of(new long[] {2, 300, 48}, new long[] {2, 1, 48}, new long[] {2, 1, 48}),
                    w -> in -> in.get(0).layerNorm(1e-6).mul(in.get(1).add(1)).add(in.get(2))));

    static Stream<Arguments> modules() {
        return MODULES.stream()
                .flatMap(module -> Stream.of(DType.BF16, DType.F16).map(dtype -> Arguments.of(module, dtype)));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void compiledIsAtLeastAsNearAsUnfused(ModuleCase module, DType dtype) {
        Weights weights = new Weights(dtype);
        List<HostTensor> values = module.inputs().stream()
                .map(sizes -> weights.values(0, 1.7, sizes))
                .toList();
        List<Tensor> leaves = new ArrayList<>();
        for (HostTensor value : values) {
            LeafOp.Input leaf = new LeafOp.Input(leaves.size(), value.type());
            leaves.add(Tensor.over(Node.of(Scope.NONE, leaf, List.of()), Optional.empty()));
        }
        Node output = module.build().apply(weights).apply(leaves).node();
        Graph graph = Graph.of(List.of(output));
        Graph optimized = RUNNER.optimized(graph);
        assertThat(optimized.nodes()).anyMatch(node -> node.op() instanceof FusedOp);
        HostTensor truth = new Truth(values).of(output);
        double compiled = Nearness.rmse(RUNNER.compiled(optimized, values).getFirst(), truth);
        double unfused = Nearness.rmse(RUNNER.unfused(graph, values).getFirst(), truth);
        assertThat(compiled).as("rmse of %s to the truth", optimized).isLessThanOrEqualTo(unfused);
        // And it is no worse than a handful of roundings of values of about 1.
        assertThat(compiled)
                .isGreaterThan(0)
                .isLessThan(2 * Nearness.rounding(dtype) * Math.sqrt(Nearness.meanSquare(truth)));
    }
}
