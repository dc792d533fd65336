package io.github.tintype.user;

import static io.github.tintype.user.CaptureFixture.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.capture.CompileException;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Mode;
import io.github.tintype.compile.CompileFlags;
import io.github.tintype.device.Search;
import io.github.tintype.runtime.PreparationListener.Stage;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.runtime.Stance;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.StructureException;
import io.github.tintype.trace.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Guards, stances, forms of arguments, and graph breaks. */
class ContractTest {
    private final CaptureFixture fixture = new CaptureFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    enum Kind {
        PLUS,
        MINUS
    }

    record Options(Kind kind, boolean twice) {}

    record Input(Tensor x, Optional<Tensor> shift, Options options) {}

    record Inner(List<Tensor> parts, String label) {}

    record Output(Tensor sum, Inner inner) {}

    private static Output function(Input input) {
        Tensor x = input.x();
        Tensor shift = input.shift().orElse(x);
        Tensor sum = input.options().kind() == Kind.PLUS ? x.add(shift) : x.sub(shift);
        Tensor end = input.options().twice() ? sum.mul(2) : sum;
        return new Output(
                end,
                new Inner(List.of(x.neg(), end.square()), input.options().kind().name()));
    }

    private RunContext stance(Stance stance) {
        return RunContext.none().withStance(stance);
    }

    @Test
    void recordsListsAndOptionalsGoInAndOut() {
        Compiled<Input, Output> compiled =
                fixture.compiler.compile("f", ContractTest::function, CompileOptions.DEFAULT.withFullgraph(true));
        Input input = new Input(fixture.tensor(2, 3), Optional.of(fixture.tensor(2, 3)), new Options(Kind.PLUS, true));
        Output got = compiled.call(input);
        Output want = function(input);
        assertThat(floats(got.sum())).isEqualTo(floats(want.sum()));
        assertThat(got.inner().label()).isEqualTo("PLUS");
        assertThat(floats(got.inner().parts().get(1)))
                .isEqualTo(floats(want.inner().parts().get(1)));
        List<Tensor> tuple = compiled.tuple(input, RunContext.none());
        assertThat(tuple).hasSize(3);
        assertThat(floats(tuple.getFirst())).isEqualTo(floats(want.sum()));
    }

    @Test
    void whatSteersControlFlowIsGuardedAndTheReportSaysWhichGuardFailed() {
        Compiled<Input, Output> compiled =
                fixture.compiler.compile("f", ContractTest::function, CompileOptions.DEFAULT);
        Tensor x = fixture.tensor(2, 3);
        compiled.call(new Input(x, Optional.empty(), new Options(Kind.PLUS, false)));
        compiled.call(new Input(x, Optional.empty(), new Options(Kind.MINUS, false)));
        compiled.call(new Input(x, Optional.of(x), new Options(Kind.MINUS, false)));
        compiled.call(new Input(x, Optional.empty(), new Options(Kind.PLUS, false)));
        assertThat(compiled.explain().recompiles())
                .extracting(recompile -> recompile.guards().getFirst())
                .containsExactly("options.kind: got MINUS, wanted PLUS", "shift: got a tensor, wanted nothing");
        assertThat(compiled.explain().toString())
                .contains(
                        "f: 3 graphs, 0 graph breaks, 2 recompiles, 4 calls",
                        "guard options.kind = MINUS",
                        "program rest: 1 × f, ");
    }

    @Test
    void aNumberThatMayVaryIsATensorAndAnythingElseIsRefused() {
        record Scaled(Tensor x, double scale) {}
        Compiled<Scaled, Tensor> frozen =
                fixture.compiler.compile("f", in -> in.x().mul(in.scale()), CompileOptions.DEFAULT);
        assertThatThrownBy(() -> frozen.call(new Scaled(fixture.tensor(2), 0.5)))
                .isInstanceOf(StructureException.class)
                .hasMessageStartingWith("scale: got the number 0.5, wanted a tensor");
        Compiled<Object, Tensor> odd = fixture.compiler.compile("f", _ -> fixture.tensor(1), CompileOptions.DEFAULT);
        assertThatThrownBy(() -> odd.call(new Object()))
                .isInstanceOf(StructureException.class)
                .hasMessageContaining("got a java.lang.Object");
    }

