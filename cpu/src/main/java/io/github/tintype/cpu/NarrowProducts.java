package io.github.tintype.cpu;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the library's products of BF16 and of bytes are worth here. Where the processor has instructions for them they are faster than products of f32, by how much depends on the
 * instructions; elsewhere there are none of BF16, and those of bytes add two products in 16 bits, which saturates: oneDNN 3.13 gives 0 for 1280 · 127 · −128 on a Zen 3. They must be exact, in
 * sums of f32 and I32: found out by a product of either, at the first question.
 *
 * <p>F16 isn't asked for: what multiplies it (AVX-512 FP16, later AMX) hasn't been tried.
 */
final class NarrowProducts {
    /** How fast they are, slowest first. */
    enum Speed {
        /** There are none. */
        NONE,
        /** AVX-512 BF16, VNNI: two or four products for one of f32, which a sum over so many numbers needs. Fewer products, as Winograd's convolutions make, are faster still. */
        REGISTERS,
        /** AMX: many times the products of f32, so that making fewer of them doesn't pay. */
        TILES
    }

    /* 1 + 2⁻⁷: the square takes more bits than BF16 has, and so does the sum of 64 of them, which f32 holds. */
    private static final short FACTOR = 0x3f81;
    private static final float SUM = ProductProbe.SIZE * 1.0078125f * 1.0078125f;

    private final Cpu cpu;
    private final Map<DType, Speed> speeds = new EnumMap<>(DType.class);

    NarrowProducts(Cpu cpu) {
        this.cpu = cpu;
    }

    synchronized Speed of(DType dtype) {
        return speeds.computeIfAbsent(dtype, this::find);
    }

    private Speed find(DType dtype) {
        Optional<String> implementation = switch (dtype) {
            case BF16 ->
                FpMath.multipliesBf16(HostProcessor.target())
                        ? ProductProbe.multiply(
                                cpu,
                                DType.BF16,
                                DType.F32,
                                NarrowProducts::fill,
                                NarrowProducts::fill,
                                NarrowProducts::areExact)
                        : Optional.empty();
            case I8 ->
                ProductProbe.multiply(
                        cpu,
                        DType.I8,
                        DType.I32,
                        elements -> elements.fill((byte) 127),
                        elements -> elements.fill((byte) -128),
                        sums -> Arrays.stream(sums.toArray(ValueLayout.JAVA_INT))
                                .allMatch(sum -> sum == ProductProbe.SIZE * 127 * -128));
            default -> Optional.empty();
        };
        return implementation
                .map(name -> name.contains("amx") ? Speed.TILES : Speed.REGISTERS)
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
