package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.loop.PtxCompiler;
import io.github.tintype.loop.StandardKernels;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.lower.Schedule;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** PTX, run thread by thread, gives the interpreter's bits. */
class PtxTest {
    static final PtxCompiler NVPTX =
            new LlvmProvider().openPtx(CacheRoot.here().resolve("native")).orElseThrow();

    @TestFactory
    Stream<DynamicTest> givesTheInterpretersBits() {
        return Stream.of(
                        each("odd", StandardKernels::of, GpuArchitecture.SM_80, DType.F32, DType.F16, DType.BF16),
                        each("odd", StandardKernels::of, GpuArchitecture.SM_90, DType.F8_E4M3, DType.F8_E5M2),
                        each("even", StandardKernels::even, GpuArchitecture.SM_90, DType.F32, DType.F16, DType.BF16),
                        each("single", StandardKernels::single, GpuArchitecture.SM_80, DType.F32, DType.BF16),
                        each("wide", StandardKernels::wide, GpuArchitecture.SM_100, DType.BF16))
                .flatMap(tests -> tests);
    }

    private static Stream<DynamicTest> each(
            String what, Function<DType, Map<String, Case>> cases, GpuArchitecture architecture, DType... dtypes) {
        return Stream.of(dtypes)
                .flatMap(dtype -> cases.apply(dtype).entrySet().stream()
                        .map(entry -> DynamicTest.dynamicTest(
                                "%s %s %s %s".formatted(what, entry.getKey(), dtype, architecture.target()),
                                () -> check(entry.getValue(), architecture, CompileEffort.FAST))));
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameBitsWithMoreEffort() {
        return StandardKernels.even(DType.BF16).entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> check(entry.getValue(), GpuArchitecture.SM_90, CompileEffort.MOST)));
    }

    @Test
    void isForTeamsAsOtherCodeIsForProcessors() {
        Case test = Objects.requireNonNull(StandardKernels.of(DType.F32).get("add"));
        assertThatThrownBy(() -> NVPTX.ptx(test.plan().program(), GpuArchitecture.SM_80, CompileEffort.FAST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("wanted one for a GPU");
        assertThatThrownBy(() -> Compiled.LLVM.compile(
                        test.plan(Schedule.GPU).program(), HostProcessor.target(), CompileEffort.FAST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("wanted one for a processor");
    }

    @Test
    void isTheSameForTheSameProgram() {
        var program = Objects.requireNonNull(StandardKernels.of(DType.F32).get("softmax"))
                .plan(Schedule.GPU)
                .program();
        assertThat(NVPTX.ptx(program, GpuArchitecture.SM_90, CompileEffort.FAST))
                .isEqualTo(NVPTX.ptx(program, GpuArchitecture.SM_90, CompileEffort.FAST));
        assertThat(NVPTX.ptxListing(program, GpuArchitecture.SM_90, CompileEffort.FAST)
                        .source())
                .contains("define ptx_kernel void @fused_0");
    }

    private static void check(Case test, GpuArchitecture architecture, CompileEffort effort) {
        LoopPlan plan = test.plan(Schedule.GPU);
        HostTensor actual = test.run(plan, new PtxMachine(NVPTX, architecture, effort), -1);
        LoopHarness.assertSameBits(actual, test.runAsGpu());
        assertThat(actual.type()).isEqualTo(test.type());
    }
}