    @Test
    void stancesForbidOrAvoidCompiling() {
        Function<Tensor, Tensor> function = x -> x.mul(3);
        Compiled<Tensor, Tensor> compiled =
                fixture.compiler.compile("f", function, CompileOptions.DEFAULT.withDynamic(Dynamic.NEVER));
        Tensor first = fixture.tensor(2, 3);
        Tensor other = fixture.tensor(4, 3);
        assertThat(floats(compiled.call(first, stance(Stance.FORCE_EAGER)))).isEqualTo(floats(function.apply(first)));
        assertThat(compiled.explain().graphs()).isEmpty();
        compiled.call(first, stance(Stance.FAIL_ON_RECOMPILE)); // the first is no recompile
        assertThatThrownBy(() -> compiled.call(other, stance(Stance.FAIL_ON_RECOMPILE)))
                .isInstanceOf(CompileException.class)
                .hasMessage("f: the stance forbids to recompile: x[0]: got 4, wanted 2");
        assertThat(floats(compiled.call(other, stance(Stance.EAGER_ON_RECOMPILE))))
                .isEqualTo(floats(function.apply(other)));
        assertThat(compiled.explain().graphs()).hasSize(1);
        assertThat(compiled.explain().eagerCalls()).isEqualTo(2);
    }

    @Test
    void theDebugStanceFindsWhatSteersAForwardAndIsNoArgument() {
        boolean[] flag = {false};
        Compiled<Tensor, Tensor> compiled =
                fixture.compiler.compile("f", x -> flag[0] ? x.neg() : x.abs(), CompileOptions.DEFAULT);
        Tensor x = fixture.tensor(3);
        compiled.call(x);
        compiled.call(x, stance(Stance.RETRACE_AND_COMPARE));
        flag[0] = true;
        assertThatThrownBy(() -> compiled.call(x, stance(Stance.RETRACE_AND_COMPARE)))
                .isInstanceOf(CompileException.class)
                .hasMessageContaining("records another graph than the compiled one")
                .hasMessageContaining("NEG")
                .hasMessageContaining("ABS");
    }

