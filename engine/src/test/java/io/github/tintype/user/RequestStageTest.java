package io.github.tintype.user;

import static io.github.tintype.user.CaptureFixture.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.capture.CompileException;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.compile.Plan;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Profile;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.runtime.Stance;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What depends on the same tensors at each step is computed once for them, kept, and given back. */
class RequestStageTest {
    private static final CompileOptions IN_STEPS =
            CompileOptions.DEFAULT.withFullgraph(true).withRequestArguments(List.of("text"));

    private final CaptureFixture fixture = new CaptureFixture();
    private final Weight key = fixture.weight("key", 4, 8);
    private final Weight query = fixture.weight("query", 4, 4);

    record Text(Tensor embeds, Optional<Tensor> mask) {}

    record Input(Tensor x, Text text) {}

    @AfterEach
    void close() {
        fixture.close();
    }

    /* x [n,4], text [m,8] → [n,m]: the keys are the same at each step. */
    private Tensor attend(Input input) {
        Tensor keys = input.text().embeds().linear(key, Optional.empty());
        Tensor queries = input.x().linear(query, Optional.empty());
        return queries.matmul(keys.transpose(0, 1));
    }

    private Compiled<Input, Tensor> compile(CompileOptions options) {
        return fixture.compiler.compile("attend", this::attend, options);
    }

    private Text text() {
        return new Text(fixture.tensor(3, 8), Optional.empty());
    }

    private static List<String> kernels(Compiled<Input, Tensor> compiled, Input input) {
        Profile profile = new Profile();
        compiled.call(input, new RunContext(new Cancellation(), Optional.of(profile)));
        return profile.entries().stream().map(Profile.Entry::program).toList();
    }

    private static long count(List<String> kernels, String program) {
        return kernels.stream().filter(program::equals).count();
    }

    private static Plan request(Compiled<Input, Tensor> compiled) {
        return compiled.explain()
                .graphs()
                .getFirst()
                .sizes()
                .getFirst()
                .request()
                .orElseThrow();
    }

