package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

final class WorkerPoolTest {
    @Test
    void runsEachSliceOnce() {
        try (WorkerPool pool = new WorkerPool(3, () -> {})) {
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
        try (WorkerPool pool = new WorkerPool(2, () -> {})) {
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
        try (WorkerPool pool = new WorkerPool(2, () -> {})) {
            boolean all = pool.parallelFor(1000, (slice, worker) -> begun.incrementAndGet(), () -> begun.get() >= 10);
            assertThat(all).isFalse();
            assertThat(begun.get()).isBetween(10, 11);
        }
    }

    @Test
    void refusesWorkAfterClose() {
        WorkerPool pool = new WorkerPool(2, () -> {});
        pool.close();
        pool.close();
        assertThatThrownBy(() -> pool.parallelFor(1, (slice, worker) -> {}, () -> false))
                .isInstanceOf(IllegalStateException.class);
    }
}
