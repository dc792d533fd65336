package io.github.tintype.cpu;

import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.CompileCache;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.WinogradForm;
import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Prints effective GFLOP/s, those of the direct sum, of 3×3 convolutions by oneDNN and by both forms of {@link WinogradKernel}, which take turns: best and median of as many
 * rounds as fit in some seconds. Run by hand: {@code WinogradBenchmark THREADS SECONDS n,c,o,side …}.
 */
@SuppressWarnings("UnnecessaryLambda") // a kernel is timed as a value
final class WinogradBenchmark implements AutoCloseable {
    private final Cpu cpu;
    private final LoopCode code;
    private final List<NativeMemory.Block> blocks = new ArrayList<>();

    private WinogradBenchmark(int threads, Path cache) {
        cpu = Cpu.open(threads);
        code = new LoopCode(
                LoopCompilerProvider.installed().orElseThrow(),
                CacheRoot.here().resolve("native"),
                new CacheUse(new CompileCache(cache), () -> Optional.of("benchmark")));
    }

    private record Arguments(long x, long weights, long bias, long y, long room) implements KernelArguments {
        @Override
        public MemorySegment input(int index) {
            throw new IllegalStateException("input: got a segment asked for, wanted an address");
        }

        @Override
        public MemorySegment output() {
            throw new IllegalStateException("output: got a segment asked for, wanted an address");
        }

        @Override
        public MemorySegment scratch() {
            throw new IllegalStateException("scratch: got a segment asked for, wanted an address");
        }

        @Override
        public long inputAddress(int index) {
            return List.of(x, weights, bias).get(index);
        }

        @Override
        public long outputAddress() {
            return y;
        }

        @Override
        public long scratchAddress() {
            return room;
        }

        @Override
        public BooleanSupplier cancelled() {
            return () -> false;
        }
    }

    public static void main(String[] args) throws Exception {
        Path cache = Files.createTempDirectory("winograd");
        try (WinogradBenchmark benchmark = new WinogradBenchmark(Integer.parseInt(args[0]), cache)) {
            for (String shape : Arrays.asList(args).subList(2, args.length)) {
                long[] sizes = Arrays.stream(shape.split(","))
                        .mapToLong(Long::parseLong)
                        .toArray();
                benchmark.measure(
                        new WinogradKernel.Spec(sizes[0], sizes[3], sizes[3], sizes[1], sizes[2]),
                        Double.parseDouble(args[1]));
            }
        }
    }

    /* Zeros: denormals would be slow, and no kernel looks at values. */
    private long memory(long bytes) {
        NativeMemory.Block block = cpu.memory().allocate(bytes, "a benchmark");
        blocks.add(block);
        return block.segment().fill((byte) 0).address();
    }

    private void measure(WinogradKernel.Spec spec, double seconds) {
        long x = memory(spec.n() * spec.h() * spec.w() * spec.c() * Float.BYTES);
        long y = memory(spec.n() * spec.h() * spec.w() * spec.o() * Float.BYTES);
        long bias = memory(spec.o() * Float.BYTES);
        Convolution library = new Convolution(
                cpu, Convolution.Spec.of(DType.F32, spec.n(), spec.c(), spec.h(), spec.w(), spec.o(), 3, 1, 1, true));
        long packed = memory(library.packedBytes());
        List<String> names = new ArrayList<>(List.of(library.implementation()));
        List<Runnable> kernels = new ArrayList<>();
        kernels.add(() -> library.run(x, packed, bias, y, () -> false));
        for (WinogradForm form : WinogradForm.values()) {
            WinogradTemplate template = WinogradSupport.template(
                    form, false, RegisterTile.of(code.target().lanes()), DType.F32, true, Optional.empty());
            WinogradCut cut = WinogradCut.of(template, spec, cpu.threads());
            WinogradKernel kernel = new WinogradKernel(cpu, code, template, spec, cut, 0, 3, Effort.USUAL);
            long filters = memory(template.filterElements(spec.o(), spec.c()) * Float.BYTES);
            Arguments arguments = new Arguments(x, filters, bias, y, memory(kernel.scratchBytes()));
            names.add("%s %s of %d"
                    .formatted(
                            kernel.implementation(),
                            cut.share().name().toLowerCase(java.util.Locale.ROOT),
                            cut.chunk()));
            kernels.add(() -> kernel.run(arguments));
        }
        print(spec, names, times(kernels, seconds));
        blocks.forEach(NativeMemory.Block::close);
        blocks.clear();
    }

    private static List<List<Double>> times(List<Runnable> kernels, double seconds) {
        List<List<Double>> times =
                kernels.stream().<List<Double>>map(_ -> new ArrayList<>()).toList();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        for (int round = 0; round < 4 || System.nanoTime() < end; round++) {
            for (int i = 0; i < kernels.size(); i++) {
                long start = System.nanoTime();
                kernels.get(i).run();
                times.get(i).add((System.nanoTime() - start) * 1e-9);
            }
        }
        times.forEach(list -> list.sort(Double::compare));
        return times;
    }

    private static void print(WinogradKernel.Spec spec, List<String> names, List<List<Double>> times) {
        double giga = 18.0 * spec.n() * spec.c() * spec.o() * spec.h() * spec.w() * 1e-9;
        System.out.printf("%d×%d→%d at %d²%n", spec.n(), spec.c(), spec.o(), spec.h());
        for (int i = 0; i < names.size(); i++) {
            List<Double> sorted = times.get(i);
            System.out.printf(
                    "  %-40s %6.0f (%.0f)%n",
                    names.get(i), giga / sorted.getFirst(), giga / sorted.get(sorted.size() / 2));
        }
    }

    @Override
    public void close() {
        cpu.close();
    }
}
