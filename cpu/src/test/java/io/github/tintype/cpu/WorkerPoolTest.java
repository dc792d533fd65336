package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DeviceException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

final class WorkerPoolTest {
    @Test
    void runsEachSliceOnce() {
        try (WorkerPool pool = new WorkerPool(3, new NativeMemory(), () -> {})) {
            for (int round = 0; round < 2000; round++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(7);
                assertThat(pool.parallelFor(7, (slice, worker) -> runs.incrementAndGet(slice), () -> false))
                        .isTrue();
                for (int i = 0; i < 7; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void throwsWhatASliceThrowsAndWorksOn() {
        try (WorkerPool pool = new WorkerPool(2, new NativeMemory(), () -> {})) {
            assertThatThrownBy(() -> pool.parallelFor(
                            100,
                            (slice, worker) -> {
                                if (slice == 3) {
                                    throw new ArithmeticException("slice 3");
                                }
                            },
                            () -> false))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessage("slice 3");
            assertThat(pool.parallelFor(2, (slice, worker) -> {}, () -> false)).isTrue();
        }
    }

    @Test
    void skipsTheSlicesAfterCancellation() {
        AtomicInteger begun = new AtomicInteger();
        try (WorkerPool pool = new WorkerPool(2, new NativeMemory(), () -> {})) {
            boolean all = pool.parallelFor(1000, (slice, worker) -> begun.incrementAndGet(), () -> begun.get() >= 10);
            assertThat(all).isFalse();
            assertThat(begun.get()).isBetween(10, 11);
        }
    }

    @Test
    void refusesWorkAfterClose() {
        WorkerPool pool = new WorkerPool(2, new NativeMemory(), () -> {});
        pool.close();
        pool.close();
        assertThatThrownBy(() -> pool.parallelFor(1, (slice, worker) -> {}, () -> false))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void workingMemoryIsCountedAndBounded() {
        NativeMemory memory = new NativeMemory();
        memory.limit(1 << 20);
        try (WorkerPool pool = new WorkerPool(1, memory, () -> {})) {
            pool.parallelFor(
                    1, (slice, worker) -> assertThat(worker.scratch(1000)).isNotZero(), () -> false);
            assertThat(memory.used()).isBetween(1000L, 1100L);
            assertThatThrownBy(() -> pool.parallelFor(1, (slice, worker) -> worker.scratch(2 << 20), () -> false))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("the work of a thread needs 2.0 MiB")
                    .hasMessageContaining("budget of 1.0 MiB");
        }
        assertThat(memory.used()).isZero();
    }
}
