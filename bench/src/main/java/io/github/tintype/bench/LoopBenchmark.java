package io.github.tintype.bench;

import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.Effort;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Spending;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Times generated kernels at SDXL's widths, as the device runs them, against copying on as many threads: {@code --threads N --rounds N --dtype TYPE}. Others use the machine too, so
 * each round of a kernel is followed by one of copying, and the medians of both are compared. Everything is much larger than caches. Counted is what
 * {@link LoopSubject} counts, for copying what is read and what is written. That a store reads its line first is counted for neither.
 */
final class LoopBenchmark {
    private static final long COPIED = 256L << 20;

    private LoopBenchmark() {}

    public static void main(String[] args) {
        Options options = new Options(args);
        int threads = options.integer("--threads", Runtime.getRuntime().availableProcessors());
        int rounds = options.integer("--rounds", 20);
        DType dtype = options.floats("--dtype", DType.F32);
        options.requireAllRead();
        System.out.printf(
                "%d threads, %s, medians of %d rounds; counted: operands read once (group norm's image twice) and results%n",
                threads, dtype, rounds);
        NativeMemory memory = new NativeMemory();
        try (CpuDevice device = CpuDevice.open(threads);
                NativeMemory.Block from = memory.allocate(COPIED, "a benchmark");
                NativeMemory.Block to = memory.allocate(COPIED, "a benchmark");
                ExecutorService others = Executors.newFixedThreadPool(threads)) {
            from.segment().fill((byte) 1);
            Runnable copy = () -> copy(from.segment(), to.segment(), others, threads);
            for (LoopSubject subject : LoopSubject.all(dtype, 1)) {
                try (LoweredProblem kernel = new LoweredProblem(device, subject.problem(), Spending.of(Effort.USUAL))) {
                    report(subject, kernel, copy, rounds);
                }
            }
        }
    }

    private static void copy(MemorySegment from, MemorySegment to, ExecutorService others, int threads) {
        List<CompletableFuture<Void>> slices = IntStream.range(1, threads)
                .mapToObj(i -> CompletableFuture.runAsync(() -> copySlice(from, to, i, threads), others))
                .toList();
        copySlice(from, to, 0, threads);
        slices.forEach(CompletableFuture::join);
    }

    private static void copySlice(MemorySegment from, MemorySegment to, int slice, int slices) {
        long begin = COPIED * slice / slices;
        MemorySegment.copy(from, begin, to, begin, COPIED * (slice + 1) / slices - begin);
    }

    private static void report(LoopSubject subject, LoweredProblem kernel, Runnable copy, int rounds) {
        double[] copies = new double[rounds];
        double[] times = new double[rounds];
        // Two rounds that don't count are overwritten.
        for (int round = -2; round < rounds; round++) {
            int at = Math.max(0, round);
            times[at] = seconds(kernel::run);
            copies[at] = seconds(copy);
        }
        double copied = 2 * COPIED / Median.of(copies) * 1e-9;
        double bandwidth = subject.bytes() / Median.of(times) * 1e-9;
        System.out.printf(
                "%s: %.0f MB in %.2f ms, %.1f GB/s, copying %.1f GB/s: %.0f %%%n",
                subject.name(),
                subject.bytes() * 1e-6,
                Median.of(times) * 1e3,
                bandwidth,
                copied,
                100 * bandwidth / copied);
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) * 1e-9;
    }
}
