package io.github.tintype.cpu;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * What the library's products of BF16 are worth here. Where the processor multiplies such numbers they are faster than products of f32, by how much depends on what it has for them; elsewhere
 * the library has none. They must be sums in f32 of exact products: found out by one, at the first question.
 *
 * <p>F16 isn't asked for: what multiplies it (AVX-512 FP16, later AMX) hasn't been tried.
 */
final class NarrowProducts {
    /** How fast they are, slowest first. */
    enum Speed {
        /** There are none. */
        NONE,
        /** AVX-512 BF16: two products for one of f32, which a sum over pairs of numbers needs. Fewer products, as Winograd's convolutions make, are faster still. */
        PAIRS,
        /** AMX: many times the products of f32, so that making fewer of them doesn't pay. */
        TILES
    }

    /* 1 + 2⁻⁷: the square takes more bits than BF16 has, and so does the sum of 64 of them, which f32 holds. */
    private static final short FACTOR = 0x3f81;
    private static final float SUM = ProductProbe.SIZE * 1.0078125f * 1.0078125f;

    private final Cpu cpu;
    private Optional<Speed> speed = Optional.empty();

    NarrowProducts(Cpu cpu) {
        this.cpu = cpu;
    }

    synchronized Speed of(DType dtype) {
        if (dtype != DType.BF16) {
            return Speed.NONE;
        }
        Speed answer = speed.orElseGet(this::find);
        speed = Optional.of(answer);
        return answer;
    }

    private Speed find() {
        if (!FpMath.multipliesBf16(HostProcessor.target())) {
            return Speed.NONE;
        }
        return ProductProbe.multiply(
                        cpu,
                        DType.BF16,
                        DType.F32,
                        NarrowProducts::fill,
                        NarrowProducts::fill,
                        NarrowProducts::areExact)
                .map(implementation -> implementation.contains("amx") ? Speed.TILES : Speed.PAIRS)
                .orElse(Speed.NONE);
    }

    private static void fill(MemorySegment elements) {
        for (long i = 0; i < elements.byteSize() / Short.BYTES; i++) {
            elements.setAtIndex(ValueLayout.JAVA_SHORT, i, FACTOR);
        }
    }

    private static boolean areExact(MemorySegment sums) {
        for (float sum : sums.toArray(ValueLayout.JAVA_FLOAT)) {
            if (sum != SUM) {
                return false;
            }
        }
        return true;
    }
}
