package io.github.tintype.bench;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.loop.Launch;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.PtxCompiler;
import io.github.tintype.loop.PtxModule;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Times generated PTX on a GPU against copying there: {@code --rounds N --scale N}. Prints Markdown. Each round of a kernel is followed by one of
 * copying; counted is what {@link LoopSubject} counts, for copying what is read and what is written. Everything is larger than the caches.
 */
final class GpuBenchmark {
    private static final long COPIED = 1L << 30;
    private static final int WARM_UP = 3;
    private static final int PERIOD = 1009;

    private GpuBenchmark() {}

    private record Kernel(Cuda.Function function, int blocks, int threads) {}

    public static void main(String[] args) {
        Options options = new Options(args);
        int rounds = options.integer("--rounds", 20);
        int scale = options.integer("--scale", 8);
        options.requireAllRead();
        PtxCompiler compiler = LoopCompilerProvider.installed()
                .flatMap(provider -> provider.openPtx(CacheRoot.here().resolve("native")))
                .orElseThrow();
        try (Cuda cuda = Cuda.open()) {
            GpuArchitecture architecture = cuda.architectures().getLast();
            System.out.printf(
                    "%s; PTX for %s; medians of %d rounds.%n%n| kernel | type | MB | ms | GB/s | copying GB/s | of copying |%n|---|---|--:|--:|--:|--:|--:|%n",
                    cuda.description(), architecture.target(), rounds);
            for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
                for (LoopSubject subject : LoopSubject.all(dtype, scale)) {
                    time(cuda, compiler, architecture, subject, dtype, rounds);
                }
            }
        }
    }

    private static void time(
            Cuda cuda,
            PtxCompiler compiler,
            GpuArchitecture architecture,
            LoopSubject subject,
            DType dtype,
            int rounds) {
        LoopPlan plan = subject.gpuPlan();
        PtxModule ptx = compiler.ptx(plan.program(), architecture, CompileEffort.FAST);
        List<Long> memory = new ArrayList<>();
        long module = cuda.module(ptx.text());
        try (Arena arena = Arena.ofConfined()) {
            subject.inputs().forEach(type -> memory.add(filled(cuda, type)));
            long output = added(memory, cuda.allocate(subject.output().bytes()));
            long scratch = added(memory, cuda.allocate(Math.max(64, plan.scratchBytes())));
            long from = added(memory, cuda.allocate(COPIED));
            long to = added(memory, cuda.allocate(COPIED));
            MemorySegment parameters =
                    arena.allocate(ValueLayout.JAVA_LONG, plan.program().words());
            plan.writeConstants(parameters, 0);
            List<MemorySegment> inputs = memory.subList(0, subject.inputs().size()).stream()
                    .map(MemorySegment::ofAddress)
                    .toList();
            plan.writeAddresses(
                    parameters,
                    0,
                    new SegmentArguments(inputs, MemorySegment.ofAddress(output), MemorySegment.ofAddress(scratch)));
            List<Kernel> kernels = new ArrayList<>();
            for (Launch launch : ptx.launches()) {
                int blocks = launch.blocks(plan::size);
                kernels.add(new Kernel(cuda.kernel(module, launch.entry()), blocks, launch.threads()));
            }
            double[] times = new double[rounds];
            double[] copies = new double[rounds];
            for (int round = -WARM_UP; round < rounds; round++) {
                int at = Math.max(0, round); // rounds that don't count are overwritten
                times[at] = cuda.seconds(() -> kernels.forEach(
                        kernel -> cuda.launch(kernel.function, kernel.blocks, kernel.threads, parameters)));
                copies[at] = cuda.seconds(() -> cuda.copy(from, to, COPIED));
            }
            double copied = 2 * COPIED / Median.of(copies) * 1e-9;
            double bandwidth = subject.bytes() / Median.of(times) * 1e-9;
            System.out.printf(
                    "| %s | %s | %.0f | %.3f | %.0f | %.0f | %.0f %% |%n",
                    subject.name(),
                    dtype,
                    subject.bytes() * 1e-6,
                    Median.of(times) * 1e3,
                    bandwidth,
                    copied,
                    100 * bandwidth / copied);
        } finally {
            cuda.synchronize();
            memory.forEach(cuda::free);
            cuda.unload(module);
        }
    }

    private static long added(List<Long> memory, long address) {
        memory.add(address);
        return address;
    }

    /* Different numbers from about −2.5 to 2.5. */
    private static long filled(Cuda cuda, TensorType type) {
        HostTensor period = HostTensor.allocate(TensorType.of(type.dtype(), PERIOD));
        for (int i = 0; i < PERIOD; i++) {
            period.setDouble(i, (i - PERIOD / 2) / 200.0);
        }
        long step = period.type().bytes();
        long address = cuda.allocate(type.bytes());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate(type.bytes());
            for (long at = 0; at < type.bytes(); at += step) {
                MemorySegment.copy(period.data(), 0, all, at, Math.min(step, type.bytes() - at));
            }
            cuda.upload(all, address);
        }
        return address;
    }
}
