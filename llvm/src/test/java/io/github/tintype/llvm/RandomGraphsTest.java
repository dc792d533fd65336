package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.loop.RandomCases;
import io.github.tintype.loop.lower.LoopLowering;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.lower.Schedule;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import org.junit.jupiter.api.Test;

/**
 * {@link RandomCases} from fixed seeds. What is not refused means what the reference device makes of it, scheduled for a processor and for a GPU, and compiled code gives the interpreter's bits. {@code -Dtintype.graphs=5000} takes more.
 */
class RandomGraphsTest {
    private static final int GRAPHS = Integer.getInteger("tintype.graphs", 200);
    /* Compiling takes most of the time: an index that doesn't move evenly is code for each lane. */
    private static final int EACH = Integer.getInteger("tintype.graphs.compiled", 10);
    /* A mean of equal numbers is off by an ulp, and they without it are nothing else. */
    private static final double CANCELLED = 0x1p-4;

    @Test
    void compiledGraphsMeanWhatTheirOpsMean() {
        int lowered = 0;
        for (int seed = 0; seed < GRAPHS; seed++) {
            Case test = RandomCases.draw(seed);
            try {
                if (test.lower() instanceof LoopLowering.Lowered) {
                    lowered++;
                    check(test, seed);
                } else {
                    assertThat(test.lower(Schedule.GPU)).isEqualTo(test.lower());
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed %d: %s on %s".formatted(seed, test.op(), test.inputs()), e);
            }
        }
        // Reductions over different axes of one graph are refused; most graphs have at most one.
        assertThat(lowered).isGreaterThan(GRAPHS * 3 / 5);
    }

    private static void check(Case test, int seed) {
        HostTensor meaning = test.run(LoopHarness::interpret);
        // Sums of up to 600 products that cancel, eight roundings deep.
        double ulps = test.type().dtype() == DType.F32 ? 64 : 4;
        LoopHarness.assertNear(meaning, test.expected(), ulps, CANCELLED);
        boolean compiled = seed % EACH == 0;
        switch (test.lower(Schedule.GPU)) {
            case LoopLowering.Lowered(LoopPlan plan) -> {
                HostTensor asGpu = test.runAsGpu();
                LoopHarness.assertNear(asGpu, test.expected(), ulps, CANCELLED);
                if (compiled) {
                    PtxMachine gpu = new PtxMachine(PtxTest.NVPTX, GpuArchitecture.SM_90, CompileEffort.FAST);
                    LoopHarness.assertSameBits(test.run(plan, gpu, -1), asGpu);
                }
            }
            case LoopLowering.Refused(String reason) -> assertThat(reason).contains("more than a launch takes");
        }
        if (!compiled) {
            return;
        }
        int lanes = 4 << (seed % 3);
        LoopHarness.assertSameBits(test.run(Compiled.of(HostProcessor.target().withLanes(lanes))), meaning);
    }
}
