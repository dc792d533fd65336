package io.github.tintype.cpu;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
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

    private static final int SIZE = 64;
    /* 1 + 2⁻⁷: the square takes more bits than BF16 has, and so does the sum of 64 of them, which f32 holds. */
    private static final short FACTOR = 0x3f81;
    private static final float SUM = SIZE * 1.0078125f * 1.0078125f;

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
        MemoryDesc factors = MemoryDesc.dense(DType.BF16, SIZE, SIZE);
        MemoryDesc sums = MemoryDesc.dense(DType.F32, SIZE, SIZE);
        long operand = factors.bytes();
        try (Primitive product = cpu.dnn().matmul(factors, factors, Optional.empty(), sums, List.of());
                NativeMemory.Block block = cpu.memory().allocate(2 * operand + sums.bytes(), "a product of BF16")) {
            MemorySegment memory = block.segment();
            for (long i = 0; i < 2 * operand / Short.BYTES; i++) {
                memory.setAtIndex(ValueLayout.JAVA_SHORT, i, FACTOR);
            }
            long at = memory.address();
            cpu.pool()
                    .parallelFor(
                            1, (_, worker) -> product.execute(worker, at, at + operand, at + 2 * operand), () -> false);
            for (long i = 0; i < (long) SIZE * SIZE; i++) {
                if (memory.get(ValueLayout.JAVA_FLOAT, 2 * operand + i * Float.BYTES) != SUM) {
                    return Speed.NONE;
                }
            }
            return product.implementation().contains("amx") ? Speed.TILES : Speed.PAIRS;
        }
    }
}
