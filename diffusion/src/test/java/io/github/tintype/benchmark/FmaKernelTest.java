package io.github.tintype.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.LoadedImage;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.LoopInterpreter;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Program;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class FmaKernelTest {
    private static final int POINTS = 2;
    private static final int PASSES = 3;
    private static final Path NATIVE = CacheRoot.here().resolve("native");

    private static LoopCompilerProvider provider() {
        return LoopCompilerProvider.installed().orElseThrow();
    }

    private static float[] after(BiConsumer<Program, MemorySegment> run) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_FLOAT, (long) POINTS * FmaKernel.POINT);
            for (int i = 0; i < POINTS * FmaKernel.POINT; i++) {
                numbers.setAtIndex(ValueLayout.JAVA_FLOAT, i, start(i));
            }
            run.accept(FmaKernel.program(), numbers);
            return numbers.toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    /* So large that 192 times 0.75 leaves something of it beside 1. */
    private static float start(int i) {
        return (i + 1) * 0x1p70f;
    }

    private static void interpreted(Program program, MemorySegment numbers) {
        LoopVerifier.check(program);
        new LoopInterpreter(program, List.of(numbers), List.of((long) POINTS, (long) PASSES), List.of()).run();
    }

    private static void compiled(Program program, MemorySegment numbers) {
        try (LoadedImage image = LoadedImage.load(
                        provider().open(NATIVE).compile(program, provider().host(), LoopCompiler.CompileEffort.FAST));
                Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocateFrom(ValueLayout.JAVA_LONG, numbers.address(), POINTS, PASSES);
            image.function(FmaKernel.NAME).call(block.address(), 0, POINTS);
        }
    }

    @Test
    void eachNumberGoesThroughAllMultiplyAdds() {
        float[] got = after(FmaKernelTest::interpreted);
        for (int i = 0; i < got.length; i++) {
            float wanted = start(i);
            for (int j = 0; j < PASSES * FmaKernel.DEPTH; j++) {
                wanted = Math.fma(wanted, 0.75f, 0.25f);
            }
            assertThat(got[i]).as("number %d", i).isEqualTo(wanted).isNotEqualTo(1f);
        }
    }

    @Test
    void compiledCodeGivesTheSameNumbers() {
        assertThat(after(FmaKernelTest::compiled)).isEqualTo(after(FmaKernelTest::interpreted));
    }

    /* Ten chains of 64, in one vector at least; a product and a sum where the processor has no fused multiply-add. */
    @Test
    void noMultiplyAddIsLeftOut() {
        String assembly = provider()
                .open(NATIVE)
                .listing(FmaKernel.program(), provider().host(), LoopCompiler.CompileEffort.MOST)
                .assembly();
        assertThat(assembly.lines()
                        .filter(line -> line.matches("\\s*v?(fn?madd[0-9]*|mul)ps.*"))
                        .count())
                .isGreaterThanOrEqualTo(10L * FmaKernel.DEPTH);
    }

    @Test
    void operationsAreCounted() {
        assertThat(FmaKernel.flops(2, 3)).isEqualTo(2L * 2 * 3 * 160 * 64);
    }

    /* Somewhere between a slow emulator and ten of the fastest cores, so that a wrong unit shows. */
    @Test
    void peaksOfThisMachineAreOfThisWorld() {
        Peaks peaks = Peaks.measure(1, NATIVE);
        assertThat(peaks.flops().orElseThrow()).isBetween(1e8, 1e13);
        assertThat(peaks.bandwidth()).isBetween(1e7, 1e13);
    }
}
