package io.github.tintype.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Device;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Op;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class MergeProjectionsTest {
    private final Weight q = weight("q", 4, 4);
    private final Weight k = weight("k", 4, 4);
    private final Weight v = weight("v", 4, 4);

    private static DenseWeight weight(String name, long... shape) {
        TensorType type = TensorType.of(DType.F32, shape);
        HostTensor values = HostTensor.allocate(type);
        for (int i = 0; i < values.elements(); i++) {
            values.setDouble(i, Math.sin(name.hashCode() + i));
        }
        return new DenseWeight(name, DType.F32, values);
    }

    private static Tensor linear(Tensor x, Weight weight) {
        return x.linear(weight, Optional.empty());
    }

    private static Tensor heads(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1), Dim.of(2), Dim.of(2)).transpose(1, 2);
    }

    private static Tensor attention(Tensor q, Tensor k, Tensor v) {
        return heads(q).scaledDotProductAttention(heads(k), heads(v), Optional.empty(), false, 0.5);
    }

    private static TensorType tokens() {
        return new TensorType(DType.F32, Shape.of(Dim.symbol("b"), Dim.symbol("t"), Dim.of(4)));
    }

    private static Graph graph(UnaryOperator<List<Tensor>> forward) {
        return Traces.trace(List.of(tokens(), tokens()), forward);
    }

    private static Graph apply(Graph graph) {
        return apply(graph, new ReferenceDevice(), Set.of());
    }

    private static Graph apply(Graph graph, Device device, Set<DenseWeight> readElsewhere) {
        PassContext context = new PassContext(device, CompileFlags.DEFAULT, readElsewhere);
        Graph result = new MergeProjections().apply(graph, context);
        GraphVerifier.check("merge_projections", graph, result);
        return result;
    }

    private static void assertDoesNotFire(Graph graph) {
        assertThat(apply(graph)).isSameAs(graph);
    }

    @Test
    void selfAttentionReadsItsRowsOnce() {
        Graph before =
                graph(in -> List.of(attention(linear(in.get(0), q), linear(in.get(0), k), linear(in.get(0), v))));
        assertThat(Traces.text(before)).isEqualTo("""
                %0 = linear(in0, q): f32[b,t,4]
                %1 = reshape(%0): f32[b,t,2,2]
                %2 = permute(%1): f32[b,2,t,2]
                %3 = linear(in0, k): f32[b,t,4]
                %4 = reshape(%3): f32[b,t,2,2]
                %5 = permute(%4): f32[b,2,t,2]
                %6 = linear(in0, v): f32[b,t,4]
                %7 = reshape(%6): f32[b,t,2,2]
                %8 = permute(%7): f32[b,2,t,2]
                %9 = scaled_dot_product_attention(%2, %5, %8): f32[b,2,t,2]
                return %9
                """);
        assertThat(Traces.text(apply(before))).isEqualTo("""
                %0 = linear(in0, cat(q, k, v, 0)): f32[b,t,12]
                %1 = slice(%0): f32[b,t,4]
                %2 = reshape(%1): f32[b,t,2,2]
                %3 = permute(%2): f32[b,2,t,2]
                %4 = slice(%0): f32[b,t,4]
                %5 = reshape(%4): f32[b,t,2,2]
                %6 = permute(%5): f32[b,2,t,2]
                %7 = slice(%0): f32[b,t,4]
                %8 = reshape(%7): f32[b,t,2,2]
                %9 = permute(%8): f32[b,2,t,2]
                %10 = scaled_dot_product_attention(%3, %6, %9): f32[b,2,t,2]
                return %10
                """);
    }

    @Test
    void crossAttentionReadsTheTextOnce() {
        Graph before =
                graph(in -> List.of(attention(linear(in.get(0), q), linear(in.get(1), k), linear(in.get(1), v))));
        assertThat(Traces.text(apply(before)))
                .contains("= linear(in0, q): f32[b,t,4]")
                .contains("= linear(in1, cat(k, v, 0)): f32[b,t,8]");
    }

    @Test
    void biasesAreMergedToo() {
        Weight qBias = weight("q_bias", 4);
        Weight kBias = weight("k_bias", 4);
        Graph before = graph(in -> List.of(attention(
                in.get(0).linear(q, Optional.of(qBias)),
                in.get(0).linear(k, Optional.of(kBias)),
                linear(in.get(0), v))));
        assertThat(Traces.text(apply(before)))
                .contains("linear(in0, cat(q, k, 0), cat(q_bias, k_bias, 0)): f32[b,t,8]")
                .contains("linear(in0, v): f32[b,t,4]");
    }

    @Test
    void resultsAreThoseOfTheSeparateLayers() {
        List<HostTensor> arguments = List.of(Traces.values(TensorType.of(DType.F32, 2, 3, 4)));
        List<TensorType> types = List.of(arguments.getFirst().type());
        Graph before = Traces.trace(
                types, in -> List.of(attention(linear(in.get(0), q), linear(in.get(0), k), linear(in.get(0), v))));
        Graph after = apply(before);
        assertThat(after).isNotEqualTo(before);
        assertThat(Traces.run(after, arguments).getFirst().toFloats())
                .containsExactly(Traces.run(before, arguments).getFirst().toFloats());
    }

    @Test
    void weightsAreBoundOnce() {
        Graph before =
                graph(in -> List.of(attention(linear(in.get(0), q), linear(in.get(0), k), linear(in.get(0), v))));
        assertThat(apply(before).toString()).doesNotContain("weight=q").contains("weight=cat(q, k, v, 0)");
    }

    @Test
    void oneModuleCalledTwiceStaysOneWeight() {
        Graph before = graph(in -> List.of(
                attention(linear(in.get(0), q), linear(in.get(0), k), linear(in.get(0), v)),
                attention(linear(in.get(1), q), linear(in.get(1), k), linear(in.get(1), v))));
        assertThat(Traces.text(apply(before)))
                .contains("linear(in0, cat(q, k, v, 0))")
                .contains("linear(in1, cat(q, k, v, 0))");
    }

    @Test
    void doesNotFireWhereAWeightHasAnotherReader() {
        assertDoesNotFire(graph(in -> List.of(
                attention(linear(in.get(0), q), linear(in.get(0), k), linear(in.get(0), v)),
                attention(linear(in.get(1), v), linear(in.get(1), k), linear(in.get(1), q)))));
        assertDoesNotFire(graph(in -> List.of(
                attention(linear(in.get(0), q), linear(in.get(0), k), linear(in.get(0), v)), Tensor.parameter(q))));
        Graph graph = graph(in -> List.of(attention(linear(in.get(0), q), linear(in.get(0), k), linear(in.get(0), v))));
        assertThat(apply(graph, new ReferenceDevice(), Set.of((DenseWeight) k))).isSameAs(graph);
    }

    @Test
    void doesNotFireOnOneWeightTwice() {
        assertDoesNotFire(graph(
                in -> List.of(attention(linear(in.get(0), q), linear(in.get(1), k), linear(in.get(1), k)))));
    }

    @Test
    void doesNotFireOnDifferentRowsOrComputedWeights() {
        assertDoesNotFire(graph(in ->
                List.of(attention(linear(in.get(0), q), linear(in.get(0).neg(), k), linear(in.get(1), v)))));
    }

    @Test
    void doesNotFireOnResultsWhichWouldBeCopied() {
        assertDoesNotFire(graph(in -> List.of(linear(in.get(0), q), linear(in.get(0), k))));
        assertDoesNotFire(graph(in -> List.of(
                linear(in.get(0), q).reshape(tokens().shape().numel()).silu(),
                linear(in.get(0), k).silu())));
    }

    private record Layer(String path, Weight weight) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return linear(x, weight).silu();
        }
    }

    private record Part(String path, Layer layer) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return layer.call(x);
        }
    }

    @Test
    void doesNotFireAcrossModules() {
        Part first = new Part("a", new Layer("a.layer", q));
        Part second = new Part("b", new Layer("b.layer", k));
        assertDoesNotFire(graph(in -> List.of(first.call(in.get(0)).add(second.call(in.get(0))))));
        Graph one = graph(
                in -> List.of(first.layer().call(in.get(0)).add(second.layer().call(in.get(0)))));
        assertThat(apply(one)).isNotEqualTo(one);
    }

    /** Takes nothing but dense rows. */
    private static final class Dense implements Device {
        private final Device reference = new ReferenceDevice();

        @Override
        public NativeMemory memory() {
            throw new AssertionError("not run");
        }

        @Override
        public String name() {
            return "dense";
        }

        @Override
        public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
            return reference.supports(op, inputs, output);
        }

        @Override
        public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
            return inputs.stream()
                    .map(input -> Layout.contiguous(input.type().shape()))
                    .toList();
        }

        @Override
        public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
            return reference.lower(op, inputs, output);
        }

        @Override
        public Lowering copy(TensorType type, Layout from, Layout to) {
            return reference.copy(type, from, to);
        }

        @Override
        public void close() {}
    }

    @Test
    void doesNotFireOnADeviceThatWouldCopy() {
        Graph before = graph(
                in -> List.of(linear(in.get(0), q).silu(), linear(in.get(0), k).silu()));
        assertThat(apply(before)).isNotEqualTo(before);
        assertThat(apply(before, new Dense(), Set.of())).isSameAs(before);
    }
}
