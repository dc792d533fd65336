package io.github.tintype.cpu;

import static io.github.tintype.tensor.SdpBackend.CUDNN_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.EFFICIENT_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.FLASH_ATTENTION;
import static io.github.tintype.tensor.SdpBackend.MATH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.compile.Call;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UnsupportedOpException;
import io.github.tintype.trace.SdpaKernel;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The back ends of attention that there are here: which kernels they are, what they lack, and that they agree with the reference device. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SdpBackendsTest {
    private final Engine engine = Engine.on(CpuDevice.open(2));
    private final Engine noLoops =
            Engine.on(CpuDevice.open(CpuDevice.Settings.here().withThreads(1).withLoopCompiler(Optional.empty())));
    private final Engine reference = Engine.on(new ReferenceDevice());

    @AfterAll
    void close() {
        engine.close();
        noLoops.close();
        reference.close();
    }

    /** Queries, keys and values, and a mask. */
    record Input(Tensor q, Tensor k, Tensor v, Optional<Tensor> mask) {}

    private static Input placeholders(TensorType q, TensorType k, TensorType v, Optional<TensorType> mask) {
        return new Input(
                Tensor.placeholder(q), Tensor.placeholder(k), Tensor.placeholder(v), mask.map(Tensor::placeholder));
    }

    private static Tensor attend(Input in, boolean causal) {
        return in.q().scaledDotProductAttention(in.k(), in.v(), in.mask(), causal, 0.3);
    }

    private static Compiled<Input, Tensor> compiled(Engine on, boolean causal, CompileOptions options) {
        return new Compiler(on, CompileListener.NONE).compile("attention", in -> attend(in, causal), options);
    }

    /* What the plan of one attention over heads of so many channels consists of. */
    private List<String> kernels(SdpaChoice choice, CompileOptions options, long d, Optional<TensorType> mask) {
        try (Compiled<Input, Tensor> function = compiled(engine, false, options)) {
            TensorType x = TensorType.of(DType.F32, 1, 2, 70, d);
            SdpaKernel.with(choice)
                    .run(() -> function.call(new Input(
                            engine.tensor(random(x, 1)),
                            engine.tensor(random(x, 2)),
                            engine.tensor(random(x, 3)),
                            mask.map(type -> engine.tensor(random(type, 4))))));
            return function.explain().graphs().getFirst().sizes().getFirst().plan().calls().stream()
                    .filter(call -> call.flops() > 0)
                    .map(call -> implementation(call))
                    .toList();
        }
    }

    private static String implementation(Call call) {
        return call.name().equals("scaled_dot_product_attention")
                ? call.implementation().replaceFirst("[ :].*", "")
                : call.name();
    }

    static Stream<Arguments> choices() {
        Optional<TensorType> none = Optional.empty();
        Optional<TensorType> mask = Optional.of(TensorType.of(DType.BOOL, 70, 70));
        List<SdpBackend> flashFirst = List.of(FLASH_ATTENTION, EFFICIENT_ATTENTION);
        return Stream.of(
                Arguments.of(SdpaChoice.AUTOMATIC, 8, none, "attention", "flash"),
                Arguments.of(SdpaChoice.AUTOMATIC, 512, none, "attention", "flash"),
                Arguments.of(SdpaChoice.AUTOMATIC, 8, mask, "attention", "attention"),
                Arguments.of(SdpaChoice.of(FLASH_ATTENTION), 256, none, "flash", "flash"),
                Arguments.of(SdpaChoice.of(EFFICIENT_ATTENTION), 512, none, "attention", "attention"),
                Arguments.of(SdpaChoice.of(EFFICIENT_ATTENTION), 8, mask, "attention", "attention"),
                Arguments.of(new SdpaChoice(flashFirst, true), 8, none, "flash", "flash"),
                Arguments.of(new SdpaChoice(flashFirst, true), 257, none, "attention", "attention"),
                Arguments.of(new SdpaChoice(flashFirst.reversed(), true), 8, none, "attention", "attention"),
                Arguments.of(new SdpaChoice(flashFirst, false), 8, none, "attention", "flash"),
                Arguments.of(
                        new SdpaChoice(List.of(CUDNN_ATTENTION, FLASH_ATTENTION), true), 8, none, "flash", "flash"));
    }

    @ParameterizedTest
    @MethodSource("choices")
    void aChoiceIsTheKernelThatRuns(
            SdpaChoice choice, long d, Optional<TensorType> mask, String uncompiled, String compiled) {
        assertThat(kernels(choice, CompileOptions.EAGER, d, mask)).containsExactly(uncompiled);
        assertThat(kernels(choice, CompileOptions.DEFAULT, d, mask)).containsExactly(compiled);
    }

    @Test
    void mathIsTheDefinition() {
        for (CompileOptions options : List.of(CompileOptions.EAGER, CompileOptions.DEFAULT)) {
            for (SdpaChoice choice : List.of(
                    SdpaChoice.of(MATH),
                    new SdpaChoice(List.of(MATH, FLASH_ATTENTION), true),
                    new SdpaChoice(List.of(CUDNN_ATTENTION, MATH), false))) {
                assertThat(kernels(choice, options, 8, Optional.empty()))
                        .contains("matmul")
                        .doesNotContain("flash", "attention");
            }
        }
    }

    static Stream<Arguments> lacking() {
        TensorType x = TensorType.of(DType.F32, 1, 2, 70, 8);
        TensorType wide = TensorType.of(DType.F32, 1, 1, 70, 512);
        TensorType exact = TensorType.of(DType.F64, 1, 2, 70, 8);
        TensorType half = TensorType.of(DType.BF16, 1, 1, 70, 320);
        TensorType none = TensorType.of(DType.F32, 0, 2, 70, 8);
        Optional<TensorType> mask = Optional.of(TensorType.of(DType.BOOL, 70, 70));
        return Stream.of(
                lacks("FLASH_ATTENTION: head_dim 512 > 256", wide, wide, Optional.empty(), FLASH_ATTENTION),
                lacks("FLASH_ATTENTION: head_dim 320 > 256", half, half, Optional.empty(), FLASH_ATTENTION),
                lacks(
                        "FLASH_ATTENTION: head_dim 512 > 256",
                        TensorType.of(DType.F32, 1, 1, 70, 8),
                        wide,
                        Optional.empty(),
                        FLASH_ATTENTION),
                lacks(
                        "FLASH_ATTENTION: head_dim 512 > 256; CUDNN_ATTENTION: needs CUDA",
                        wide,
                        wide,
                        Optional.empty(),
                        FLASH_ATTENTION,
                        CUDNN_ATTENTION),
                lacks("CUDNN_ATTENTION: needs CUDA", x, x, Optional.empty(), CUDNN_ATTENTION),
                lacks("FLASH_ATTENTION: takes no mask", x, x, mask, FLASH_ATTENTION),
                lacks(
                        "CUDNN_ATTENTION: needs CUDA; FLASH_ATTENTION: takes no mask",
                        x,
                        x,
                        mask,
                        CUDNN_ATTENTION,
                        FLASH_ATTENTION),
                lacks(
                        "FLASH_ATTENTION: got f64[1,2,70,8], wanted f32, bf16 or f16; EFFICIENT_ATTENTION: got f64[1,2,70,8], wanted f32, bf16 or f16",
                        exact,
                        exact,
                        Optional.empty(),
                        FLASH_ATTENTION,
                        EFFICIENT_ATTENTION),
                lacks(
                        "EFFICIENT_ATTENTION: f32[0,2,70,8] is empty",
                        none,
                        none,
                        Optional.empty(),
                        EFFICIENT_ATTENTION));
    }

    private static Arguments lacks(
            String reasons, TensorType qk, TensorType v, Optional<TensorType> mask, SdpBackend... allowed) {
        return Arguments.of(reasons, qk, v, mask, new SdpaChoice(List.of(allowed), true));
    }

    @ParameterizedTest
    @MethodSource("lacking")
    void whatNoneOfTheAllowedCanDoIsAnErrorWithAReasonForEach(
            String reasons, TensorType qk, TensorType v, Optional<TensorType> mask, SdpaChoice choice) {
        for (CompileOptions options : List.of(CompileOptions.EAGER, CompileOptions.DEFAULT)) {
            try (Compiled<Input, Tensor> function = compiled(engine, false, options)) {
                assertThatThrownBy(() ->
                                SdpaKernel.with(choice).call(() -> function.memory(placeholders(qk, qk, v, mask))))
                        .isInstanceOf(UnsupportedOpException.class)
                        .hasMessage("scaled_dot_product_attention: No available kernel: " + reasons);
            }
        }
        assertThat(SdpaKernel.with(new SdpaChoice(
                                Stream.concat(choice.allowed().stream(), Stream.of(MATH))
                                        .toList(),
                                true))
                        .call(() ->
                                compiled(engine, false, CompileOptions.EAGER).memory(placeholders(qk, qk, v, mask)))
                        .runBytes())
                .as("the definition always can")
                .isNotNegative();
    }

    @Test
    void withoutACompilerThereIsNoFlash() {
        TensorType x = TensorType.of(DType.F32, 1, 2, 70, 8);
        try (Compiled<Input, Tensor> function = compiled(noLoops, false, CompileOptions.DEFAULT)) {
            assertThatThrownBy(() -> SdpaKernel.with(FLASH_ATTENTION)
                            .call(() -> function.memory(placeholders(x, x, x, Optional.empty()))))
                    .hasMessageEndingWith("No available kernel: FLASH_ATTENTION: no compiler of loops is installed");
        }
    }

    /** Random sizes, masks of all broadcasts, rows that see nothing: the decomposition on the reference device says what is right. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24})
    void efficientIsTheDefinitionForAnyMask(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long b = random.nextInt(1, 4);
        long h = random.nextInt(1, 4);
        long t = random.nextInt(1, 90);
        long s = random.nextInt(1, 150);
        long d = random.nextInt(1, 40);
        HostTensor q = random(TensorType.of(DType.F32, b, h, t, d), seed);
        HostTensor k = random(TensorType.of(DType.F32, b, h, s, d), seed + 100);
        HostTensor v = random(TensorType.of(DType.F32, b, h, s, random.nextInt(1, 40)), seed + 200);
        boolean causal = seed % 6 == 0;
        Optional<HostTensor> mask = causal || seed % 7 == 0
                ? Optional.empty()
                : Optional.of(mask(random, seed % 2 == 0 ? DType.BOOL : DType.F32, b, h, t, s));
        float[] wanted = run(reference, MATH, DType.F32, q, k, v, mask, causal);
        float[] got = run(engine, EFFICIENT_ATTENTION, DType.F32, q, k, v, mask, causal);
        near(got, wanted, 1e-5);
        near(run(engine, MATH, DType.F32, q, k, v, mask, causal), wanted, 1e-5);
        for (DType half : List.of(DType.BF16, DType.F16)) {
            double rounding = half == DType.BF16 ? 0.02 : 0.003; // of the operands
            near(run(engine, EFFICIENT_ATTENTION, half, q, k, v, mask, causal), wanted, rounding);
            near(run(engine, MATH, half, q, k, v, mask, causal), wanted, rounding);
        }
    }

    private static void near(float[] got, float[] wanted, double tolerance) {
        assertThat(got).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.length; i++) {
            assertThat((double) got[i]).as("element %d", i).isCloseTo(wanted[i], offset(tolerance));
        }
    }

    /* Any axis may be repeated, and leading ones missing; some rows hide everything. */
    private static HostTensor mask(SplittableRandom random, DType dtype, long... scores) {
        int first = random.nextInt(4);
        long[] sizes = IntStream.range(first, 4)
                .mapToLong(axis -> random.nextInt(3) == 0 ? 1 : scores[axis])
                .toArray();
        HostTensor mask = HostTensor.allocate(TensorType.of(dtype, sizes));
        long row = sizes[sizes.length - 1];
        for (long i = 0; i < mask.elements(); i++) {
            boolean hidden = i / row % 3 == 1 || random.nextInt(4) == 0;
            double shown = dtype == DType.BOOL ? 1 : random.nextDouble(-2, 2);
            mask.setDouble(i, hidden ? (dtype == DType.BOOL ? 0 : Double.NEGATIVE_INFINITY) : shown);
        }
        return mask;
    }

    private static float[] run(
            Engine on,
            SdpBackend backend,
            DType dtype,
            HostTensor q,
            HostTensor k,
            HostTensor v,
            Optional<HostTensor> mask,
            boolean causal) {
        Input input = new Input(
                on.tensor(q.to(dtype)),
                on.tensor(k.to(dtype)),
                on.tensor(v.to(dtype)),
                mask.map(m -> on.tensor(m.dtype() == DType.BOOL ? m : m.to(dtype))));
        return SdpaKernel.with(backend)
                .call(() -> attend(input, causal))
                .toHost()
                .to(DType.F32)
                .toFloats();
    }

    /* A mask that is a view: repeated, transposed. */
    @Test
    void masksMayLieAnyhow() {
        Tensor x = engine.tensor(random(TensorType.of(DType.F32, 2, 3, 20, 8), 1));
        for (DType dtype : List.of(DType.F32, DType.BOOL)) {
            Tensor dense = engine.tensor(random(TensorType.of(dtype, 20, 20), 9));
            List<Tensor> masks = List.of(
                    dense.transpose(0, 1),
                    dense.slice(1, 3, 4),
                    dense.slice(0, 3, 4),
                    dense.slice(0, 3, 4).expand(Shape.of(2, 3, 20, 20)),
                    dense.slice(1, 3, 4).expand(Shape.of(2, 3, 20, 20)));
            for (Tensor mask : masks) {
                near(masked(x, mask, EFFICIENT_ATTENTION), masked(x, mask, MATH), 1e-5);
            }
        }
    }

    private static float[] masked(Tensor x, Tensor mask, SdpBackend backend) {
        return SdpaKernel.with(backend)
                .call(() -> x.scaledDotProductAttention(x, x, Optional.of(mask), false, 0.3))
                .toHost()
                .toFloats();
    }

    /** A NaN reaches the rows that see it and no others; hiding it hides it. */
    @ParameterizedTest
    @EnumSource(
            value = SdpBackend.class,
            names = {"MATH", "EFFICIENT_ATTENTION"})
    void notANumberReachesWhoSeesIt(SdpBackend backend) {
        HostTensor keys = random(TensorType.of(DType.F32, 1, 1, 30, 8), 1);
        keys.setDouble(10 * 8, Double.NaN);
        HostTensor mask = HostTensor.allocate(TensorType.of(DType.BOOL, 30, 30));
        for (int i = 0; i < 900; i++) {
            mask.setDouble(i, i % 30 == 10 && i / 30 < 5 ? 0 : 1);
        }
        HostTensor x = random(TensorType.of(DType.F32, 1, 1, 30, 8), 2);
        float[] y = run(engine, backend, DType.F32, x, keys, x, Optional.of(mask), false);
        for (int i = 0; i < y.length; i++) {
            assertThat(Float.isNaN(y[i])).as("element %d", i).isEqualTo(i / 8 >= 5);
        }
    }

    /** Scores exist with the definition alone; a bound on heads cuts them there, and does nothing elsewhere. */
    @Test
    void headsAtOnceBoundTheMemoryOfTheDefinition() {
        long all = scratch(MATH, Integer.MAX_VALUE);
        long half = scratch(MATH, 4);
        long one = scratch(MATH, 1);
        long scores = 8L * 256 * 256 * Float.BYTES;
        assertThat(all).isGreaterThanOrEqualTo(scores);
        assertThat(half).isBetween(scores / 2, all - scores / 3);
        assertThat(one).isBetween(scores / 8, all - scores * 2 / 3);
        for (SdpBackend other : List.of(FLASH_ATTENTION, EFFICIENT_ATTENTION)) {
            assertThat(scratch(other, 1))
                    .isEqualTo(scratch(other, Integer.MAX_VALUE))
                    .isLessThan(scores);
        }
    }

    private long scratch(SdpBackend backend, int headsAtOnce) {
        TensorType x = TensorType.of(DType.F32, 1, 8, 256, 8);
        try (Compiled<Input, Tensor> function = new Compiler(engine, CompileListener.NONE)
                .compile(
                        "attention",
                        in -> in.q()
                                .scaledDotProductAttention(
                                        in.k(), in.v(), in.mask(), false, 0.3, SdpaChoice.of(backend), headsAtOnce),
                        CompileOptions.DEFAULT)) {
            return function.memory(placeholders(x, x, x, Optional.empty())).slabBytes();
        }
    }

    private static HostTensor random(TensorType type, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        HostTensor values = HostTensor.allocate(type);
        for (long i = 0; i < values.elements(); i++) {
            values.setDouble(i, type.dtype() == DType.BOOL ? random.nextInt(2) : random.nextDouble(-1, 1));
        }
        return values;
    }
}
