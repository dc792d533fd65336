package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** One product of square matrices by the library, to find out how it multiplies on this processor. */
final class ProductProbe {
    /** Rows and columns of the matrices. */
    static final int SIZE = 64;

    private ProductProbe() {}

    /** Sets all elements of a factor, whose memory it gets. */
    @FunctionalInterface
    interface Factor {
        void fill(MemorySegment elements);
    }

    /**
     * What the library multiplied with, if the sums pass.
     *
     * @param factors the type of both factors
     * @param sums the type of the product
     * @param passes is given the product's memory
     * @return the implementation's name
     */
    static Optional<String> multiply(
            Cpu cpu, DType factors, DType sums, Factor left, Factor right, Predicate<MemorySegment> passes) {
        MemoryDesc factor = MemoryDesc.dense(factors, SIZE, SIZE);
        MemoryDesc sum = MemoryDesc.dense(sums, SIZE, SIZE);
        long operand = factor.bytes();
        try (Primitive product = cpu.dnn().matmul(factor, factor, Optional.empty(), sum, List.of());
                NativeMemory.Block block =
                        cpu.memory().allocate(2 * operand + sum.bytes(), "a product of " + factors)) {
            MemorySegment memory = block.segment();
            left.fill(memory.asSlice(0, operand));
            right.fill(memory.asSlice(operand, operand));
            long at = memory.address();
            cpu.pool()
                    .parallelFor(
                            1, (_, worker) -> product.execute(worker, at, at + operand, at + 2 * operand), () -> false);
            return Optional.of(product.implementation())
                    .filter(_ -> passes.test(memory.asSlice(2 * operand, sum.bytes())));
        }
    }
}