    @Test
    void theSecondStepMakesFewerCallsAndGivesTheSame() {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS);
                Compiled<Input, Tensor> whole = compile(CompileOptions.DEFAULT)) {
            Text text = text();
            Input first = new Input(fixture.tensor(2, 4), text);
            Input second = new Input(fixture.tensor(2, 4), text);
            List<String> all = kernels(whole, first);
            List<String> firstStep = kernels(split, first);
            List<String> secondStep = kernels(split, second);
            long hoisted = count(firstStep, "attend.0.request");
            assertThat(hoisted).isPositive().isEqualTo(request(split).calls().size());
            assertThat(firstStep).hasSameSizeAs(all);
            assertThat(secondStep).hasSize(all.size() - (int) hoisted).containsOnly("attend.0");
            assertThat(floats(split.call(first))).isEqualTo(floats(whole.call(first)));
            assertThat(floats(split.call(second))).isEqualTo(floats(whole.call(second)));
            assertThat(split.explain().toString()).contains("    once for a request: ", "48 bytes kept");
        }
    }

    @Test
    void anotherPromptHasOtherResultsAndTwoMayTakeTurns() {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS);
                Compiled<Input, Tensor> whole = compile(CompileOptions.DEFAULT)) {
            Tensor x = fixture.tensor(2, 4);
            Input one = new Input(x, text());
            Input other = new Input(x, text());
            List<String> kernels = new ArrayList<>();
            for (int step = 0; step < 3; step++) {
                kernels.addAll(kernels(split, one));
                kernels.addAll(kernels(split, other));
                assertThat(floats(split.call(one))).isEqualTo(floats(whole.call(one)));
                assertThat(floats(split.call(other))).isEqualTo(floats(whole.call(other)));
            }
            assertThat(count(kernels, "attend.0.request"))
                    .isEqualTo(2L * request(split).calls().size());
        }
    }

    @Test
    void equalContentInAnotherTensorIsAnotherPrompt() {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS)) {
            Text text = text();
            Tensor copy = fixture.engine.tensor(text.embeds().toHost());
            Tensor x = fixture.tensor(2, 4);
            kernels(split, new Input(x, text));
            assertThat(kernels(split, new Input(x, new Text(copy, Optional.empty()))))
                    .contains("attend.0.request");
        }
    }

    @Test
    void olderPromptsMakeRoom() {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS)) {
            Tensor x = fixture.tensor(2, 4);
            List<Input> prompts = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                prompts.add(new Input(x, text()));
                kernels(split, prompts.getLast());
            }
            long full = fixture.engine.memory().blocks();
            Input fifth = new Input(x, text());
            kernels(split, fifth);
            assertThat(fixture.engine.memory().blocks())
                    .as("one more text and its step's result, kept keys for kept keys")
                    .isEqualTo(full + 2);
            assertThat(kernels(split, prompts.get(1))).doesNotContain("attend.0.request");
            assertThat(kernels(split, prompts.get(0))).contains("attend.0.request");
        }
    }

    @Test
    void closingFreesWhatIsKept() {
        Input input = new Input(fixture.tensor(2, 4), text());
        Compiled<Input, Tensor> split = compile(IN_STEPS);
        Tensor result = split.call(input);
        long open = fixture.engine.memory().blocks();
        split.close();
        assertThat(fixture.engine.memory().blocks())
                .as("two weights and the kept keys")
                .isEqualTo(open - 3);
        assertThat(floats(result)).hasSize(6);
    }

    @Test
    void whatIsKeptGoesWithThePrompt() throws InterruptedException {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS)) {
            Tensor x = fixture.tensor(2, 4);
            split.call(new Input(x, text()));
            long blocks = fixture.engine.memory().blocks();
            for (int i = 0; i < 200 && fixture.engine.memory().blocks() > blocks - 3; i++) {
                System.gc();
                Thread.sleep(10);
            }
            assertThat(fixture.engine.memory().blocks())
                    .as("the text, the result, and the kept keys")
                    .isEqualTo(blocks - 3);
        }
    }

    @Test
    void whatIsKeptMakesRoomWhenMemoryIsShort() {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS)) {
            Input input = new Input(fixture.tensor(2, 4), text());
            split.call(input);
            fixture.engine.memory().limit(fixture.engine.memory().used());
            Tensor more = fixture.tensor(10);
            assertThat(more.shape().elements()).isEqualTo(10);
            fixture.engine.memory().limit(Long.MAX_VALUE);
            assertThat(kernels(split, input)).contains("attend.0.request");
            fixture.engine.memory().limit(fixture.engine.memory().used());
            assertThatThrownBy(() -> fixture.tensor(1_000_000)).isInstanceOf(DeviceException.class);
            fixture.engine.memory().limit(Long.MAX_VALUE);
        }
    }

    @Test
    void severalThreadsShareWhatIsKept() throws Exception {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS);
                Compiled<Input, Tensor> whole = compile(CompileOptions.DEFAULT);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Text> texts = List.of(text(), text(), text(), text(), text(), text());
            List<float[]> wanted = new ArrayList<>();
            List<Future<Tensor>> got = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                Input input = new Input(fixture.tensor(2, 4), texts.get(i % texts.size()));
                wanted.add(floats(whole.call(input)));
                got.add(threads.submit(() -> split.call(input)));
            }
            for (int i = 0; i < wanted.size(); i++) {
                assertThat(floats(got.get(i).get())).as("call %d", i).isEqualTo(wanted.get(i));
            }
        }
    }

    @Test
    void aCancelledRequestIsComputedByTheNextCall() {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS);
                Compiled<Input, Tensor> whole = compile(CompileOptions.DEFAULT)) {
            Input warm = new Input(fixture.tensor(2, 4), text());
            split.call(warm);
            Input input = new Input(fixture.tensor(2, 4), text());
            Cancellation cancelled = new Cancellation();
            cancelled.cancel();
            assertThatThrownBy(() -> split.call(input, new RunContext(cancelled, Optional.empty())))
                    .isInstanceOf(CancellationException.class);
            assertThat(floats(split.call(input))).isEqualTo(floats(whole.call(input)));
        }
    }

    @Test
    void openSizesStayOpen() {
        CompileOptions open = IN_STEPS.withDynamic(
                Dynamic.declared(new Dynamic.Axis("x", 0, "n", 1, 9), new Dynamic.Axis("text.embeds", 0, "m", 1, 9)));
        try (Compiled<Input, Tensor> split = compile(open);
                Compiled<Input, Tensor> whole = compile(CompileOptions.DEFAULT)) {
            for (int size = 1; size < 5; size++) {
                Input input =
                        new Input(fixture.tensor(size, 4), new Text(fixture.tensor(size + 2, 8), Optional.empty()));
                assertThat(floats(split.call(input))).isEqualTo(floats(whole.call(input)));
                assertThat(kernels(split, input)).containsOnly("attend.0");
            }
            assertThat(split.explain().graphs()).hasSize(1);
        }
    }

    @Test
    void uncompiledCallsAreNotSplit() {
        try (Compiled<Input, Tensor> split = compile(IN_STEPS)) {
            Input input = new Input(fixture.tensor(2, 4), text());
            split.call(input, RunContext.none().withStance(Stance.FORCE_EAGER));
            assertThat(split.explain().graphs()).isEmpty();
        }
        try (Compiled<Input, Tensor> eager = compile(CompileOptions.EAGER.withRequestArguments(List.of("text")))) {
            eager.call(new Input(fixture.tensor(2, 4), text()));
            assertThat(eager.explain().graphs().getFirst().sizes().getFirst().request())
                    .isEmpty();
        }
    }

    @Test
    void aNameThatTheArgumentsDoNotHaveIsAnError() {
        try (Compiled<Input, Tensor> wrong = compile(IN_STEPS.withRequestArguments(List.of("text.mask", "texts")))) {
            assertThatThrownBy(() -> wrong.call(new Input(fixture.tensor(2, 4), text())))
                    .isInstanceOf(CompileException.class)
                    .hasMessage(
                            "attend.0: request argument: got \"texts\", wanted one of [x, text.embeds] or a record of these");
        }
    }
}
