package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.tensor.DType;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class KernelCacheTest {
    private static final List<Long> SIZES = List.of(3L, 5L, 7L, 11L);

    @Test
    void equalKeysShareAKernel() {
        try (Cpu cpu = Cpu.open(1)) {
            KernelCache kernels = new KernelCache();
            MatMul first = product(cpu, kernels, 3);
            assertThat(product(cpu, kernels, 3)).isSameAs(first);
            assertThat(product(cpu, kernels, 4)).isNotSameAs(first);
        }
    }

    @Test
    void whatNobodyHoldsIsForgottenAndFreed() throws InterruptedException {
        try (Cpu cpu = Cpu.open(1)) {
            KernelCache kernels = new KernelCache();
            MatMul held = product(cpu, kernels, 4);
            int primitives = cpu.dnn().executor.owner.living();
            SIZES.forEach(size -> product(cpu, kernels, size));
            assertThat(cpu.dnn().executor.owner.living()).isGreaterThan(primitives);
            await(() -> kernels.size() == 1 && cpu.dnn().executor.owner.living() == primitives);
            assertThat(product(cpu, kernels, 4)).isSameAs(held);
        }
    }

    @Test
    void closingFreesWhatIsStillHeld() {
        MatMul held;
        NativeOwner owner;
        try (Cpu cpu = Cpu.open(1)) {
            held = product(cpu, new KernelCache(), 4);
            owner = cpu.dnn().executor.owner;
            assertThat(owner.living()).isPositive();
        }
        assertThat(owner.living()).isZero();
        assertThat(held.implementation()).isNotEmpty(); // it is reachable until here
    }

    private static MatMul product(Cpu cpu, KernelCache kernels, long size) {
        MatMul.Spec spec = MatMul.Spec.linear(DType.F32, size, size, size, true);
        return kernels.get(MatMul.class, spec, () -> new MatMul(cpu, spec));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it doesn't become garbage").isLessThan(end);
            System.gc();
            Thread.sleep(10);
        }
    }
}
