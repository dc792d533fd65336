package io.github.tintype.user;

import static io.github.tintype.user.CaptureFixture.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.capture.CompileException;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.capture.Explanation;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.runtime.Stance;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which sizes compile anew: the counts are the contract, and every result is compared with the uncompiled function. */
class DynamicShapesTest {
    private final CaptureFixture fixture = new CaptureFixture();
    private final Weight kernel = fixture.weight("conv.weight", 4, 3, 3, 3);

    @AfterEach
    void close() {
        fixture.close();
    }

    private Tensor convolve(Tensor x) {
        return x.conv2d(kernel, Optional.empty(), 2, 1, 1, 1).silu();
    }

    private static int graphs(Compiled<?, ?> compiled) {
        return compiled.explain().graphs().size();
    }

    private <A> void callAndCompare(Compiled<A, Tensor> compiled, Function<A, Tensor> function, A argument) {
        assertThat(floats(compiled.call(argument))).isEqualTo(floats(function.apply(argument)));
    }

    @Test
    void autoSpecialisesFirstAndOpensTheSizesThatChange() {
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile("f", this::convolve, CompileOptions.DEFAULT);
        callAndCompare(compiled, this::convolve, fixture.tensor(2, 3, 8, 12));
        assertThat(graphs(compiled)).isEqualTo(1);
        callAndCompare(compiled, this::convolve, fixture.tensor(2, 3, 10, 12));
        assertThat(graphs(compiled)).isEqualTo(2);
        assertThat(compiled.explain().recompiles().getFirst().guards()).containsExactly("x[2]: got 10, wanted 8");
        for (long h = 3; h < 20; h++) {
            callAndCompare(compiled, this::convolve, fixture.tensor(2, 3, h, 12));
        }
        assertThat(graphs(compiled)).isEqualTo(2);
    }

    @Test
    void autoNeverOpensOneAndCompilesForIt() {
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile("f", this::convolve, CompileOptions.DEFAULT);
        callAndCompare(compiled, this::convolve, fixture.tensor(2, 3, 8, 8));
        callAndCompare(compiled, this::convolve, fixture.tensor(3, 3, 8, 8));
        callAndCompare(compiled, this::convolve, fixture.tensor(4, 3, 8, 8));
        assertThat(graphs(compiled)).isEqualTo(2);
        callAndCompare(compiled, this::convolve, fixture.tensor(1, 3, 8, 8));
        assertThat(graphs(compiled)).isEqualTo(3);
        assertThat(compiled.explain().recompiles().getLast().guards()).contains("x[0]: got 1, wanted s0: 2 or more");
    }

    @Test
    void alwaysOpensEverythingButWhatTheFunctionFixes() {
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(
                "f",
                this::convolve,
                CompileOptions.DEFAULT.withDynamic(Dynamic.ALWAYS).withDuckShape(false));
        for (long n = 1; n < 4; n++) {
            for (long size = 7; size < 10; size++) {
                callAndCompare(compiled, this::convolve, fixture.tensor(n, 3, size, 2 * size));
            }
        }
        assertThat(graphs(compiled)).isEqualTo(1);
        Explanation.CompiledGraphInfo graph = compiled.explain().graphs().getFirst();
        assertThat(graph.guards()).contains("x: f32[s0,3,s2,s3]");
        assertThat(graph.assumptions().getFirst().text()).isEqualTo("s1 = 3");
        assertThat(graph.assumptions().getFirst().reason()).contains("conv2d", "DynamicShapesTest.java:");
    }

    @Test
    void duckShapingTakesEqualSizesForEqualForever() {
        Compiled<Tensor, Tensor> duck =
                fixture.compiler.compile("f", this::convolve, CompileOptions.DEFAULT.withDynamic(Dynamic.ALWAYS));
        callAndCompare(duck, this::convolve, fixture.tensor(2, 3, 8, 8));
        callAndCompare(duck, this::convolve, fixture.tensor(2, 3, 9, 9));
        assertThat(graphs(duck)).isEqualTo(1);
        callAndCompare(duck, this::convolve, fixture.tensor(2, 3, 9, 13));
        assertThat(graphs(duck)).isEqualTo(2);
        assertThat(duck.explain().recompiles().getFirst().guards())
                .containsExactly("x[3]: got 13, wanted 9, which is s2 at x[2]");

        Compiled<Tensor, Tensor> free = fixture.compiler.compile(
                "f",
                this::convolve,
                CompileOptions.DEFAULT.withDynamic(Dynamic.ALWAYS).withDuckShape(false));
        callAndCompare(free, this::convolve, fixture.tensor(2, 3, 8, 8));
        callAndCompare(free, this::convolve, fixture.tensor(2, 3, 9, 13));
        assertThat(graphs(free)).isEqualTo(1);
    }

