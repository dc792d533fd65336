package io.github.tintype.llvm;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.code.Target;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The intrinsics and conversions that only some targets have an instruction for, each with what it needs. Where that is missing {@link Arithmetic} and
 * {@link Conversions} write the same from plain operations: LLVM would call the C library instead, which our code can't, or end the JVM. What
 * has no twin is for GPUs alone, all of which have it.
 */
final class Features {
    /** What is written differently where it is missing, or isn't written at all. */
    enum Feature {
        /** {@code llvm.fma}: rounds once. Twin: a product and a sum. */
        FMA("fma", "sm_20"),
        /** {@code llvm.floor}, {@code llvm.roundeven}. Twin: adding and taking away 2²³ or 2⁵². */
        ROUND("sse4.1", "sm_20"),
        /** {@code fpext} and {@code fptrunc} of {@code half}. Twin: integer operations. */
        HALF("f16c", "sm_53"),
        /** {@code fptrunc} to {@code bfloat}, denormals and all. Twin: integer operations; the instruction of AVX-512 flushes denormals. */
        BFLOAT("", "sm_80"),
        /** {@code llvm.x86.avx2.pmadd.wd}: products of pairs of I16 in 8 lanes. Twin: shifts and products. */
        PAIRS_8("avx2", ""),
        /** {@code llvm.x86.avx512.pmaddw.d.512}: likewise in 16 lanes. */
        PAIRS_16("avx512bw", ""),
        /** {@code llvm.x86.avx512.vpdpbusd.256}: adds products of four bytes in 8 lanes. Twin: likewise. */
        QUADS_8("avxvnni", ""),
        /** {@code llvm.x86.avx512.vpdpbusd.512}: likewise in 16 lanes. */
        QUADS_16("avx512vnni", ""),
        /** {@code llvm.x86.avx512bf16.dpbf16ps.512}: adds products of pairs of BF16 in 16 lanes. Twin: their halves as F32. */
        PAIRS_BF16_16("avx512bf16", ""),
        /** {@code llvm.nvvm.read.ptx.sreg.*}: which thread this is. */
        THREAD("", "sm_20"),
        /** {@code llvm.nvvm.barrier0}, of all threads of a block. */
        BARRIER("", "sm_20"),
        /** {@code llvm.nvvm.shfl.sync.*}: reads another thread's register; PTX 6.0. */
        SHUFFLE("", "sm_30");

        private final String llvm;
        private final String gpu;

        /* LLVM's name of the feature on x86, if one has it; the first GPU that has it, likewise. */
        Feature(String llvm, String gpu) {
            this.llvm = llvm;
            this.gpu = gpu;
        }
    }

    private static final List<String> V2 = List.of("sse4.1");
    private static final List<String> V3 = List.of("sse4.1", "fma", "f16c", "avx2");
    private static final List<String> V4 = List.of("sse4.1", "fma", "f16c", "avx2", "avx512bw");

    private final Set<Feature> has;
    private final boolean isGpu;

    private Features(Set<Feature> has, boolean isGpu) {
        this.has = has;
        this.isGpu = isGpu;
    }

    /** What {@code target} surely has: by its level, if its name is one, and by its list of features. */
    static Features of(Target target) {
        Set<String> names = new HashSet<>(
                switch (target.cpu()) {
                    case "x86-64-v2" -> V2;
                    case "x86-64-v3" -> V3;
                    case "x86-64-v4" -> V4;
                    default -> List.of();
                });
        for (String feature : Arrays.asList(target.features().split(",", -1))) {
            if (feature.startsWith("+")) {
                names.add(feature.substring(1));
            } else if (feature.startsWith("-")) {
                names.remove(feature.substring(1));
            }
        }
        return of(feature -> !feature.llvm.isEmpty() && names.contains(feature.llvm), false);
    }

    /** What a GPU and all later ones have. */
    static Features of(GpuArchitecture architecture) {
        int generation = generation(architecture.target());
        return of(feature -> !feature.gpu.isEmpty() && generation(feature.gpu) <= generation, true);
    }

    private static int generation(String target) {
        return Integer.parseInt(target.substring("sm_".length()));
    }

    private static Features of(Predicate<Feature> has, boolean isGpu) {
        return new Features(Arrays.stream(Feature.values()).filter(has).collect(Collectors.toUnmodifiableSet()), isGpu);
    }

    boolean has(Feature feature) {
        return has.contains(feature);
    }

    boolean isGpu() {
        return isGpu;
    }
}
