package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Copies in one piece against what they are made of, and against the library's where there is a gap. */
final class BlockCopyTest {
    private static final int LENGTH = 800_003; // three slices and a bit

    @Test
    void copiesAllOfItAndNothingElse() {
        try (Cpu cpu = Cpu.open(3);
                Floats from = Floats.random(LENGTH, 5);
                Floats to = Floats.poisoned(LENGTH + 1)) {
            assertThat(new BlockCopy(cpu, (long) LENGTH * Float.BYTES).run(() -> false, from.address(), to.address()))
                    .isTrue();
            assertThat(MemorySegment.mismatch(from.view(), 0, 4L * LENGTH, to.view(), 0, 4L * LENGTH))
                    .isEqualTo(-1);
            assertThat(to.get(LENGTH)).isNaN();
        }
    }

    @Test
    void isTakenWhereBothEndsAreInOnePiece() {
        try (Cpu cpu = Cpu.open(2)) {
            assertThat(copy(cpu, List.of(5L, 7L), List.of(7L, 1L)).implementation())
                    .isEqualTo("block");
            assertThat(copy(cpu, List.of(5L, 7L), List.of(8L, 1L)).implementation())
                    .isNotEqualTo("block");
            assertThat(copy(cpu, List.of(5L, 7L), List.of(1L, 5L)).implementation())
                    .isNotEqualTo("block");
        }
    }

    private static StridedCopy copy(Cpu cpu, List<Long> sizes, List<Long> from) {
        return new StridedCopy(cpu, new StridedCopy.Spec(DType.F32, sizes, from, List.of(7L, 1L)));
    }
}