    /** A user's own block with a data-dependent branch. */
    record Gate(String path, Weight weight) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            Tensor hidden = x.linear(weight, Optional.empty()).tanh();
            double mean = hidden.mean(false, 0, 1).item();
            return mean > 0 ? hidden.mul(mean).exp() : hidden.sub(mean);
        }
    }

    @Test
    void aDataDependentBranchIsALocatedErrorUnderFullgraph() {
        Gate gate = new Gate("gate", fixture.weight("gate.weight", 4, 4));
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(gate, CompileOptions.DEFAULT.withFullgraph(true));
        assertThatThrownBy(() -> compiled.call(fixture.tensor(2, 4)))
                .isInstanceOf(CompileException.class)
                .hasMessageStartingWith("gate: fullgraph: graph break at ContractTest.java:")
                .hasMessageContaining(
                        " in gate: the value of f32[], made by reshape, is read while tracing: choose with Tensor.where");
    }

    @Test
    void withoutFullgraphItRunsInCompiledPartsThatAreFoundAgain() {
        Gate gate = new Gate("gate", fixture.weight("gate.weight", 4, 4));
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(gate, CompileOptions.DEFAULT);
        for (int i = 0; i < 12; i++) {
            Tensor x = fixture.tensor(2, 4);
            assertThat(floats(compiled.call(x))).isEqualTo(floats(gate.call(x)));
        }
        Explanation explanation = compiled.explain();
        assertThat(explanation.breaks()).singleElement().satisfies(at -> {
            assertThat(at.place()).startsWith("ContractTest.java:");
            assertThat(at.operator()).isEqualTo("reshape");
        });
        // The prefix, and one continuation for each side of the branch, whatever the number that was read; and the
        // continuation of the first call, which still had to compute the prefix again.
        assertThat(explanation.graphs()).hasSize(4);
    }

    @Test
    void aPrefixIsNotComputedTwiceOnceItIsKnownWhatIsNeeded() {
        Gate gate = new Gate("gate", fixture.weight("gate.weight", 4, 4));
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(gate, CompileOptions.DEFAULT);
        Tensor x = fixture.tensor(2, 4);
        for (int i = 0; i < 4; i++) {
            compiled.call(x);
        }
        long products = compiled.explain().graphs().stream()
                .filter(graph -> graph.sizes().stream()
                        .anyMatch(sizes -> sizes.plan().calls().stream()
                                .anyMatch(call -> call.name().equals("matmul"))))
                .count();
        assertThat(products)
                .isEqualTo(2); // the prefix, and the continuation of the first call, which had to compute it again
        assertThat(compiled.explain().graphs()).hasSize(3);
    }

    @Test
    void aSegmentThatOthersReplaceWhileItIsPreparedKeepsNoWeights() throws InterruptedException {
        Weight weight = fixture.weight("w", 4, 4);
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(
                "f",
                (Tensor x) -> x.mul(x.mean(false, 0, 1).item()).linear(weight, Optional.empty()),
                CompileOptions.DEFAULT);
        AtomicBoolean replaced = new AtomicBoolean();
        RunContext replacing = RunContext.none().withPreparation((program, stage, _, _) -> {
            if (stage == Stage.WEIGHTS && program.equals("f.1") && !replaced.getAndSet(true)) {
                for (int i = 2; i < 40; i++) {
                    compiled.call(fixture.tensor(i, 4));
                }
            }
        });
        Tensor x = fixture.tensor(1, 4);
        assertThat(compiled.call(x, replacing).shape().elements()).isEqualTo(4);
        assertThat(replaced).isTrue();
        assertThat(compiled.explain().graphs())
                .hasSize(64)
                .extracting(Explanation.CompiledGraphInfo::name)
                .doesNotHaveDuplicates();
        compiled.close();
        fixture.engine.close();
        for (int i = 0; i < 200 && fixture.engine.memory().blocks() > 1; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertThat(fixture.engine.memory().blocks()).as("x").isEqualTo(1);
        assertThat(x.shape().elements()).isEqualTo(4);
    }

    @Test
    void aCompiledModuleInsideOfARecordingIsPartOfIt() {
        Gate gate = new Gate("gate", fixture.weight("gate.weight", 4, 4));
        Compiled<Tensor, Tensor> inner = fixture.compiler.compile(
                "inner", (Tensor x) -> x.linear(gate.weight(), Optional.empty()), CompileOptions.DEFAULT);
        Compiled<Tensor, Tensor> outer = fixture.compiler.compile(
                "outer", (Tensor x) -> inner.call(x.add(1)).mul(2), CompileOptions.DEFAULT.withFullgraph(true));
        Tensor x = fixture.tensor(2, 4);
        assertThat(floats(outer.call(x)))
                .isEqualTo(
                        floats(x.add(1).linear(gate.weight(), Optional.empty()).mul(2)));
        assertThat(inner.explain().graphs()).isEmpty();
        assertThat(outer.explain().graphs()).hasSize(1);
    }

    @Test
    void severalThreadsShareOneCompilation() throws Exception {
        Function<Tensor, Tensor> function = x -> x.mul(3).tanh();
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile("f", function, CompileOptions.DEFAULT);
        Tensor x = fixture.tensor(5, 7);
        float[] want = floats(function.apply(x));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<float[]>> tasks = IntStream.range(0, 40)
                    .<Callable<float[]>>mapToObj(_ -> () -> floats(compiled.call(x)))
                    .toList();
            for (Future<float[]> result : threads.invokeAll(tasks)) {
                assertThat(result.get()).isEqualTo(want);
            }
        }
        assertThat(compiled.explain().graphs()).hasSize(1);
        assertThat(compiled.explain().calls()).isEqualTo(40);
    }

    @Test
    void modesHaveTorchsNamesAndOthersAreErrors() {
        assertThat(Mode.parse("reduce-overhead")).isEqualTo(Mode.REDUCE_OVERHEAD);
        assertThatThrownBy(() -> Mode.parse("fast"))
                .isInstanceOf(CompileException.class)
                .hasMessage(
                        "mode: got \"fast\", wanted one of default, reduce-overhead, max-autotune, max-autotune-no-cudagraphs");
    }

    @Test
    void aModeIsAPresetThatOptionsOverrideAndAFlagWithoutEffectIsAnError() {
        CompileOptions options =
                CompileOptions.DEFAULT.withMode(Mode.MAX_AUTOTUNE).withOption("epilogue_fusion", false);
        assertThat(options.effectiveFlags()).isEqualTo(new CompileFlags(true, false));
        assertThat(options.withOption("conv_1x1_as_mm", false).effectiveFlags())
                .isEqualTo(new CompileFlags(false, false));
        assertThatThrownBy(() -> options.withOption("use_mixed_mm", true))
                .isInstanceOf(CompileException.class)
                .hasMessage("option: use_mixed_mm would have no effect: torch ignores it");
        assertThat(options.withOption("force_fuse_int_mm_with_mul", true)).isEqualTo(options);
        assertThatThrownBy(() -> options.withOption("force_fuse_int_mm_with_mul", false))
                .hasMessage(
                        "option: force_fuse_int_mm_with_mul: got false, wanted true: scales are always applied where products are stored");
        assertThatThrownBy(() -> options.withOption("max_speed", true))
                .hasMessage("option: got \"max_speed\", wanted conv_1x1_as_mm, epilogue_fusion, max_autotune, "
                        + "coordinate_descent_tuning, coordinate_descent_check_all_directions");
    }

    @Test
    void flagsSayWhatIsMeasured() {
        CompileOptions plain = CompileOptions.DEFAULT;
        assertThat(plain.programUse().search()).isEqualTo(Search.NONE);
        assertThat(plain.withMode(Mode.MAX_AUTOTUNE).programUse().search()).isEqualTo(new Search(true, true, false));
        assertThat(plain.withOption("coordinate_descent_tuning", true)
                        .programUse()
                        .search())
                .isEqualTo(new Search(false, true, false));
        CompileOptions all = plain.withOption("coordinate_descent_check_all_directions", true);
        assertThat(all.withMode(Mode.MAX_AUTOTUNE).programUse().search()).isEqualTo(new Search(true, true, true));
        assertThat(plain.withMode(Mode.MAX_AUTOTUNE_NO_CUDAGRAPHS)
                        .withOption("max_autotune", false)
                        .withOption("coordinate_descent_tuning", false)
                        .programUse()
                        .search())
                .isEqualTo(Search.NONE);
        assertThatThrownBy(() -> fixture.compiler.compile("f", (Tensor in) -> in, all))
                .isInstanceOf(CompileException.class)
                .hasMessage("option: coordinate_descent_check_all_directions would have no effect: "
                        + "coordinate_descent_tuning is off");
    }

    @Test
    void aTuningBudgetIsForWhatIsMeasured() {
        CompileOptions options = CompileOptions.DEFAULT.withTuningBudget(Duration.ZERO);
        assertThat(options.withMode(Mode.MAX_AUTOTUNE).programUse().budget().isSpent())
                .isTrue();
        assertThatThrownBy(options::programUse)
                .isInstanceOf(CompileException.class)
                .hasMessage(
                        "option: tuningBudget would have no effect: neither the mode nor a flag has anything measured");
        assertThatThrownBy(() -> options.withTuningBudget(Duration.ofSeconds(-1)))
                .hasMessage("tuningBudget: got PT-1S, wanted 0 or more");
    }

    /** A model that repeats a block of its own, as a user writes it. */
    record MyUNet(String path, List<Gated> blocks, List<String> repeatedBlocks) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            Tensor hidden = x;
            for (Gated block : blocks) {
                hidden = block.call(hidden);
            }
            return hidden.tanh();
        }
    }

    record Gated(String path, Weight weight) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return x.linear(weight, Optional.empty())
                    .silu()
                    .linear(weight, Optional.empty())
                    .add(x)
                    .mul(1);
        }
    }

    private MyUNet myUNet(List<String> repeated) {
        return new MyUNet(
                "my",
                IntStream.range(0, 5)
                        .mapToObj(i -> new Gated("my.blocks." + i, fixture.weight("my.blocks." + i, 4, 4)))
                        .toList(),
                repeated);
    }

    @Test
    void regionalCompilationCompilesARepeatedBlockOnce() {
        MyUNet model = myUNet(List.of("Gated"));
        Tensor x = fixture.tensor(3, 4);
        Compiled<Tensor, Tensor> blocks = fixture.compiler.compileRepeatedBlocks(model, CompileOptions.DEFAULT);
        assertThat(floats(blocks.call(x))).isEqualTo(floats(model.call(x)));
        assertThat(blocks.explain().graphs().getFirst().programs())
                .singleElement()
                .satisfies(program -> {
                    assertThat(program.module()).isEqualTo("Gated");
                    assertThat(program.occurrences()).isEqualTo(5);
                });
        Compiled<Tensor, Tensor> lists = fixture.compiler.compileRegions(model, CompileOptions.DEFAULT);
        assertThat(floats(lists.call(x))).isEqualTo(floats(model.call(x)));
        assertThat(lists.explain().graphs().getFirst().programs().getFirst().occurrences())
                .isEqualTo(5);
    }

    @Test
    void regionalCompilationOfNothingIsAnError() {
        assertThatThrownBy(() -> fixture.compiler.compileRepeatedBlocks(myUNet(List.of()), CompileOptions.DEFAULT))
                .isInstanceOf(CompileException.class)
                .hasMessageStartingWith("MyUNet: `repeatedBlocks` is empty");
        Compiled<Tensor, Tensor> none =
                fixture.compiler.compileRepeatedBlocks(myUNet(List.of("Absent")), CompileOptions.DEFAULT);
        assertThatThrownBy(() -> none.call(fixture.tensor(3, 4)))
                .isInstanceOf(CompileException.class)
                .hasMessageContaining("Absent");
    }
}
