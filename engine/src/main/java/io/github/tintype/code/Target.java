package io.github.tintype.code;

import java.util.Arrays;

/**
 * What machine code is for.
 *
 * @param triple architecture and system, e.g. {@code x86_64-unknown-linux-gnu}
 * @param cpu the processor's name, e.g. {@code znver3} or {@code x86-64-v3}
 * @param features what it has beyond that name, e.g. {@code +avx2,+fma,-avx512f}; may be empty
 * @param lanes how many f32 values are computed at once: 4, 8 or 16; a width that the processor lacks is split
 */
public record Target(String triple, String cpu, String features, int lanes) {
    public Target {
        if (lanes != 4 && lanes != 8 && lanes != 16) {
            throw new IllegalArgumentException("target: got %d lanes, wanted 4, 8 or 16".formatted(lanes));
        }
        if (!(triple + cpu + features).matches("[A-Za-z0-9_.,+-]+")) {
            throw new IllegalArgumentException(
                    "target: got %s %s %s, wanted letters, digits and -+_.,".formatted(triple, cpu, features));
        }
    }

    public Target withLanes(int other) {
        return new Target(triple, cpu, features, other);
    }

    /** Whether it surely has something beyond its name, in LLVM's words, e.g. {@code avx512bf16}. */
    public boolean has(String feature) {
        return Arrays.asList(features.split(",", -1)).contains("+" + feature);
    }

    /** What every processor of this name has: code for it runs here too. */
    public Target withoutFeatures() {
        return new Target(triple, cpu, "", lanes);
    }
}
