package io.github.tintype.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.loop.PtxCompiler;
import io.github.tintype.loop.RandomCases;
import io.github.tintype.loop.StandardKernels;
import io.github.tintype.loop.lower.LoopLowering;
import io.github.tintype.loop.lower.Schedule;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * On a GPU, PTX gives the interpreter's bits. Needs one, so its name keeps it out of {@code verify}: {@code -Dtest=PtxOnGpu} runs it, and it fails where there
 * is none. {@code -Dtintype.graphs=N} takes more random graphs.
 */
class PtxOnGpu {
    private static final int GRAPHS = Integer.getInteger("tintype.graphs", 300);
    private static final PtxCompiler NVPTX = LoopCompilerProvider.installed()
            .flatMap(provider -> provider.openPtx(CacheRoot.here().resolve("native")))
            .orElseThrow();
    private static final Cuda CUDA = Cuda.open();

    @AfterAll
    static void close() {
        CUDA.close();
    }

    @TestFactory
    Stream<DynamicTest> givesTheInterpretersBits() {
        return CUDA.architectures().stream()
                .flatMap(architecture -> Stream.of(
                                each("odd", StandardKernels::of, architecture),
                                each("even", StandardKernels::even, architecture),
                                each("single", StandardKernels::single, architecture),
                                each("wide", StandardKernels::wide, architecture))
                        .flatMap(tests -> tests));
    }

    private static Stream<DynamicTest> each(
            String what, Function<DType, Map<String, Case>> cases, GpuArchitecture architecture) {
        return Stream.of(DType.F32, DType.F16, DType.BF16, DType.F8_E4M3, DType.F8_E5M2)
                .flatMap(dtype -> cases.apply(dtype).entrySet().stream()
                        .map(entry -> DynamicTest.dynamicTest(
                                "%s %s %s %s".formatted(what, entry.getKey(), dtype, architecture.target()),
                                () -> check(entry.getValue(), architecture, CompileEffort.FAST))));
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameBitsWithMoreEffort() {
        return Stream.of(DType.F32, DType.BF16)
                .flatMap(dtype -> StandardKernels.wide(dtype).entrySet().stream()
                        .map(entry -> DynamicTest.dynamicTest(
                                entry.getKey() + " " + dtype,
                                () -> check(
                                        entry.getValue(), CUDA.architectures().getLast(), CompileEffort.MOST))));
    }

    @Test
    void randomGraphsGiveTheInterpretersBits() {
        long lowered = IntStream.range(0, GRAPHS).filter(PtxOnGpu::runs).count();
        assertThat(lowered).isGreaterThan(GRAPHS * 3 / 5);
    }

    private static boolean runs(int seed) {
        Case test = RandomCases.draw(seed);
        if (!(test.lower(Schedule.GPU) instanceof LoopLowering.Lowered)) {
            return false;
        }
        try {
            check(test, CUDA.architectures().getLast(), CompileEffort.FAST);
            return true;
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed %d: %s on %s".formatted(seed, test.op(), test.inputs()), e);
        }
    }

    private static void check(Case test, GpuArchitecture architecture, CompileEffort effort) {
        GpuRunner gpu = new GpuRunner(CUDA, NVPTX, architecture, effort);
        HostTensor actual = test.run(test.plan(Schedule.GPU), gpu, -1);
        LoopHarness.assertSameBits(actual, test.runAsGpu());
        assertThat(actual.type()).isEqualTo(test.type());
    }
}
