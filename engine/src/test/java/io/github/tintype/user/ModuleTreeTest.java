package io.github.tintype.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.CatWeight;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import io.github.tintype.trace.StructureException;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ModuleTreeTest {
    private record Scale(String path, double by) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return x.mul(by);
        }
    }

    private record Options(String name, List<Integer> sizes) {}

    private record Block(String path, Options options, List<Scale> scales, Optional<Scale> last) implements Module {}

    private record Model(String path, Block first, Block second, Optional<Scale> none) implements Module {}

    private static final Block FIRST = block("first", 1);
    private static final Block SECOND = block("second", 3);
    private static final Model MODEL = new Model("", FIRST, SECOND, Optional.empty());

    private static Block block(String path, int from) {
        return new Block(
                path,
                new Options("o", List.of(1, 2)),
                List.of(new Scale(path + ".scales.0", from), new Scale(path + ".scales.1", from + 1)),
                Optional.of(new Scale(path + ".last", 9)));
    }

    @Test
    void modulesComeBeforeTheirChildren() {
        assertThat(ModuleTree.modules(MODEL))
                .extracting(Module::path)
                .containsExactly(
                        "",
                        "first",
                        "first.scales.0",
                        "first.scales.1",
                        "first.last",
                        "second",
                        "second.scales.0",
                        "second.scales.1",
                        "second.last");
    }

    @Test
    void childrenChangeFirstAndWhatStaysIsTheSameObject() {
        List<String> seen = new ArrayList<>();
        Model changed = ModuleTree.map(MODEL, module -> {
            seen.add(module.path());
            return module instanceof Scale scale && scale.path().startsWith("second.scales")
                    ? new Scale(scale.path(), -scale.by())
                    : module;
        });
        assertThat(seen).startsWith("first.scales.0", "first.scales.1", "first.last", "first", "second.scales.0");
        assertThat(changed.first()).isSameAs(FIRST);
        assertThat(changed.second().scales()).extracting(Scale::by).containsExactly(-3.0, -4.0);
        assertThat(changed.second().last()).isSameAs(SECOND.last());
        assertThat(changed.second().options()).isSameAs(SECOND.options());
        assertThat(ModuleTree.map(MODEL, UnaryOperator.identity())).isSameAs(MODEL);
    }

    private record Weighted(String path, Weight weight, Optional<Weight> bias, List<Scale> scales) implements Module {}

    @Test
    void weightsAreFoundWhereModulesHoldThem() {
        Weight a = weight("a");
        Weight b = new CatWeight(List.of(weight("b"), weight("c")), 0);
        Weighted inner = new Weighted("inner", a, Optional.of(b), List.of());
        assertThat(ModuleTree.weights(List.of(inner, new Weighted("other", a, Optional.empty(), List.of()))))
                .containsExactly(a, b, a);
        assertThat(ModuleTree.weights(MODEL)).isEmpty();
    }

    private static Weight weight(String name) {
        return new DenseWeight(name, DType.F32, HostTensor.ofFloats(new float[] {1, 2}, 2));
    }

    @Test
    void whatItsPlaceDoesNotTakeIsNamed() {
        assertThatThrownBy(() -> ModuleTree.map(
                        MODEL, module -> module.path().equals("second") ? new Scale("second", 1) : module))
                .isInstanceOf(StructureException.class)
                .hasMessage("Model: second: got a Scale, wanted a Block");
        assertThatThrownBy(
                        () -> ModuleTree.map(FIRST, module -> module.path().equals("first.scales.0") ? MODEL : module))
                .isInstanceOf(StructureException.class)
                .hasMessage("first: scales: got a Model, wanted a Scale");
    }
}
