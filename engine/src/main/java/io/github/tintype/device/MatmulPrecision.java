package io.github.tintype.device;

import java.util.Locale;

/**
 * How exactly products of F32 are computed, of which a faster way may be taken where there is one. Sums are F32 always, and other types aren't concerned. Source:
 * {@code torch.set_float32_matmul_precision}.
 */
public enum MatmulPrecision {
    /** As F32. */
    HIGHEST,
    /** Factors may be rounded to TF32, which keeps 11 bits of 24. */
    HIGH,
    /** Factors may be rounded to BF16, which keeps 8 bits. */
    MEDIUM;

    /** As torch and the command line spell it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
