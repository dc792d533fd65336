package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Mode;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.CompileCache;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.Search;
import io.github.tintype.device.Spending;
import io.github.tintype.device.Tuning;
import io.github.tintype.device.TuningBudget;
import io.github.tintype.device.TuningReport;
import io.github.tintype.device.TuningReport.Outcome;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which kernel is chosen, of kernels that take as long as they say. */
class TunerTest {
    private static final Target HERE = HostProcessor.target();
    private static final Tuner.Problem LARGE = problem(512);
    private static final Search GRID = new Search(true, false, false);
    private static final Search DESCENT = new Search(false, true, false);
    private static final Search BOTH = new Search(true, true, false);
    private static final Search ALL = new Search(true, true, true);

    @TempDir
    Path home = Path.of("");

    private final NativeMemory memory = new NativeMemory();
    private final List<String> measured = new ArrayList<>();
    private double took;
    private long nanos;

    private static Tuner.Problem problem(long rows) {
        TensorType x = TensorType.of(DType.F32, rows, 256);
        TensorType weight = TensorType.of(DType.F32, 256, 256);
        return new Tuner.Problem(
                new LinearOp(),
                List.of(
                        new Operand(x, Layout.contiguous(x.shape()), false),
                        new Operand(weight, Layout.contiguous(weight.shape()), true)),
                TensorType.of(DType.F32, rows, 256),
                Effort.MOST);
    }

    private Candidate candidate(String name, double time, long weightBytes) {
        return candidate(name, () -> time, weightBytes);
    }

    private Candidate candidate(String name, DoubleSupplier time, long weightBytes) {
        return new Candidate(name, () -> {
            Packing packing = new Packing(name, weightBytes, (_, _) -> {});
            return new Lowering(
                    Layout.contiguous(LARGE.output().shape()),
                    arguments -> run(arguments, name, time.getAsDouble(), weightBytes),
                    Map.of(1, packing),
                    64,
                    name);
        });
    }

    private void run(KernelArguments arguments, String name, double time, long weightBytes) {
        assertThat(arguments.input(0).byteSize()).isEqualTo(512 * 256 * 4);
        assertThat(arguments.input(0).get(ValueLayout.JAVA_FLOAT, 400)).isBetween(0.01f, 0.02f);
        assertThat(arguments.input(1).byteSize()).isEqualTo(weightBytes);
        assertThat(arguments.output().byteSize()).isEqualTo(512 * 256 * 4);
        assertThat(arguments.scratch().byteSize()).isEqualTo(64);
        measured.add(name);
        took = time;
    }

    private Tuner tuner() {
        ToDoubleFunction<Runnable> clock = kernel -> {
            kernel.run();
            nanos += 1_000;
            return took;
        };
        LongSupplier now = () -> nanos;
        return new Tuner(memory, new CacheUse(CompileCache.under(home), () -> Optional.of("b1")), 2, clock, now);
    }

    private String chosen(Tuner tuner, Tuner.Problem problem, Candidate... candidates) {
        return chosen(tuner, problem, tuning(GRID, TuningBudget.unlimited()), candidates);
    }

    private static Tuning tuning(Search search, TuningBudget budget) {
        return new Tuning(search, budget, () -> {});
    }

    private static String chosen(Tuner tuner, Tuner.Problem problem, Tuning tuning, Candidate... candidates) {
        return tuner.fastest(problem, List.of(candidates), HERE, tuning).implementation();
    }

    @Test
    void theFastestIsMeasuredOnceAndRemembered() {
        Candidate[] three = {candidate("a", 10, 1000), candidate("b", 7, 2000), candidate("c", 8, 500)};
        Tuner tuner = tuner();
        assertThat(chosen(tuner, LARGE, three)).isEqualTo("b");
        assertThat(measured).as("the winner and that of the tables once more").containsExactly("a", "b", "c", "b", "a");
        assertThat(chosen(tuner, LARGE, three)).isEqualTo("b");
        assertThat(chosen(tuner(), LARGE, three)).as("in another process").isEqualTo("b");
        assertThat(measured).hasSize(5);
        assertThat(chosen(tuner(), LARGE, three[0], three[2]))
                .as("where the fastest may not be chosen")
                .isEqualTo("c");
        assertThat(measured).hasSize(9);
        assertThat(memory.used()).isZero();
    }

    @Test
    void whatTablesSayStaysUnlessAnotherIsClearlyFaster() {
        assertThat(chosen(tuner(), LARGE, candidate("a", 10, 1), candidate("b", 9.8, 1)))
                .isEqualTo("a");
    }

    @Test
    void whatWasLuckyOnceIsNotChosen() {
        Candidate lucky = candidate("b", () -> measured.contains("b") ? 10 : 5, 1);
        assertThat(chosen(tuner(), LARGE, candidate("a", 10, 1), lucky)).isEqualTo("a");
    }

