package io.github.tintype.tensor;

/** How one element of a tensor is stored. Names are PyTorch's; {@link #F64} exists for oracles and files, not for models. */
public enum DType {
    /** IEEE binary64. */
    F64(8, Kind.FLOAT),
    /** IEEE binary32. */
    F32(4, Kind.FLOAT),
    /** IEEE binary16. */
    F16(2, Kind.FLOAT),
    /** The upper half of a binary32. */
    BF16(2, Kind.FLOAT),
    /** 8-bit float, 4 bits of exponent, no infinities ({@code torch.float8_e4m3fn}). */
    F8_E4M3(1, Kind.FLOAT),
    /** 8-bit float, 5 bits of exponent ({@code torch.float8_e5m2}). */
    F8_E5M2(1, Kind.FLOAT),
    /** Signed 64-bit integer. */
    I64(8, Kind.INTEGER),
    /** Signed 32-bit integer. */
    I32(4, Kind.INTEGER),
    /** Signed 16-bit integer; in files only. */
    I16(2, Kind.INTEGER),
    /** Signed 8-bit integer. */
    I8(1, Kind.INTEGER),
    /** Unsigned 8-bit integer. */
    U8(1, Kind.INTEGER),
    /** One byte: 0 is false, anything else true. */
    BOOL(1, Kind.BOOLEAN);

    private enum Kind {
        FLOAT,
        INTEGER,
        BOOLEAN
    }

    private final int bytes;
    private final Kind kind;

    DType(int bytes, Kind kind) {
        this.bytes = bytes;
        this.kind = kind;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Whether this is a floating-point type. */
    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    /** Whether this is an integer type; {@link #BOOL} is not. */
    public boolean isInteger() {
        return kind == Kind.INTEGER;
    }
}
