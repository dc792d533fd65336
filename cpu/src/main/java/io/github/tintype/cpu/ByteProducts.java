package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Whether the library's products of bytes are the exact ones here. Processors without instructions for them (AVX2, AVX-512 before VNNI)
 * add two products in 16 bits, which saturates; oneDNN 3.13 gives 0 for 1280 · 127 · −128 on a Zen 3. Found out by such a product, at the first question.
 */
final class ByteProducts {
    private static final int SIZE = 64;

    private final Cpu cpu;
    private Optional<Boolean> exact = Optional.empty();

    ByteProducts(Cpu cpu) {
        this.cpu = cpu;
    }

    synchronized boolean areExact() {
        boolean answer = exact.orElseGet(this::multiply);
        exact = Optional.of(answer);
        return answer;
    }

    private boolean multiply() {
        MemoryDesc bytes = MemoryDesc.dense(DType.I8, SIZE, SIZE);
        MemoryDesc sums = MemoryDesc.dense(DType.I32, SIZE, SIZE);
        long operand = (long) SIZE * SIZE;
        try (Primitive product = cpu.dnn().matmul(bytes, bytes, Optional.empty(), sums, List.of());
                NativeMemory.Block block = cpu.memory().allocate(operand * 6, "a product of bytes")) {
            MemorySegment memory = block.segment();
            memory.asSlice(0, operand).fill((byte) 127);
            memory.asSlice(operand, operand).fill((byte) -128);
            long at = memory.address();
            cpu.pool()
                    .parallelFor(
                            1, (_, worker) -> product.execute(worker, at, at + operand, at + 2 * operand), () -> false);
            for (int i = 0; i < SIZE * SIZE; i++) {
                if (memory.getAtIndex(ValueLayout.JAVA_INT, SIZE * SIZE / 2 + i) != SIZE * 127 * -128) {
                    return false;
                }
            }
            return true;
        }
    }
}
