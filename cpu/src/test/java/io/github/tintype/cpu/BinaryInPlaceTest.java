package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Over which operands sums and products are written; that they still give the same bits, the conformance suite shows. */
class BinaryInPlaceTest {
    private static final TensorType TYPE = TensorType.of(DType.F32, 3, 8);
    private static final Operand DENSE = new Operand(TYPE, Layout.contiguous(TYPE.shape()), false);
    private static final Operand SPACED = new Operand(TYPE, Layout.of(16, 1), false);

    private static boolean overSecond(BinaryOp.Kind kind, Operand first) {
        try (CpuDevice device = CpuDevice.open(1)) {
            return device.computesInPlace(new BinaryOp(kind), 1, List.of(first, DENSE), TYPE);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = BinaryOp.Kind.class,
            names = {"ADD", "SUB", "MUL", "DIV"})
    void theSecondOperandWhereTheOpCommutes(BinaryOp.Kind kind) {
        boolean commutes = kind == BinaryOp.Kind.ADD || kind == BinaryOp.Kind.MUL;
        assertThat(overSecond(kind, DENSE)).isEqualTo(commutes);
    }

    @Test
    void notWhereTheFirstIsGatheredIntoTheResult() {
        assertThat(overSecond(BinaryOp.Kind.MUL, SPACED)).isFalse();
    }
}
