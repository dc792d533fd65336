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
    /* Long enough that starting threads doesn't count, short enough that somebody else rarely comes between: the best round counts. */
    private static final long PASSES = 100_000;
    private static final int ROUNDS = 9;

    private FmaPeak() {}

    /**
     * Floating-point operations a second, two for each multiply-add, of so many threads at once: the best of a few rounds. Takes about half a second.
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
                    threads, ROUNDS, point -> () -> function.call(block.address(), point, point + 1L));
            return FmaKernel.flops(threads, PASSES) / seconds;
        }
    }
}
