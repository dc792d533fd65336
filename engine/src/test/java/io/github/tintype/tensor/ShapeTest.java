package io.github.tintype.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.graph.Conv2dOp;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Shapes: axes, counts, broadcasting, and the sizes that convolutions give. */
final class ShapeTest {
    private static final Dim H = Dim.symbol("h");

    @Test
    void countsAxesFromBothEnds() {
        Shape shape = Shape.of(2, 3, 5);
        assertThat(shape.size(-1)).isEqualTo(5);
        assertThat(shape.axis(-3)).isZero();
        assertThat(shape.with(-2, Dim.of(7))).isEqualTo(Shape.of(2, 7, 5));
        assertThatThrownBy(() -> shape.axis(3)).hasMessage("axis: got 3 for shape [2,3,5], wanted -3 to 2");
    }

    @Test
    void countsElements() {
        assertThat(Shape.of(2, 3, 5).elements()).isEqualTo(30);
        assertThat(Shape.of(2, 0, 5).elements()).isZero();
        assertThat(Shape.SCALAR.elements()).isEqualTo(1);
        assertThat(Shape.of(Dim.of(2), H).numel()).isEqualTo(H.times(2));
        assertThat(Shape.of(2, 3, 5).contiguousStrides()).containsExactly(15, 5, 1);
        assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40).elements()).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void broadcasts() {
        assertThat(Shape.broadcast("add", Shape.of(2, 1, 5), Shape.of(3, 1))).isEqualTo(Shape.of(2, 3, 5));
        assertThat(Shape.broadcast("add", Shape.of(0, 3), Shape.of(1))).isEqualTo(Shape.of(0, 3));
        assertThat(Shape.broadcast("add", Shape.of(Dim.ONE, H), Shape.of(2, 1))).isEqualTo(Shape.of(Dim.of(2), H));
        assertThatThrownBy(() -> Shape.broadcast("add", Shape.of(2), Shape.of(3)))
                .hasMessage("add: got [2] and [3], wanted shapes that broadcast");
        assertThatThrownBy(() -> Shape.broadcast("add", Shape.of(H), Shape.of(3)))
                .isInstanceOf(ShapeException.class);
    }

    @Test
    void evaluatesSymbols() {
        Shape shape = Shape.of(Dim.of(2), H.plus(1).floorDiv(2));
        assertThat(shape.isFixed()).isFalse();
        assertThat(shape.evaluate(_ -> 65)).isEqualTo(Shape.of(2, 33));
    }

    @Test
    void convolutionsKeepOrHalveSymbolicSizes() {
        TensorType weight = TensorType.of(DType.F32, 4, 4, 3, 3);
        TensorType x = new TensorType(DType.F32, Shape.of(Dim.ONE, Dim.of(4), H.times(8), H));
        Shape same = new Conv2dOp(1, 1, 1, 1).infer(List.of(x, weight)).shape();
        assertThat(same).isEqualTo(x.shape());
        Shape half = new Conv2dOp(2, 1, 1, 1).infer(List.of(x, weight)).shape();
        assertThat(half.dim(2)).isEqualTo(H.times(4));
        assertThat(half.dim(3)).isEqualTo(H.plus(1).floorDiv(2));
    }
}