    @Test
    void neverCompilesForEachSize() {
        Compiled<Tensor, Tensor> compiled =
                fixture.compiler.compile("f", this::convolve, CompileOptions.DEFAULT.withDynamic(Dynamic.NEVER));
        for (long h = 5; h < 9; h++) {
            callAndCompare(compiled, this::convolve, fixture.tensor(1, 3, h, 5));
            callAndCompare(compiled, this::convolve, fixture.tensor(1, 3, h, 5));
        }
        assertThat(graphs(compiled)).isEqualTo(4);
    }

    @Test
    void aDeclaredRangeNeverRecompilesOneIncluded() {
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(
                "f",
                this::convolve,
                CompileOptions.DEFAULT
                        .withFullgraph(true)
                        .withRecompileLimit(1)
                        .withDynamic(Dynamic.declared(
                                new Dynamic.Axis("x", 0, "batch", 1, 4),
                                new Dynamic.Axis("x", 2, "height", 3, 64),
                                new Dynamic.Axis("x", 3, "width", 3, 64))));
        for (long batch = 1; batch <= 4; batch++) {
            callAndCompare(compiled, this::convolve, fixture.tensor(batch, 3, 8, 8));
            callAndCompare(compiled, this::convolve, fixture.tensor(batch, 3, 9, 13));
            callAndCompare(compiled, this::convolve, fixture.tensor(batch, 3, 3, 64));
        }
        assertThat(graphs(compiled)).isEqualTo(1);
        assertThat(compiled.explain().recompiles()).isEmpty();
        assertThatThrownBy(() -> compiled.call(fixture.tensor(5, 3, 8, 8)))
                .isInstanceOf(CompileException.class)
                .hasMessage("f: x[0]: got 5, declared batch: 1 to 4");
    }

    @Test
    void aDeclaredSizeThatTheFunctionFixesIsAnErrorThatSaysWhy() {
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(
                "f",
                this::convolve,
                CompileOptions.DEFAULT.withDynamic(Dynamic.declared(new Dynamic.Axis("x", 1, "channels", 1, 8))));
        assertThatThrownBy(() -> compiled.call(fixture.tensor(1, 3, 8, 8)))
                .isInstanceOf(CompileException.class)
                .hasMessageContaining("channels: declared to stay open, but recorded for 3 it can't: conv2d")
                .hasMessageContaining("DynamicShapesTest.java:");
    }

    @Test
    void declarationsThatFitNothingAreErrors() {
        assertThatThrownBy(() ->
                        Dynamic.declared(new Dynamic.Axis("x", 0, "b", 1, 4), new Dynamic.Axis("x", 1, "b", 1, 5)))
                .hasMessage("x[1]: got the range 1 to 5, wanted 1 to 4, as x[0] has for b");
        assertThatThrownBy(() -> new Dynamic.Axis("x", 0, "b", 0, 4)).isInstanceOf(CompileException.class);
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(
                "f",
                this::convolve,
                CompileOptions.DEFAULT.withDynamic(Dynamic.declared(new Dynamic.Axis("sample", 0, "b", 1, 4))));
        assertThatThrownBy(() -> compiled.call(fixture.tensor(1, 3, 8, 8)))
                .hasMessage("f: sample[0]: declared, but the arguments are [x]");
    }

    /** Adds two tensors whose sizes are equal, or where the second broadcasts. */
    record Pair(Tensor a, Tensor b) {}

    private static Tensor add(Pair pair) {
        return pair.a().add(pair.b());
    }

