package io.github.tintype.bench;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.LoadedImage;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.lower.Schedule;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Times generated kernels at SDXL's widths against copying on the same threads: {@code --threads N --rounds N}. Others use the machine too, so
 * each round of a kernel is followed by one of copying, and the medians of both are compared. Everything is much larger than caches. Counted is what
 * {@link LoopSubject} counts, for copying what is read and what is written. That a store reads its line first is counted for neither.
 */
final class LoopBenchmark {
    private LoopBenchmark() {}

    /** A slice of some work: {@code points} from {@code begin} to {@code end}. */
    private interface Slice {
        void run(long begin, long end);
    }

    /** Some work on {@code points}. */
    private record Work(long points, Slice slice) {}

    private static final long COPIED = 128L << 20;

    public static void main(String[] args) throws InterruptedException {
        Options options = new Options(args);
        int threads = options.integer("--threads", 1);
        int rounds = options.integer("--rounds", 20);
        options.requireAllRead();
        LoopCompiler compiler = LoopCompilerProvider.installed()
                .orElseThrow()
                .open(CacheRoot.here().resolve("native"));
        NativeMemory memory = new NativeMemory();
        System.out.printf(
                "%d threads, medians of %d rounds; counted: operands read once (group norm's image twice) and results%n",
                threads, rounds);
        try (NativeMemory.Block from = filled(memory, COPIED);
                NativeMemory.Block to = filled(memory, COPIED)) {
            Work copy = new Work(
                    COPIED,
                    (begin, end) -> MemorySegment.copy(from.segment(), begin, to.segment(), begin, end - begin));
            for (LoopSubject subject : LoopSubject.all(DType.F32, 1)) {
                time(subject, compiler, memory, threads, rounds, copy);
            }
        }
    }

    private static NativeMemory.Block filled(NativeMemory memory, long bytes) {
        NativeMemory.Block block = memory.allocate(bytes, "a benchmark");
        for (long i = 0; i < bytes / Float.BYTES; i++) {
            block.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, (i % 1009 - 504) / 200f);
        }
        return block;
    }

    private static void time(
            LoopSubject subject, LoopCompiler compiler, NativeMemory memory, int threads, int rounds, Work copy)
            throws InterruptedException {
        LoopPlan plan = subject.plan(Schedule.PROCESSOR);
        long start = System.nanoTime();
        var image = compiler.compile(plan.program(), HostProcessor.target(), CompileEffort.FAST);
        double compiled = (System.nanoTime() - start) * 1e-6;
        List<NativeMemory.Block> blocks = new ArrayList<>();
        try (LoadedImage loaded = LoadedImage.load(image)) {
            subject.inputs().forEach(type -> blocks.add(filled(memory, type.bytes())));
            NativeMemory.Block output = filled(memory, subject.output().bytes());
            NativeMemory.Block scratch = filled(memory, Math.max(64, plan.scratchBytes()));
            NativeMemory.Block arguments = filled(memory, 8L * plan.program().words());
            blocks.addAll(List.of(output, scratch, arguments));
            plan.writeConstants(arguments.segment(), 0);
            List<MemorySegment> inputs = blocks.subList(0, subject.inputs().size()).stream()
                    .map(NativeMemory.Block::segment)
                    .toList();
            plan.writeAddresses(
                    arguments.segment(), 0, new SegmentArguments(inputs, output.segment(), scratch.segment()));
            long block = arguments.segment().address();
            List<Work> phases = new ArrayList<>();
            for (int i = 0; i < plan.points().size(); i++) {
                LoadedImage.Function function =
                        loaded.function(plan.program().kernels().get(i).name());
                phases.add(new Work(plan.points().get(i), (begin, end) -> function.call(block, begin, end)));
            }
            report(subject, phases, copy, threads, rounds, compiled);
        } finally {
            blocks.forEach(NativeMemory.Block::close);
        }
    }

    private static void report(
            LoopSubject subject, List<Work> phases, Work copy, int threads, int rounds, double compiled)
            throws InterruptedException {
        double[] copies = new double[rounds];
        double[] totals = new double[rounds];
        double[][] each = new double[phases.size()][rounds];
        // Two rounds that don't count are overwritten.
        for (int round = -2; round < rounds; round++) {
            int at = Math.max(0, round);
            totals[at] = 0;
            for (int i = 0; i < phases.size(); i++) {
                each[i][at] = seconds(phases.get(i), threads);
                totals[at] += each[i][at];
            }
            copies[at] = seconds(copy, threads);
        }
        double copied = 2 * COPIED / Median.of(copies) * 1e-9;
        double bandwidth = subject.bytes() / Median.of(totals) * 1e-9;
        String parts = Arrays.stream(each)
                .map(times -> "%.2f".formatted(Median.of(times) * 1e3))
                .collect(Collectors.joining(" + "));
        System.out.printf(
                "%s: %.0f MB in %.2f ms (%s), %.1f GB/s, copying %.1f GB/s: %.0f %%; compiled in %.0f ms%n",
                subject.name(),
                subject.bytes() * 1e-6,
                Median.of(totals) * 1e3,
                parts,
                bandwidth,
                copied,
                100 * bandwidth / copied,
                compiled);
    }

    private static double seconds(Work work, int threads) throws InterruptedException {
        long start = System.nanoTime();
        List<Thread> others = IntStream.range(1, threads)
                .mapToObj(i -> Thread.ofPlatform()
                        .start(() -> work.slice.run(work.points * i / threads, work.points * (i + 1) / threads)))
                .toList();
        work.slice.run(0, work.points / threads);
        for (Thread other : others) {
            other.join();
        }
        return (System.nanoTime() - start) * 1e-9;
    }
}
