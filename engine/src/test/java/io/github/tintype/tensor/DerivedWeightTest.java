package io.github.tintype.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;

class DerivedWeightTest {
    private static final SegmentAllocator NO_COPY = (_, _) -> {
        throw new AssertionError("wanted a view");
    };

    private final DenseWeight a = weight("a", new float[] {0, 1, 2, 3, 4, 5}, 2, 3);
    private final DenseWeight b = weight("b", new float[] {6, 7, 8}, 1, 3);

    private static DenseWeight weight(String name, float[] values, long... shape) {
        return new DenseWeight(name, DType.F32, HostTensor.ofFloats(values, shape));
    }

    private static float[] values(Weight weight) {
        HostTensor source = weight.source(Arena.ofAuto());
        assertThat(source.shape()).isEqualTo(weight.type().shape());
        return source.toFloats();
    }

    @Test
    void slicesOfTheFirstAxisAreViews() {
        SliceWeight last = new SliceWeight(a, 0, 1, 2);
        assertThat(last).hasToString("slice(a, 0, 1, 2):f32[1,3]");
        assertThat(last.source(NO_COPY).toFloats()).containsExactly(3, 4, 5);
        assertThat(new SliceWeight(new ReshapedWeight(a, Shape.of(1, 6)), 1, 2, 4)
                        .source(NO_COPY)
                        .toFloats())
                .containsExactly(2, 3);
    }

    @Test
    void slicesOfOtherAxesAreCopied() {
        assertThat(values(new SliceWeight(a, 1, 1, 3))).containsExactly(1, 2, 4, 5);
        DenseWeight cube = weight("c", new float[] {0, 1, 2, 3, 4, 5, 6, 7}, 2, 2, 2);
        assertThat(values(new SliceWeight(cube, 1, 1, 2))).containsExactly(2, 3, 6, 7);
    }

    @Test
    void catOfAnyAxis() {
        CatWeight rows = new CatWeight(List.of(a, b), 0);
        assertThat(rows).hasToString("cat(a, b, 0):f32[3,3]");
        assertThat(values(rows)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
        DenseWeight column = weight("d", new float[] {9, 10}, 2, 1);
        assertThat(values(new CatWeight(List.of(a, column), 1))).containsExactly(0, 1, 2, 9, 3, 4, 5, 10);
    }

    @Test
    void catOfWeightsStoredInTwoTypesIsStoredInTheComputedOne() {
        DenseWeight half = new DenseWeight(
                "h",
                DType.F32,
                HostTensor.ofFloats(new float[] {0.5f, 1, 2}, 1, 3).to(DType.F16));
        assertThat(new CatWeight(List.of(half, half), 0).source(Arena.ofAuto()).dtype())
                .isEqualTo(DType.F16);
        HostTensor mixed = new CatWeight(List.of(half, b), 0).source(Arena.ofAuto());
        assertThat(mixed.dtype()).isEqualTo(DType.F32);
        assertThat(mixed.toFloats()).containsExactly(0.5f, 1, 2, 6, 7, 8);
    }

    @Test
    void reshapedWeightsAreViews() {
        DenseWeight kernel = weight("k", new float[] {1, 2, 3, 4}, 2, 2, 1, 1);
        HostTensor matrix = new ReshapedWeight(kernel, Shape.of(2, 2)).source(NO_COPY);
        assertThat(matrix.type()).hasToString("f32[2,2]");
        assertThat(matrix.data().address()).isEqualTo(kernel.source().data().address());
    }

    @Test
    void equalIfMadeInOneWayOfTheSameWeights() {
        DenseWeight twin = weight("a", new float[] {0, 1, 2, 3, 4, 5}, 2, 3);
        assertThat(new CatWeight(List.of(a, b), 0))
                .isEqualTo(new CatWeight(List.of(a, b), 0))
                .hasSameHashCodeAs(new CatWeight(List.of(a, b), 0))
                .isNotEqualTo(new CatWeight(List.of(b, a), 0))
                .isNotEqualTo(new CatWeight(List.of(twin, b), 0));
        assertThat(new SliceWeight(a, 0, 0, 1))
                .isEqualTo(new SliceWeight(a, 0, 0, 1))
                .isNotEqualTo(new SliceWeight(twin, 0, 0, 1));
    }

    @Test
    void partsAreTheDenseWeightsAndCanBeReplaced() {
        Weight derived =
                new CatWeight(List.of(new SliceWeight(a, 0, 0, 1), new ReshapedWeight(b, Shape.of(1, 3)), a), 0);
        assertThat(derived.parts()).containsExactly(a, b, a);
        DenseWeight c = weight("c", new float[] {10, 11, 12}, 1, 3);
        Weight replaced = derived.withParts(part -> part == b ? c : part);
        assertThat(values(replaced)).containsExactly(0, 1, 2, 10, 11, 12, 0, 1, 2, 3, 4, 5);
        assertThat(derived.withParts(part -> part)).isEqualTo(derived);
        assertThatThrownBy(() -> derived.withParts(part -> part == a ? weight("d", new float[] {1}, 1, 1) : part))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("cat of weights: got");
    }

    @Test
    void whatDoesNotFitIsAnError() {
        assertThatThrownBy(() -> new SliceWeight(a, 0, 1, 3))
                .isInstanceOf(ShapeException.class)
                .hasMessage("slice of a weight: got 1 to 3 of axis 0 of a:f32[2,3]");
        assertThatThrownBy(() -> new SliceWeight(a, -1, 0, 1)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> new CatWeight(List.of(a), 0)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> new CatWeight(List.of(a, b), 1)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> new CatWeight(List.of(a, b), 2)).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> new ReshapedWeight(a, Shape.of(4))).isInstanceOf(ShapeException.class);
    }
}
