package io.github.tintype.user;

import static io.github.tintype.user.CaptureFixture.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.PreparationListener;
import io.github.tintype.runtime.PreparationListener.Stage;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a first call tells before its first kernel, and that it can be stopped there. */
class PreparationTest {
    private final CaptureFixture fixture = new CaptureFixture();
    private final List<Block> blocks = List.of(block("0"), block("1"));

    private record Block(String path, Weight weight) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return x.linear(weight, Optional.empty()).softmax(-1);
        }
    }

    private Block block(String path) {
        return new Block(path, fixture.weight(path, 4, 4));
    }

    private Tensor forward(Tensor x) {
        return blocks.get(1).call(blocks.get(0).call(x)).square();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private Compiled<Tensor, Tensor> compile(CompileOptions options) {
        return fixture.compiler.compile("f", this::forward, options);
    }

    private static RunContext telling(Cancellation cancellation, PreparationListener listener) {
        return new RunContext(cancellation, Optional.empty()).withPreparation(listener);
    }

    private static PreparationListener noting(List<String> told) {
        return (program, stage, done, total) -> told.add("%s %s %d/%d".formatted(program, stage, done, total));
    }

    @Test
    void theFirstCallTellsEachStageAndTheSecondNothing() {
        try (Compiled<Tensor, Tensor> compiled = compile(CompileOptions.DEFAULT)) {
            List<String> told = new ArrayList<>();
            RunContext context = telling(new Cancellation(), noting(told));
            compiled.call(fixture.tensor(2, 4), context);
            assertThat(told.subList(0, 5))
                    .containsExactly(
                            "f.0 TRACE 0/1", "f.0 TRACE 1/1", "f.0 PASSES 0/2", "f.0 PASSES 1/2", "f.0 PASSES 2/2");
            int nodes = told.size() - 5 - 3 - 1; // each node of the plan is told, and the end
            assertThat(told.subList(5, 5 + nodes + 1))
                    .containsExactlyElementsOf(IntStream.rangeClosed(0, nodes)
                            .mapToObj(done -> "f.0 PLAN %d/%d".formatted(done, nodes))
                            .toList());
            assertThat(told.subList(5 + nodes + 1, told.size()))
                    .containsExactly("f.0 WEIGHTS 0/2", "f.0 WEIGHTS 1/2", "f.0 WEIGHTS 2/2");
            told.clear();
            compiled.call(fixture.tensor(2, 4), context);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void anUncompiledFunctionHasNoPasses() {
        try (Compiled<Tensor, Tensor> eager = compile(CompileOptions.EAGER)) {
            List<String> told = new ArrayList<>();
            eager.call(fixture.tensor(2, 4), telling(new Cancellation(), noting(told)));
            assertThat(told).contains("f.0 TRACE 1/1", "f.0 WEIGHTS 2/2").noneMatch(text -> text.contains("PASSES"));
        }
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void aCancelledStageEndsTheCallAndTheNextOneDoesItAgain(Stage last) {
        try (Compiled<Tensor, Tensor> compiled = compile(CompileOptions.DEFAULT)) {
            long blocks = fixture.engine.memory().blocks();
            Cancellation cancellation = new Cancellation();
            List<Stage> reached = new ArrayList<>();
            Tensor x = fixture.tensor(2, 4);
            assertThatThrownBy(() -> compiled.call(x, telling(cancellation, (_, stage, _, _) -> {
                        reached.add(stage);
                        if (stage == last) {
                            cancellation.cancel();
                        }
                    })))
                    .isInstanceOf(CancellationException.class);
            assertThat(reached.getLast()).isEqualTo(last);
            assertThat(fixture.engine.memory().blocks()).as("x").isEqualTo(blocks + 1);
            assertThat(floats(compiled.call(x))).isEqualTo(floats(forward(x)));
        }
    }
}