    @Test
    void nothingIsMeasuredForLittleWork() {
        assertThat(chosen(tuner(), problem(8), candidate("a", 10, 1), candidate("b", 1, 1)))
                .isEqualTo("a");
        assertThat(measured).isEmpty();
    }

    @Test
    void whatThereIsNoMemoryForIsNotChosen() {
        memory.limit(4 << 20);
        assertThat(chosen(tuner(), LARGE, candidate("a", 10, 1), candidate("b", 1, 8 << 20), candidate("c", 5, 1)))
                .isEqualTo("c");
        memory.limit(1000);
        assertThat(chosen(tuner(), problem(600), candidate("a", 10, 1), candidate("b", 1, 1)))
                .as("where nothing can be measured")
                .isEqualTo("a");
        assertThat(memory.used()).isZero();
    }

    /* A kernel of a plane, at x and y from −9 to 9: the time is 10 + how far both are from a place where it is least. */
    private Candidate at(int x, int y, int leastX, int leastY) {
        Candidate one = candidate("%d,%d".formatted(x, y), 10 + Math.abs(x - leastX) + Math.abs(y - leastY), 1);
        Choices<Integer> places =
                new Choices<>(IntStream.rangeClosed(-9, 9).boxed().toList());
        return new Candidate(
                one.named(),
                one.lowering(),
                () -> List.of(
                        places.nextTo(x).stream()
                                .map(next -> at(next, y, leastX, leastY))
                                .toList(),
                        places.nextTo(y).stream()
                                .map(next -> at(x, next, leastX, leastY))
                                .toList()));
    }

    @Test
    void aDescentGoesFromNeighbourToNeighbour() {
        Candidate table = at(0, 0, 2, -3);
        assertThat(chosen(tuner(), LARGE, tuning(DESCENT, TuningBudget.unlimited()), table, at(9, 9, 2, -3)))
                .isEqualTo("2,-3");
        assertThat(measured).doesNotContain("9,9").endsWith("2,-3", "0,0");
        assertThat(measured.subList(0, measured.size() - 2)).doesNotHaveDuplicates();
        Tuner other = tuner();
        assertThat(chosen(other, LARGE, tuning(DESCENT, TuningBudget.unlimited()), table))
                .as("in another process, though it isn't in the grid")
                .isEqualTo("2,-3");
    }

    @Test
    void itBeginsAtTheBestOfTheGrid() {
        assertThat(chosen(
                        tuner(),
                        LARGE,
                        tuning(BOTH, TuningBudget.unlimited()),
                        at(0, 0, 8, 8),
                        at(7, 8, 8, 8),
                        candidate("library", 40, 1)))
                .isEqualTo("8,8");
        assertThat(measured).startsWith("0,0", "7,8", "library").doesNotContain("1,0", "0,1");
    }

    @Test
    void aGridAloneHasNoDescent() {
        assertThat(chosen(tuner(), LARGE, at(0, 0, 8, 8), at(6, 8, 8, 8))).isEqualTo("6,8");
        assertThat(measured).containsExactly("0,0", "6,8", "6,8", "0,0");
    }

    /* Only across: a step of one parameter alone makes it slower. */
    private Candidate across(int x, int y) {
        Candidate one = candidate("%d,%d".formatted(x, y), x == y ? 10 - x : 20, 1);
        int more = Math.min(x + 1, 2);
        return new Candidate(
                one.named(),
                one.lowering(),
                () -> List.of(List.of(across(more, y)), List.of(across(x, Math.min(y + 1, 2)))));
    }

    @Test
    void allDirectionsFindWhatSingleOnesDoNot() {
        assertThat(chosen(tuner(), LARGE, tuning(BOTH, TuningBudget.unlimited()), across(0, 0)))
                .isEqualTo("0,0");
        assertThat(chosen(tuner(), LARGE, tuning(ALL, TuningBudget.unlimited()), across(0, 0)))
                .as("though a smaller search has come to another end")
                .isEqualTo("2,2");
    }

    /* Each measurement takes a microsecond. */
    @Test
    void whenTimeIsUpTheRestHasWhatTablesSay() {
        Candidate[] three = {candidate("a", 10, 1), candidate("b", 7, 1), candidate("c", 5, 1)};
        Tuner tuner = tuner();
        TuningBudget budget = TuningBudget.of(Duration.ofNanos(1_500));
        Tuning short1 = tuning(GRID, budget);
        assertThat(chosen(tuner, LARGE, short1, three)).as("the best so far").isEqualTo("b");
        assertThat(chosen(tuner, problem(600), short1, three)).isEqualTo("a");
        assertThat(measured).containsExactly("a", "b");
        assertThat(short1.report()).isEqualTo(new TuningReport(GRID, Map.of(Outcome.OUT_OF_TIME, 2), 2));
        Tuning none = tuning(GRID, TuningBudget.of(Duration.ZERO));
        assertThat(chosen(tuner(), LARGE, none, three)).as("in another process").isEqualTo("a");

        Tuning more = tuning(GRID, TuningBudget.unlimited());
        assertThat(chosen(tuner, LARGE, more, three)).isEqualTo("c");
        assertThat(measured).as("what was missing").containsExactly("a", "b", "c", "c", "a");
        assertThat(more.report().count(Outcome.MEASURED)).isEqualTo(1);
        assertThat(chosen(tuner(), LARGE, none, three)).as("it is known now").isEqualTo("c");
    }

