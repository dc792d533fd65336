package io.github.tintype.llvm;

import io.github.tintype.code.Target;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The intrinsics and conversions that only some targets have an instruction for, each with what it needs. Where that is missing {@link Arithmetic} and
 * {@link Conversions} write the same from plain operations: LLVM would call the C library instead, which our code can't, or end the JVM.
 */
final class Features {
    /** What is written differently where it is missing. */
    enum Feature {
        /** {@code llvm.fma}: rounds once. Twin: a product and a sum. */
        FMA("fma"),
        /** {@code llvm.floor}, {@code llvm.roundeven}. Twin: adding and taking away 2²³ or 2⁵². */
        ROUND("sse4.1"),
        /** {@code fpext} and {@code fptrunc} of {@code half}. Twin: integer operations. */
        HALF("f16c");

        private final String llvm;

        Feature(String llvm) {
            this.llvm = llvm;
        }
    }

    private static final List<String> V2 = List.of("sse4.1");
    private static final List<String> V3 = List.of("sse4.1", "fma", "f16c");

    private final Set<String> has;

    private Features(Set<String> has) {
        this.has = has;
    }

    /** What {@code target} surely has: by its level, if its name is one, and by its list of features. */
    static Features of(Target target) {
        Set<String> has = new HashSet<>(
                switch (target.cpu()) {
                    case "x86-64-v2" -> V2;
                    case "x86-64-v3", "x86-64-v4" -> V3;
                    default -> List.of();
                });
        for (String feature : Arrays.asList(target.features().split(",", -1))) {
            if (feature.startsWith("+")) {
                has.add(feature.substring(1));
            } else if (feature.startsWith("-")) {
                has.remove(feature.substring(1));
            }
        }
        return new Features(has);
    }

    boolean has(Feature feature) {
        return has.contains(feature.llvm);
    }
}
