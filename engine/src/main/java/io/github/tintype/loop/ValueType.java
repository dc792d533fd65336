package io.github.tintype.loop;

import io.github.tintype.tensor.DType;
import java.util.Locale;

/** What a kernel computes in. Narrower types of memory are widened when they are loaded and narrowed when they are stored. */
public enum ValueType {
    /** IEEE binary32; also what F16, BF16 and the 8-bit floats are in a register. */
    F32,
    /** IEEE binary64. */
    F64,
    /** 32-bit integer; also what I16, I8 and U8 are in a register. */
    I32,
    /** 64-bit integer. */
    I64,
    /** A truth value. */
    BOOL;

    /** The type of an element of {@code stored} once it is loaded. */
    public static ValueType of(DType stored) {
        return switch (stored) {
            case F32, F16, BF16, F8_E4M3, F8_E5M2 -> F32;
            case F64 -> F64;
            case I32, I16, I8, U8 -> I32;
            case I64 -> I64;
            case BOOL -> BOOL;
        };
    }

    public boolean isFloat() {
        return this == F32 || this == F64;
    }

    public boolean isInteger() {
        return this == I32 || this == I64;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
