package io.github.tintype.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class FusedOpTest {
    private static final Op MUL = new BinaryOp(BinaryOp.Kind.MUL);
    private static final Op SILU = new ActivationOp(ActivationOp.Kind.SILU);

    private static Node input(int index, TensorType type) {
        return Node.of(Scope.NONE, new LeafOp.Input(index, type), List.of());
    }

    /* silu(x) · y · 2 */
    private static Node gated(Node x, Node y) {
        Node gated = x.then(SILU).then(MUL, y);
        return gated.then(MUL, gated.scalar(2));
    }

    private final TensorType type = new TensorType(DType.F32, Shape.of(Dim.symbol("n"), Dim.of(3)));
    private final Node x = input(0, type);
    private final Node y = input(1, type);
    private final FusedOp op = FusedOp.of(gated(x, y), List.of(x, y));

    @Test
    void decomposesToWhatItWasMadeOf() {
        assertThat(Graph.of(List.of(op.decompose(List.of(x, y)))).toString())
                .isEqualTo(Graph.of(List.of(gated(x, y))).toString());
    }

    @Test
    void hasAGraphOverInputs() {
        assertThat(GraphText.of(op.body(List.of(type, type)))).isEqualTo(GraphText.of(Graph.of(List.of(gated(x, y)))));
    }

    @Test
    void isEqualWhereverItCameFrom() {
        Node a = input(7, type).then(new UnaryOp(UnaryOp.Kind.NEG));
        Node b = input(5, type);
        assertThat(FusedOp.of(gated(a, b), List.of(a, b))).isEqualTo(op).hasSameHashCodeAs(op);
        assertThat(FusedOp.of(gated(a, b), List.of(b, a))).isNotEqualTo(op);
    }

    @Test
    void infersTheTypeOfItsLastStep() {
        assertThat(op.infer(List.of(type, type))).isEqualTo(type);
        assertThatThrownBy(() -> op.infer(List.of(type))).isInstanceOf(ShapeException.class);
    }

    @Test
    void substitutesSymbolsInItsSteps() {
        Node flat = x.then(new ReshapeOp(Shape.of(Dim.symbol("n").times(Dim.of(3)))));
        Op fixed = FusedOp.of(flat.then(SILU), List.of(x)).substitute(_ -> Dim.of(4));
        assertThat(fixed.infer(List.of(TensorType.of(DType.F32, 4, 3)))).isEqualTo(TensorType.of(DType.F32, 12));
    }

    @Test
    void printsItsSteps() {
        assertThat(op).hasToString("fused{0=silu(a0) 1=mul(0,a1) 3=mul(1,2.0)}");
        Node fused = Node.of(Scope.NONE, op, List.of(x, y));
        assertThat(GraphText.of(Graph.of(List.of(fused))))
                .contains("%0 = fused{0=silu(a0) 1=mul(0,a1) 3=mul(1,2.0)}(in0, in1): f32[n,3]");
    }

    @Test
    void readsNoOtherLeaves() {
        assertThatThrownBy(() -> FusedOp.of(gated(x, y), List.of(x))).isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> new FusedOp(1, List.of(new FusedOp.Step(SILU, List.of(1)))))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("step 0 reads 1");
    }
}
