package io.github.tintype.benchmark;

import io.github.tintype.code.LoadedImage;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.Program;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** The most fused multiply-adds of f32 a second that this processor does, by {@link FmaKernel} compiled for it. */
final class FmaPeak {
    /* About 4 ms: a hundred times what waking a thread takes. */
    private static final long PASSES = 10_000;
    private static final double DURATION = 2;

    private FmaPeak() {}

    /**
     * Floating-point operations a second, two for each multiply-add, of so many threads at once: the best of many short rounds. Takes two seconds.
     *
     * @param nativeCache where the compiler's native libraries are unpacked
     * @throws io.github.tintype.tensor.DeviceException if the compiler doesn't run here
     */
    static double measure(LoopCompilerProvider provider, Path nativeCache, int threads) {
        Program program = FmaKernel.program();
        try (LoadedImage image = LoadedImage.load(
                        provider.open(nativeCache).compile(program, provider.host(), LoopCompiler.CompileEffort.FAST));
                Arena arena = Arena.ofShared()) {
            LoadedImage.Function function = image.function(FmaKernel.NAME);
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_FLOAT, (long) threads * FmaKernel.POINT);
            MemorySegment block = arena.allocate(ValueLayout.JAVA_LONG, program.words());
            block.setAtIndex(ValueLayout.JAVA_LONG, 0, numbers.address());
            block.setAtIndex(ValueLayout.JAVA_LONG, 1, threads);
            block.setAtIndex(ValueLayout.JAVA_LONG, 2, PASSES);
            double seconds = FastestRound.seconds(
                    threads, DURATION, point -> () -> function.call(block.address(), point, point + 1L));
            return FmaKernel.flops(threads, PASSES) / seconds;
        }
    }
}
