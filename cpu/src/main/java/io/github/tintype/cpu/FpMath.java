package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.MatmulPrecision;

/** In what the library may compute products of F32. Source: oneDNN's {@code dnnl_fpmath_mode_t}. */
enum FpMath {
    STRICT(0),
    /** Factors are rounded to BF16, where the processor multiplies such. */
    BF16(1);

    /** The library's number. */
    final int number;

    FpMath(int number) {
        this.number = number;
    }

    /** Whether a processor has instructions for products of BF16. */
    static boolean multipliesBf16(Target target) {
        return target.has("avx512bf16") || target.has("amx-bf16");
    }

    /** What a precision comes to on a processor: none of them has TF32, some have BF16. */
    static FpMath of(MatmulPrecision precision, Target target) {
        return switch (precision) {
            case HIGHEST, HIGH -> STRICT;
            case MEDIUM -> multipliesBf16(target) ? BF16 : STRICT;
        };
    }
}