    @Test
    void aReportSaysWhatCameOfEachProblem() {
        Tuning tuning = tuning(BOTH, TuningBudget.unlimited());
        Tuner tuner = tuner();
        chosen(tuner, LARGE, candidate("a", 10, 1), candidate("b", 7, 1));
        chosen(tuner, LARGE, tuning(GRID, TuningBudget.unlimited()), candidate("a", 10, 1), candidate("b", 7, 1));
        chosen(tuner, problem(8), tuning, candidate("a", 10, 1), candidate("b", 7, 1));
        chosen(tuner, problem(513), tuning, candidate("a", 10, 1));
        assertThat(tuning.report())
                .hasToString("tuning by grid, coordinate descent: 0 kernels timed, problems: 1 without a choice");
    }

    @Test
    void aStopIsHeardBetweenMeasurements() {
        Tuning stopped = new Tuning(GRID, TuningBudget.unlimited(), () -> {
            if (measured.size() == 1) {
                throw new CancellationException("cancelled");
            }
        });
        Candidate[] two = {candidate("a", 10, 1), candidate("b", 7, 1)};
        Tuner tuner = tuner();
        assertThatThrownBy(() -> chosen(tuner, LARGE, stopped, two)).isInstanceOf(CancellationException.class);
        assertThat(measured).containsExactly("a");
        assertThat(chosen(tuner, LARGE, two)).as("later").isEqualTo("b");
        assertThat(measured).as("goes on").containsExactly("a", "b", "b", "a");
    }

    /* No time, so that no measurement decides. */
    @Test
    void explainSaysWhatWasNotMeasured() {
        CompileOptions options =
                CompileOptions.DEFAULT.withMode(Mode.MAX_AUTOTUNE).withTuningBudget(Duration.ZERO);
        assertThat(explained(options, false))
                .contains("tuning by grid, coordinate descent: 0 kernels timed, problems: "
                        + "1 not measured to the end, since the time budget is spent");
        assertThat(explained(options, true))
                .as("deterministic")
                .contains("tuning by grid, coordinate descent: 0 kernels timed, problems: none");
        assertThat(explained(CompileOptions.DEFAULT, false)).doesNotContain("tuning");
    }

    private String explained(CompileOptions options, boolean deterministic) {
        CpuDevice.Settings settings = CpuDevice.Settings.here().withCache(home).withDeterministic(deterministic);
        Weight weight = new DenseWeight("w", DType.F32, HostTensor.allocate(TensorType.of(DType.F32, 256, 256)));
        try (Engine engine = Engine.on(CpuDevice.open(settings));
                Compiled<Tensor, Tensor> compiled = new Compiler(engine, CompileListener.NONE)
                        .compile("f", (Tensor x) -> x.linear(weight, Optional.empty()), options)) {
            compiled.call(engine.tensor(HostTensor.allocate(TensorType.of(DType.F32, 512, 256))));
            return compiled.explain().toString();
        }
    }

    /* The kernels themselves: whichever is chosen here, all are there to be. */
    @Test
    void mostEffortChoosesAmongKernelsThatRun() {
        TensorType x = TensorType.of(DType.F32, 1, 64, 32, 32);
        TensorType weight = TensorType.of(DType.F32, 64, 64, 3, 3);
        List<Operand> inputs = List.of(
                new Operand(x, Layout.channelsLast(x.shape()), false),
                new Operand(weight, Layout.contiguous(weight.shape()), true));
        Conv2dOp conv = new Conv2dOp(1, 1, 1, 1);
        CpuDevice.Settings settings = CpuDevice.Settings.here().withThreads(1).withCache(home);
        String first;
        try (CpuDevice device = CpuDevice.open(settings)) {
            first = lowered(device, conv, inputs);
            assertThat(lowered(device, conv, inputs)).isEqualTo(first);
            assertThat(device.cache().orElseThrow().report().keys())
                    .anyMatch(key -> key.toString().startsWith("conv2d, problem"));
        }
        try (CpuDevice device = CpuDevice.open(settings)) {
            assertThat(lowered(device, conv, inputs)).isEqualTo(first);
        }
    }

    private static String lowered(CpuDevice device, Conv2dOp conv, List<Operand> inputs) {
        TensorType output = conv.infer(inputs.stream().map(Operand::type).toList());
        Spending spending = new Spending(Effort.MOST, 0, Optional.of(tuning(BOTH, TuningBudget.unlimited())));
        return device.lower(conv, inputs, output, spending).implementation();
    }
}
