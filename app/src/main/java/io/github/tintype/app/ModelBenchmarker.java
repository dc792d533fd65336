package io.github.tintype.app;

import io.github.tintype.benchmark.Benchmark;
import io.github.tintype.benchmark.BenchmarkListener;
import io.github.tintype.benchmark.Machine;
import io.github.tintype.benchmark.Peaks;
import io.github.tintype.benchmark.Report;
import io.github.tintype.benchmark.Row;
import io.github.tintype.benchmark.Workload;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.PreparationListener;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * Measures on the CPU device, each variant on one of its own.
 *
 * @param environment says where native code is kept
 * @param clock of the report's date
 */
record ModelBenchmarker(Environment environment, Clock clock) implements Benchmarker {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

    @Override
    public Report run(Request request, Progress progress, Cancellation cancellation) {
        CpuDevice.Settings settings =
                CpuDevice.Settings.here().withThreads(request.threads()).withCache(environment.cache());
        List<Row> rows = new Benchmark(
                        request.suite(),
                        budget -> Engine.on(CpuDevice.open(settings), budget),
                        new Shown(progress),
                        cancellation)
                .run();
        cancellation.check();
        // Last: the compiler that it loads is no part of any row's memory.
        progress.stage("peaks", 1);
        Peaks peaks = Peaks.measure(request.threads(), environment.cache().resolve("native"));
        progress.done(1);
        return new Report(
                machine(), request.command(), DATE.format(ZonedDateTime.now(clock)), request.suite(), peaks, rows);
    }

    private Machine machine() {
        return new Machine(
                Processor.describe(),
                Runtime.getRuntime().availableProcessors(),
                MachineMemory.bytes(),
                "%s %s %s"
                        .formatted(
                                System.getProperty("os.name", "?"),
                                System.getProperty("os.version", "?"),
                                System.getProperty("os.arch", "?")),
                Runtime.version().toString(),
                environment.version());
    }

    private record Shown(Progress progress) implements BenchmarkListener {
        @Override
        public void begins(Workload workload, int calls) {
            progress.stage(workload.toString(), calls);
        }

        @Override
        public void called(int calls) {
            progress.done(calls);
        }

        @Override
        public PreparationListener preparation() {
            return Preparation.shownBy(progress);
        }
    }
}
