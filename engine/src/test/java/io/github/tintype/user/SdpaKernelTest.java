package io.github.tintype.user;

import static io.github.tintype.tensor.SdpBackend.CUDNN_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.EFFICIENT_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.FLASH_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.MATH;
import static io.github.tintype.user.CaptureFixture.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.capture.CompileException;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.graph.GraphText;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.runtime.Stance;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.UnsupportedOpException;
import io.github.tintype.trace.SdpaKernel;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Choosing the back ends of attention for a stretch of code. */
class SdpaKernelTest {

    private final CaptureFixture fixture = new CaptureFixture();

    private static Tensor attention(Tensor x) {
        return x.scaledDotProductAttention(x, x, Optional.empty(), false, 0.5);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void holdsInsideAndIsRestoredHoweverTheCodeEnds() {
        assertThat(SdpaKernel.current()).isEqualTo(SdpaChoice.AUTOMATIC);
        SdpaKernel.with(FLASH_ATTENTION).run(() -> {
            assertThat(SdpaKernel.current()).isEqualTo(SdpaChoice.of(FLASH_ATTENTION));
            SdpaKernel.with(List.of(MATH, EFFICIENT_ATTENTION), true)
                    .run(() -> assertThat(SdpaKernel.current().allowed()).containsExactly(MATH, EFFICIENT_ATTENTION));
            assertThatThrownBy(() -> SdpaKernel.with(MATH).run(() -> {
                        throw new IllegalStateException("inside");
                    }))
                    .hasMessage("inside");
            assertThat(SdpaKernel.current()).isEqualTo(SdpaChoice.of(FLASH_ATTENTION));
            SdpaKernel.with(SdpaChoice.AUTOMATIC)
                    .run(() -> assertThat(SdpaKernel.current().isAutomatic()).isTrue());
        });
        assertThat(SdpaKernel.current()).isEqualTo(SdpaChoice.AUTOMATIC);
        String result = SdpaKernel.with(MATH).call(() -> SdpaKernel.current().toString());
        assertThat(result).isEqualTo("MATH");
    }

    @Test
    void anotherThreadDoesntSeeIt() {
        List<SdpaChoice> seen = new ArrayList<>();
        SdpaKernel.with(MATH).run(() -> {
            Thread other = Thread.ofPlatform().start(() -> seen.add(SdpaKernel.current()));
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(seen).containsExactly(SdpaChoice.AUTOMATIC);
    }

    @Test
    void aChoiceIsASetOrAListByPriority() {
        assertThat(new SdpaChoice(List.of(MATH, FLASH_ATTENTION, MATH), false))
                .isEqualTo(new SdpaChoice(List.of(FLASH_ATTENTION, MATH), false))
                .hasToString("MATH or FLASH_ATTENTION");
        assertThat(new SdpaChoice(List.of(FLASH_ATTENTION, MATH), true))
                .isNotEqualTo(new SdpaChoice(List.of(MATH, FLASH_ATTENTION), true))
                .hasToString("FLASH_ATTENTION, then MATH");
        assertThat(new SdpaChoice(List.of(SdpBackend.values()), false)).isEqualTo(SdpaChoice.AUTOMATIC);
        assertThat(new SdpaChoice(List.of(MATH), true)).isEqualTo(SdpaChoice.of(MATH));
        assertThatThrownBy(() -> SdpaKernel.with(List.of(), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "attention: got no back end, wanted some of [MATH, FLASH_ATTENTION, EFFICIENT_ATTENTION, CUDNN_ATTENTION]");
    }

    /* What stands behind the definition in a priority is never reached. */
    @Test
    void kernelsAreWhatIsTriedBeforeTheDefinition() {
        assertThat(SdpaChoice.AUTOMATIC.kernels())
                .containsExactly(FLASH_ATTENTION, EFFICIENT_ATTENTION, CUDNN_ATTENTION);
        assertThat(new SdpaChoice(List.of(EFFICIENT_ATTENTION, MATH, FLASH_ATTENTION), true).kernels())
                .containsExactly(EFFICIENT_ATTENTION);
        assertThat(new SdpaChoice(List.of(CUDNN_ATTENTION, FLASH_ATTENTION), true).kernels())
                .containsExactly(CUDNN_ATTENTION, FLASH_ATTENTION);
        assertThat(SdpaChoice.of(MATH).kernels()).isEmpty();
    }

    @Test
    void anotherChoiceRecompilesAndTheReportNamesIt() {
        Compiled<Tensor, Tensor> compiled =
                fixture.compiler.compile("f", SdpaKernelTest::attention, CompileOptions.DEFAULT.withFullgraph(true));
        Tensor x = fixture.tensor(1, 2, 5, 4);
        float[] want = floats(compiled.call(x));
        SdpaKernel first = SdpaKernel.with(List.of(FLASH_ATTENTION, MATH), true);
        assertThat(floats(first.call(() -> compiled.call(x)))).isEqualTo(want);
        compiled.call(x);
        first.run(() -> compiled.call(x));
        assertThat(compiled.explain().recompiles())
                .extracting(recompile -> recompile.guards().getFirst())
                .containsExactly("attention: got FLASH_ATTENTION, then MATH, wanted any back end");
        assertThat(compiled.explain().toString())
                .contains(
                        "f: 2 graphs, 0 graph breaks, 1 recompile, 4 calls",
                        "guard attention: any back end",
                        "guard attention: FLASH_ATTENTION, then MATH");
        assertThat(GraphText.of(compiled.explain().graphs().getLast().graph()))
                .contains("scaled_dot_product_attention[scale=0.5,by FLASH_ATTENTION, then MATH]");
        assertThatThrownBy(() -> SdpaKernel.with(MATH)
                        .call(() -> compiled.call(x, RunContext.none().withStance(Stance.FAIL_ON_RECOMPILE))))
                .isInstanceOf(CompileException.class)
                .hasMessage(
                        "f: the stance forbids to recompile: attention: got MATH, wanted FLASH_ATTENTION, then MATH");
    }

    @Test
    void whatDoesntAskForTheChoiceIsNotCompiledForEachOfThem() {
        Tensor x = fixture.tensor(1, 2, 5, 4);
        Compiled<Tensor, Tensor> none = fixture.compiler.compile("f", t -> t.mul(2), CompileOptions.DEFAULT);
        Compiled<Tensor, Tensor> own = fixture.compiler.compile(
                "g", t -> SdpaKernel.with(MATH).call(() -> attention(t)), CompileOptions.DEFAULT);
        for (Compiled<Tensor, Tensor> compiled : List.of(none, own)) {
            compiled.call(x);
            SdpaKernel.with(FLASH_ATTENTION).run(() -> compiled.call(x));
            assertThat(compiled.explain().graphs()).hasSize(1);
            assertThat(compiled.explain().toString()).doesNotContain("guard attention");
        }
    }

    /* A function whose graph breaks is recorded at each call, and its segments are told apart by what they compute. */
    @Test
    void segmentsAreCompiledForEachChoice() {
        Compiled<Tensor, Tensor> broken = fixture.compiler.compile(
                "f",
                x -> x.sum(false, 0, 1, 2, 3).toHost().getDouble(0) > 1e9 ? x : attention(x),
                CompileOptions.DEFAULT);
        Tensor x = fixture.tensor(1, 2, 5, 4);
        float[] want = floats(broken.call(x));
        assertThat(floats(SdpaKernel.with(MATH).call(() -> broken.call(x)))).isEqualTo(want);
        assertThatThrownBy(() -> SdpaKernel.with(CUDNN_ATTENTION).call(() -> broken.call(x)))
                .isInstanceOf(UnsupportedOpException.class);
    }

    @Test
    void whatNobodyCanComputeIsAnErrorWithAReasonForEach() {
        Tensor x = fixture.tensor(1, 2, 5, 4);
        SdpaKernel kernels = SdpaKernel.with(List.of(FLASH_ATTENTION, CUDNN_ATTENTION), true);
        String message = "scaled_dot_product_attention: No available kernel: "
                + "FLASH_ATTENTION: the device \"reference\" has none; CUDNN_ATTENTION: the device \"reference\" has none";
        Compiled<Tensor, Tensor> compiled =
                fixture.compiler.compile("f", SdpaKernelTest::attention, CompileOptions.DEFAULT);
        assertThatThrownBy(() -> kernels.call(() -> compiled.call(x)))
                .isInstanceOf(UnsupportedOpException.class)
                .hasMessage(message);
        Tensor lazy = kernels.call(() -> attention(x));
        assertThatThrownBy(lazy::toHost)
                .isInstanceOf(UnsupportedOpException.class)
                .hasMessage(message);
    }

    /** Any number of heads at once gives the same bits, with masks for all heads, for each, and causal. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7})
    void headsAtOnceChangeNothingButMemory(int headsAtOnce) {
        Tensor q = fixture.tensor(2, 5, 6, 4);
        Tensor k = fixture.tensor(2, 5, 7, 4);
        List<Optional<Tensor>> masks = List.of(
                Optional.empty(),
                Optional.of(fixture.tensor(7)),
                Optional.of(fixture.tensor(6, 7)),
                Optional.of(fixture.tensor(1, 6, 7)),
                Optional.of(fixture.tensor(2, 5, 6, 7)),
                Optional.of(fixture.tensor(2, 5, 1, 7).gt(0)));
        for (Optional<Tensor> mask : masks) {
            assertThat(floats(sliced(q, k, mask, false, headsAtOnce)))
                    .isEqualTo(floats(sliced(q, k, mask, false, Integer.MAX_VALUE)));
        }
        assertThat(floats(sliced(q, k, Optional.empty(), true, headsAtOnce)))
                .isEqualTo(floats(sliced(q, k, Optional.empty(), true, Integer.MAX_VALUE)));
    }

    private static Tensor sliced(Tensor q, Tensor k, Optional<Tensor> mask, boolean causal, int headsAtOnce) {
        return q.scaledDotProductAttention(k, k, mask, causal, 0.5, SdpaChoice.of(MATH), headsAtOnce);
    }
}
