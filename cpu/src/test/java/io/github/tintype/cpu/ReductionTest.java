package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What conformance doesn't ask: numbers of threads, and sums that only doubles hold. */
final class ReductionTest {
    private static final int ROWS = 3;
    private static final int COLUMNS = 50_001;

    private static List<Float> reduced(int threads, ReduceOp op, Floats x, int results) {
        TensorType type = TensorType.of(DType.F32, ROWS, COLUMNS);
        Operand rows = new Operand(type, Layout.contiguous(type.shape()), false);
        try (Cpu cpu = Cpu.open(threads);
                Floats y = Floats.poisoned(results);
                Floats scratch = Floats.poisoned(64)) {
            Reduction kernel = new Reduction(cpu, op, rows, Layout.of(1, 1));
            assertThat(kernel.scratchBytes()).isBetween(1L, 64L * Float.BYTES);
            kernel.run(new FloatArguments(List.of(x), y, scratch));
            List<Float> values = new ArrayList<>();
            for (int i = 0; i < results; i++) {
                values.add(y.get(i));
            }
            return values;
        }
    }

    @Test
    void sumsAreTheSameForAnyNumberOfThreads() {
        try (Floats x = Floats.random(ROWS * COLUMNS, 3)) {
            ReduceOp sums = new ReduceOp(ReduceOp.Kind.SUM, List.of(1));
            assertThat(reduced(4, sums, x, ROWS)).isEqualTo(reduced(1, sums, x, ROWS));
        }
    }

    @Test
    void whatIsSmallBesideASumIsNotLost() {
        try (Floats x = Floats.poisoned(ROWS * COLUMNS)) {
            for (int i = 0; i < ROWS * COLUMNS; i++) {
                x.set(i, 1);
            }
            x.set(0, 1e9f); // in floats adding 1 to it changes nothing
            x.set(COLUMNS, -1e9f);
            float rest = ROWS * COLUMNS - 2;
            assertThat(reduced(2, new ReduceOp(ReduceOp.Kind.SUM, List.of(0, 1)), x, 1))
                    .containsExactly(rest);
        }
    }
}
