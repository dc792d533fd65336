package io.github.tintype.loop;

import io.github.tintype.code.Target;
import io.github.tintype.tensor.DType;
import java.util.Locale;

/** How several narrow numbers are one I32, so that processors multiply them with another one's and add up all products by one instruction. Not in a {@link Team}. */
public enum Packed {
    /**
     * Two of BF16, the first in the low half. The products of the high halves are added first, then those of the low ones, each sum rounded once; what has an instruction for that may take
     * operands and sums below 2⁻¹²⁶ for 0.
     */
    PAIR_BF16(2, ValueType.F32),
    /** Two of I16, likewise; from memory also two of I8, which are widened. Sums wrap. */
    PAIR_I16(2, ValueType.I32),
    /** Four bytes, the first in the lowest bits: unsigned in the left factor, signed in the right one. Sums wrap. */
    QUAD_I8(4, ValueType.I32);

    private final int count;
    private final ValueType sum;

    Packed(int count, ValueType sum) {
        this.count = count;
        this.sum = sum;
    }

    /** How many numbers. */
    public int count() {
        return count;
    }

    /** The type of the sum of their products. */
    public ValueType sum() {
        return sum;
    }

    /** Whether a processor multiplies a register of them by one instruction; what has none takes several operations, which are no faster than those on single numbers. */
    public boolean hasInstruction(Target target) {
        return switch (this) {
            case PAIR_BF16 -> target.lanes() == 16 && target.has("avx512bf16");
            case PAIR_I16 -> true;
            case QUAD_I8 ->
                switch (target.lanes()) {
                    case 16 -> target.has("avx512vnni");
                    case 8 -> target.has("avxvnni");
                    default -> false;
                };
        };
    }

    /** Whether they are loaded from memory of a type. */
    public boolean isOf(DType dtype) {
        return switch (this) {
            case PAIR_BF16 -> dtype == DType.BF16;
            case PAIR_I16 -> dtype == DType.I16 || dtype == DType.I8;
            case QUAD_I8 -> dtype == DType.U8 || dtype == DType.I8;
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
