package io.github.tintype.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.lower.Schedule;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What is lowered for a GPU means what the op means, its threads simulated, at odd and even sizes and ones. */
class GpuScheduleTest {
    private static Stream<DynamicTest> each(
            String what, Function<DType, Map<String, Case>> cases, double ulps, Stream<DType> dtypes) {
        return dtypes.flatMap(dtype -> cases.apply(dtype).entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        "%s %s %s".formatted(what, entry.getKey(), dtype), () -> check(entry.getValue(), ulps))));
    }

    @TestFactory
    Stream<DynamicTest> meansWhatTheOpMeans() {
        Stream<DType> all = Stream.of(DType.F32, DType.F16, DType.BF16, DType.F8_E4M3);
        Stream<DType> floats = Stream.of(DType.F32, DType.F16, DType.BF16);
        // As near to the meaning as programs for processors have to be; in large tensors there are terms that cancel
        // more.
        return Stream.of(
                        each("odd", StandardKernels::of, 4, all),
                        each("even", StandardKernels::even, 4, floats),
                        each("single", StandardKernels::single, 4, Stream.of(DType.F32, DType.BF16)),
                        each("wide", StandardKernels::wide, 12, Stream.of(DType.F32, DType.BF16)))
                .flatMap(tests -> tests);
    }

    /* Off to one side of the meaning, where the program for a processor may be off to the other. */
    private static void check(Case test, double ulps) {
        HostTensor actual = test.runAsGpu();
        LoopHarness.assertNear(actual, test.expected(), ulps);
        LoopHarness.assertNear(actual, test.run(LoopHarness::interpret), 2 * ulps);
    }

    private static void check(Case test) {
        check(test, 4);
    }

    @Test
    void mayBeWrittenOverTheSameInputs() {
        for (Case test : StandardKernels.even(DType.BF16).values()) {
            LoopPlan plan = test.plan(Schedule.GPU);
            assertThat(plan.inPlace()).isEqualTo(test.plan().inPlace());
            for (int input : plan.inPlace()) {
                if (test.layouts().get(input).equals(test.output())) {
                    LoopHarness.assertSameBits(test.run(plan, LoopHarness::interpret, input), test.runAsGpu());
                }
            }
        }
    }

    private static Kernel last(Case test) {
        return test.plan(Schedule.GPU).program().kernels().getLast();
    }

    private static int threads(Case test) {
        return last(test).team().orElseThrow().threads();
    }

    private static Case softmax(DType dtype, long... shape) {
        return StandardKernels.fused(
                in -> in.getFirst().then(new SoftmaxOp(shape.length - 1)), StandardKernels.values(1, dtype, shape));
    }

    @Test
    void givesALongerRowToMoreThreads() {
        assertThat(threads(softmax(DType.BF16, 2, 1024))).isEqualTo(32);
        assertThat(threads(softmax(DType.BF16, 2, 4096))).isEqualTo(128);
        assertThat(threads(softmax(DType.F32, 2, 4096))).isEqualTo(512);
        Case endless = softmax(DType.BF16, 1, 40_000);
        assertThat(threads(endless)).isEqualTo(512);
        assertThat(last(endless).locals()).isEmpty();
        check(endless);
    }

    @Test
    void readsAsWideAsSizesAllow() {
        assertThat(text(softmax(DType.BF16, 2, 64))).contains("by 8, rounds 1");
        assertThat(text(softmax(DType.BF16, 2, 68))).contains("by 4, rounds 1");
        assertThat(text(softmax(DType.F32, 2, 64))).contains("by 4, rounds 1");
        assertThat(text(softmax(DType.F32, 2, 63))).contains("by 1, rounds 2");
    }

    private static String text(Case test) {
        return test.plan(Schedule.GPU).program().toString();
    }

    /* A row across memory: neighbouring threads have neighbouring rows. */
    @Test
    void givesColumnsToSingleThreads() {
        HostTensor x = StandardKernels.values(1, DType.F32, 3, 5, 1024);
        Case columns = StandardKernels.fused(in -> in.getFirst().then(new ReduceOp(ReduceOp.Kind.MEAN, List.of(1))), x);
        assertThat(threads(columns)).isEqualTo(1);
        check(columns);
    }

    @Test
    void takesTheRestOfAnOddTensorOneByOne() {
        HostTensor x = StandardKernels.values(1, DType.F16, 3, 67);
        Case odd = StandardKernels.fused(in -> in.getFirst().then(new BinaryOp(BinaryOp.Kind.ADD), in.getLast()), x, x);
        assertThat(text(odd)).contains("by 8", "by 1");
        check(odd);
        // Rows that begin anywhere can't be read so.
        Case apart = new Case(odd.op(), odd.values(), List.of(Layout.of(77, 1), Layout.of(67, 1)), odd.output());
        assertThat(text(apart)).doesNotContain("by 8");
        check(apart);
    }

    /* How sizes divide is part of a program, their values aren't. */
    @Test
    void isOneProgramForSizesThatDivideAlike() {
        Program program = softmax(DType.BF16, 2, 64).plan(Schedule.GPU).program();
        assertThat(softmax(DType.BF16, 37, 128).plan(Schedule.GPU).program()).isEqualTo(program);
        assertThat(softmax(DType.BF16, 2, 68).plan(Schedule.GPU).program()).isNotEqualTo(program);
    }

    @Test
    void countsBlocksFromSizes() {
        LoopPlan rows = softmax(DType.BF16, 37, 64).plan(Schedule.GPU);
        assertThat(blocks(rows)).isEqualTo(10); // four warps each
        HostTensor x = StandardKernels.values(1, DType.F32, 5, 1000);
        LoopPlan flat = StandardKernels.fused(
                        in -> in.getFirst().then(new BinaryOp(BinaryOp.Kind.ADD), in.getFirst()), x)
                .plan(Schedule.GPU);
        assertThat(blocks(flat)).isEqualTo(5); // 1250 times 4 elements
    }

    private static int blocks(LoopPlan plan) {
        return Launch.of(plan.program().kernels().getLast(), 0).blocks(plan::size);
    }

    @Test
    void leavesProgramsForProcessorsAlone() {
        Case test = Objects.requireNonNull(StandardKernels.even(DType.BF16).get("layer_norm"));
        assertThat(test.plan().program().kernels())
                .allMatch(kernel -> kernel.team().isEmpty());
        assertThat(test.plan().program().sizes()).allMatch(size -> size.multiple() == 1);
    }
}