    @Test
    void equalSizesOfTwoArgumentsBecomeAGuardWithoutDuckShaping() {
        Compiled<Pair, Tensor> compiled = fixture.compiler.compile(
                "add",
                DynamicShapesTest::add,
                CompileOptions.DEFAULT.withDynamic(Dynamic.ALWAYS).withDuckShape(false));
        callAndCompare(compiled, DynamicShapesTest::add, new Pair(fixture.tensor(3, 5), fixture.tensor(3, 5)));
        callAndCompare(compiled, DynamicShapesTest::add, new Pair(fixture.tensor(4, 7), fixture.tensor(4, 7)));
        assertThat(graphs(compiled)).isEqualTo(1);
        callAndCompare(compiled, DynamicShapesTest::add, new Pair(fixture.tensor(4, 7), fixture.tensor(4, 1)));
        assertThat(graphs(compiled)).isEqualTo(2);
    }

    @Test
    void aRealMismatchIsTheUsersErrorWithTheSizesOfTheCall() {
        Compiled<Pair, Tensor> compiled = fixture.compiler.compile(
                "add",
                DynamicShapesTest::add,
                CompileOptions.DEFAULT.withDynamic(Dynamic.ALWAYS).withDuckShape(false));
        assertThatThrownBy(() -> compiled.call(new Pair(fixture.tensor(3, 5), fixture.tensor(3, 6))))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("wanted shapes that broadcast; here s1 is 5 and s3 is 6");
    }

    @Test
    void aSizeThatSteersJavaCodeIsFixedWithTheLineThatReadsIt() {
        Function<Tensor, Tensor> halves = x -> {
            Tensor sum = x.slice(0, 0, 1);
            for (long i = 1; i < x.dim(0).value(); i++) {
                sum = sum.add(x.slice(0, i, i + 1));
            }
            return sum;
        };
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(
                "sum",
                halves,
                CompileOptions.DEFAULT.withDynamic(Dynamic.ALWAYS).withDuckShape(false));
        callAndCompare(compiled, halves, fixture.tensor(3, 5));
        callAndCompare(compiled, halves, fixture.tensor(3, 6));
        assertThat(graphs(compiled)).isEqualTo(1);
        assertThat(compiled.explain().graphs().getFirst().assumptions())
                .singleElement()
                .satisfies(assumption -> {
                    assertThat(assumption.text()).isEqualTo("s0 = 3");
                    assertThat(assumption.reason()).contains("DynamicShapesTest.java:");
                });
        callAndCompare(compiled, halves, fixture.tensor(4, 6));
        assertThat(graphs(compiled)).isEqualTo(2);
    }

    @Test
    void sizesMayBeExpressions() {
        Function<Tensor, Tensor> function = x -> {
            Dim h = x.dim(2);
            Tensor small = convolve(x);
            return small.upsampleNearest(h, x.dim(3));
        };
        Compiled<Tensor, Tensor> compiled = fixture.compiler.compile(
                "updown",
                function,
                CompileOptions.DEFAULT.withDynamic(Dynamic.ALWAYS).withDuckShape(false));
        callAndCompare(compiled, function, fixture.tensor(1, 3, 9, 13));
        callAndCompare(compiled, function, fixture.tensor(2, 3, 16, 8));
        assertThat(graphs(compiled)).isEqualTo(1);
    }

    @Test
    void theLimitIsAnErrorUnderFullgraphAndEagerWithoutIt() {
        CompileOptions options =
                CompileOptions.DEFAULT.withDynamic(Dynamic.NEVER).withRecompileLimit(2);
        Compiled<Tensor, Tensor> strict = fixture.compiler.compile("f", this::convolve, options.withFullgraph(true));
        Compiled<Tensor, Tensor> lenient = fixture.compiler.compile("f", this::convolve, options);
        for (long h = 5; h < 7; h++) {
            strict.call(fixture.tensor(1, 3, h, 5));
            lenient.call(fixture.tensor(1, 3, h, 5));
        }
        assertThatThrownBy(() -> strict.call(fixture.tensor(1, 3, 7, 5)))
                .isInstanceOf(CompileException.class)
                .hasMessageContaining("the recompile limit of 2 is reached: x[2]: got 7, wanted 6");
        callAndCompare(lenient, this::convolve, fixture.tensor(1, 3, 7, 5));
        assertThat(lenient.explain().eagerCalls()).isEqualTo(1);
        assertThat(graphs(lenient)).isEqualTo(2);
        assertThat(RunContext.none().stance()).isEqualTo(Stance.DEFAULT);
    }
}
