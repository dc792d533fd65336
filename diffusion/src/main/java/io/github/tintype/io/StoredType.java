package io.github.tintype.io;

import io.github.tintype.tensor.DType;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The element types of the safetensors format, with those that the engine has no {@link DType} for. */
enum StoredType {
    BOOL(DType.BOOL),
    U8(DType.U8),
    I8(DType.I8),
    F8_E4M3(DType.F8_E4M3),
    F8_E5M2(DType.F8_E5M2),
    I16(DType.I16),
    F16(DType.F16),
    BF16(DType.BF16),
    I32(DType.I32),
    F32(DType.F32),
    I64(DType.I64),
    F64(DType.F64),
    U16(16),
    U32(32),
    U64(64),
    C64(64),
    F4(4),
    F6_E2M3(6),
    F6_E3M2(6),
    F8_E8M0(8),
    F8_E4M3FNUZ(8),
    F8_E5M2FNUZ(8);

    private static final Map<String, StoredType> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(StoredType::name, Function.identity()));

    private final int bits;
    private final Optional<DType> dtype;

    StoredType(DType dtype) {
        this.bits = 8 * dtype.bytes();
        this.dtype = Optional.of(dtype);
    }

    StoredType(int bits) {
        this.bits = bits;
        this.dtype = Optional.empty();
    }

    static Optional<StoredType> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** Bits of one element. */
    int bits() {
        return bits;
    }

    /** How the engine calls it; empty where it has no such type. */
    Optional<DType> dtype() {
        return dtype;
    }
}
