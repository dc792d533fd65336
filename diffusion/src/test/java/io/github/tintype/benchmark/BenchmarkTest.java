package io.github.tintype.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.capture.Mode;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.PreparationListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/** On the small UNet at 64 × 64. */
class BenchmarkTest {
    private static final Workload UNET = new Workload(BenchmarkModel.TINY_UNET, 64, 64, 1);
    private static final Variant DEFAULT = new Variant(ModelForm.PLAIN, Optional.of(Mode.DEFAULT), false);
    private static final Variant REGIONAL = new Variant(ModelForm.PLAIN, Optional.of(Mode.DEFAULT), true);
    private static final long PLENTY = 1L << 31;

    private final List<Engine> opened = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private final Cancellation cancellation = new Cancellation();

    private Engine open(long budget) {
        Engine engine = Engine.on(CpuDevice.open(2), budget);
        opened.add(engine);
        return engine;
    }

    private List<Row> run(long budget, Workload workload, Variant... variants) {
        Suite suite = new Suite(List.of(workload), List.of(variants), 2, 1, budget, Optional.empty());
        return new Benchmark(suite, this::open, new Listener(), cancellation).run();
    }

    private final class Listener implements BenchmarkListener {
        @Override
        public void begins(Workload workload, int calls) {
            heard.add("%s: %d".formatted(workload, calls));
        }

        @Override
        public void called(int calls) {
            heard.add("" + calls);
        }

        @Override
        public PreparationListener preparation() {
            return PreparationListener.NONE;
        }
    }

    private static Row.Measured measured(Row row) {
        return switch (row.outcome()) {
            case Row.Measured ran -> ran;
            case Row.Refused(String reason) -> throw new AssertionError(reason);
        };
    }

    @Test
    void allVariantsTakeTurns() {
        List<Row> rows = run(PLENTY, UNET, Variant.EAGER, DEFAULT, REGIONAL);
        assertThat(rows).extracting(Row::variant).containsExactly(Variant.EAGER, DEFAULT, REGIONAL);
        for (Row row : rows) {
            Row.Measured ran = measured(row);
            assertThat(ran.beside()).containsExactly(Variant.EAGER, DEFAULT, REGIONAL);
            assertThat(ran.timings().seconds()).hasSize(2);
            assertThat(ran.flops()).isPositive();
            assertThat(ran.bytes()).isPositive();
            FirstCall first = ran.firstCall();
            assertThat(List.of(first.record(), first.plan(), first.weights(), first.run()))
                    .allMatch(seconds -> seconds > 0);
            MemoryUse memory = ran.memory();
            assertThat(memory.counted()).isGreaterThan(memory.weights() + memory.slab());
            assertThat(memory.anonymous()).isGreaterThan(memory.drawn()).isGreaterThan(memory.counted());
            assertThat(ran.kernels().stream().mapToInt(KernelShare::calls).sum())
                    .isEqualTo(ran.work().size());
            assertThat(ran.kernels().stream().mapToLong(KernelShare::flops).sum())
                    .isEqualTo(ran.flops());
        }
        assertThat(measured(rows.get(1)).work().size())
                .as("kernels, compiled")
                .isLessThan(measured(rows.getFirst()).work().size());
        assertThat(heard)
                .startsWith("tiny-unet 64x64 batch 1: 15", "1", "2")
                .endsWith("14", "15")
                .hasSize(16);
        assertThat(opened).hasSize(3).allMatch(engine -> engine.memory().used() < 1 << 20);
    }

    @Test
    void whatDoesNotFitTogetherIsMeasuredApart() {
        Row.Measured alone = measured(run(PLENTY, UNET, DEFAULT).getFirst());
        long budget = alone.memory().drawn() + alone.memory().counted() * 3 / 2;
        List<Row> rows = run(budget, UNET, DEFAULT, Variant.EAGER);
        assertThat(measured(rows.getFirst()).beside()).containsExactly(DEFAULT);
        assertThat(measured(rows.getLast()).beside()).containsExactly(Variant.EAGER);
    }

    @Test
    void whatDoesNotFitAloneIsRefused() {
        List<Row> rows = run(1 << 20, UNET, Variant.EAGER, DEFAULT);
        assertThat(rows)
                .hasSize(2)
                .allSatisfy(row -> assertThat(row.outcome())
                        .isInstanceOfSatisfying(
                                Row.Refused.class,
                                refused -> assertThat(refused.reason()).startsWith("memory: ")));
        assertThat(opened).allMatch(engine -> engine.memory().used() < 1 << 20);
    }

    @Test
    void regionsAreForModelsThatRepeatBlocks() {
        Workload vae = new Workload(BenchmarkModel.TINY_VAE_DECODE, 64, 64, 2);
        assertThat(run(PLENTY, vae, DEFAULT, REGIONAL)).extracting(Row::variant).containsExactly(DEFAULT);
    }

    @Test
    void aStopEndsIt() {
        cancellation.cancel();
        assertThatThrownBy(() -> run(PLENTY, UNET, DEFAULT)).isInstanceOf(CancellationException.class);
    }
}
