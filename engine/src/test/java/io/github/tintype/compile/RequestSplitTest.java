package io.github.tintype.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.graph.Graph;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Input 0 is new at each step, input 1 is the same. */
class RequestSplitTest {
    private static final Set<Integer> SECOND = Set.of(1);
    private final Weight k = weight("k");
    private final Weight v = weight("v");

    private static Weight weight(String name) {
        return new DenseWeight(name, DType.F32, Traces.values(TensorType.of(DType.F32, 4, 4)));
    }

    private static Tensor linear(Tensor x, Weight weight) {
        return x.linear(weight, Optional.empty());
    }

    private static Graph graph(UnaryOperator<List<Tensor>> forward) {
        TensorType rows = new TensorType(DType.F32, Shape.of(Dim.symbol("b"), Dim.of(4)));
        return Traces.trace(List.of(rows, rows), forward);
    }

    private static RequestSplit split(Graph graph) {
        RequestSplit split = RequestSplit.of(graph, 2, SECOND).orElseThrow();
        GraphVerifier.check("split", graph, split.step());
        return split;
    }

    private static void assertDoesNotFire(Graph graph) {
        assertThat(RequestSplit.of(graph, 2, SECOND)).isEmpty();
    }

    @Test
    void productsOfConstantInputsAreComputedOnce() {
        RequestSplit split = split(graph(in -> List.of(in.get(0)
                .add(linear(in.get(1), k).silu())
                .mul(linear(in.get(1), v).silu()))));
        assertThat(Traces.text(split.request())).isEqualTo("""
                %0 = linear(in1, k): f32[b,4]
                %1 = silu(%0): f32[b,4]
                %2 = linear(in1, v): f32[b,4]
                %3 = silu(%2): f32[b,4]
                return %1, %3
                """);
        assertThat(Traces.text(split.step())).isEqualTo("""
                %0 = add(in0, in2): f32[b,4]
                %1 = mul(%0, in3): f32[b,4]
                return %1
                """);
        assertThat(split.carried()).hasToString("[f32[b,4], f32[b,4]]");
    }

    @Test
    void viewsAreMadeByTheStep() {
        RequestSplit split = split(graph(in -> {
            Tensor both = linear(in.get(1), k);
            return List.of(in.get(0).slice(1, 0, 2).add(both.slice(1, 0, 2)).add(both.slice(1, 2, 4)));
        }));
        assertThat(Traces.text(split.request())).isEqualTo("""
                %0 = linear(in1, k): f32[b,4]
                return %0
                """);
        assertThat(Traces.text(split.step())).contains("= slice(in2): f32[b,2]");
    }

    @Test
    void aSmallPartIsCarriedInsteadOfTheWhole() {
        RequestSplit split = split(graph(in ->
                List.of(in.get(0).slice(1, 0, 1).add(linear(in.get(1), k).slice(1, 0, 1)))));
        assertThat(split.carried()).hasToString("[f32[b,1]]");
        assertThat(Traces.text(split.step())).isEqualTo("""
                %0 = slice(in0): f32[b,1]
                %1 = add(%0, in2): f32[b,1]
                return %1
                """);
    }

    @Test
    void whatOnlyWeightsAndConstantsDecideIsComputedOnceToo() {
        RequestSplit split = split(graph(in ->
                List.of(in.get(0).add(linear(Tensor.parameter(v), k).sum(true, 0)))));
        assertThat(Traces.text(split.request())).isEqualTo("""
                %0 = linear(v, k): f32[4,4]
                %1 = reduce_sum(%0): f32[1,4]
                return %1
                """);
    }

    @Test
    void resultsMayBeConstantOrReadByBoth() {
        RequestSplit split = split(graph(in -> {
            Tensor keys = linear(in.get(1), k);
            return List.of(keys, in.get(0).add(keys), linear(keys, v));
        }));
        assertThat(Traces.text(split.step())).isEqualTo("""
                %0 = add(in0, in2): f32[b,4]
                return in2, %0, in3
                """);
        assertThat(split.request().outputs()).hasSize(2);
    }

    @Test
    void reductionsAndCompositesOfThemAreWork() {
        assertThat(split(graph(in -> List.of(in.get(0).add(in.get(1).sum(true, 1)))))
                        .carried())
                .hasToString("[f32[b,1]]");
        assertThat(split(graph(in -> List.of(in.get(0).add(in.get(1).softmax(1)))))
                        .carried())
                .hasToString("[f32[b,4]]");
    }

    @Test
    void doesNotFireOnCheapWork() {
        assertDoesNotFire(graph(in -> List.of(in.get(0).add(in.get(1).silu().mul(2)))));
        assertDoesNotFire(graph(in -> List.of(in.get(0).add(in.get(1).reshape(Dim.symbol("b"), Dim.of(4))))));
        assertDoesNotFire(graph(in -> List.of(in.get(1))));
    }

    @Test
    void doesNotFireOnWhatChanges() {
        assertDoesNotFire(graph(in ->
                List.of(linear(in.get(0), k), linear(in.get(0).add(in.get(1)), v))));
    }

    @Test
    void onlyArgumentsCanBeConstant() {
        Graph graph = graph(in -> List.of(in.get(0)));
        assertThatThrownBy(() -> RequestSplit.of(graph, 2, Set.of(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("request split: got constant inputs [2], wanted some of 2 arguments");
    }

    @Test
    void bothTogetherComputeTheSame() {
        List<HostTensor> arguments =
                List.of(Traces.values(TensorType.of(DType.F32, 2, 4)), Traces.values(TensorType.of(DType.F32, 2, 4)));
        Graph whole = Traces.trace(
                arguments.stream().map(HostTensor::type).toList(),
                in -> List.of(in.get(0).matmul(linear(in.get(1), k).transpose(0, 1)), linear(in.get(1), v)));
        RequestSplit split = split(whole);
        List<HostTensor> all = new ArrayList<>(arguments);
        all.addAll(Traces.run(split.request(), arguments));
        List<HostTensor> got = Traces.run(split.step(), all);
        List<HostTensor> wanted = Traces.run(whole, arguments);
        assertThat(got.get(0).toFloats()).containsExactly(wanted.get(0).toFloats());
        assertThat(got.get(1).toFloats()).containsExactly(wanted.get(1).toFloats());
    }
}
