package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Op;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.SdpaKernel;
import io.github.tintype.trace.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Generated kernels of bf16 and f16 operands, beside the f32 library on the same values. */
class NarrowOperandsTest {
    private static final LinearOp LINEAR = new LinearOp();
    private static final Conv2dOp CONV_1X1 = new Conv2dOp(1, 0, 1, 1);
    private static final Conv2dOp CONV_3X3 = new Conv2dOp(1, 1, 1, 1);

    static Stream<Arguments> cases() {
        return Stream.of(DType.BF16, DType.F16)
                .flatMap(dtype -> Stream.of(
                        Arguments.of(dtype, LINEAR, List.of(50L, 70L), List.of(33L, 70L), List.of(), "matmul:"),
                        Arguments.of(dtype, LINEAR, List.of(7L, 5400L), List.of(64L, 5400L), List.of(), "matmul:"),
                        Arguments.of(
                                dtype,
                                add(LINEAR),
                                List.of(131L, 96L),
                                List.of(80L, 96L),
                                List.of(131L, 80L),
                                "matmul:"),
                        Arguments.of(
                                dtype,
                                add(CONV_1X1),
                                List.of(2L, 36L, 9L, 7L),
                                List.of(40L, 36L, 1L, 1L),
                                List.of(1L, 40L, 1L, 1L),
                                "matmul:"),
                        Arguments.of(
                                dtype,
                                add(new Conv2dOp(2, 1, 1, 1)),
                                List.of(2L, 33L, 9L, 7L),
                                List.of(40L, 33L, 3L, 3L),
                                List.of(2L, 40L, 5L, 4L),
                                "direct:"),
                        Arguments.of(
                                dtype,
                                new Conv2dOp(2, 0, 1, 1),
                                List.of(1L, 5L, 9L, 7L),
                                List.of(33L, 5L, 2L, 2L),
                                List.of(),
                                "direct:"),
                        Arguments.of(
                                dtype,
                                add(CONV_3X3),
                                List.of(2L, 40L, 53L, 7L),
                                List.of(3L, 40L, 3L, 3L),
                                List.of(1L, 3L, 1L, 1L),
                                "taps:"),
                        Arguments.of(
                                dtype,
                                CONV_3X3,
                                List.of(2L, 40L, 17L, 16L),
                                List.of(35L, 40L, 3L, 3L),
                                List.of(),
                                "winograd 4x4:"),
                        Arguments.of(
                                dtype,
                                add(CONV_3X3),
                                List.of(1L, 40L, 17L, 16L),
                                List.of(48L, 40L, 3L, 3L),
                                List.of(1L, 48L, 17L, 16L),
                                "winograd 2x2:")));
    }

    private static EpilogueOp add(Op op) {
        return EpilogueOp.of(op, new Step.Add());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areRoundedResultsOfF32(
            DType dtype, Op op, List<Long> x, List<Long> weight, List<Long> other, String implementation) {
        Random random = new Random(7);
        double fanIn = weight.stream().skip(1).mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
        List<HostTensor> inputs = new ArrayList<>(List.of(drawn(random, 1, x, dtype)));
        if (!other.isEmpty()) {
            inputs.add(drawn(random, 1, other, dtype));
        }
        // Small ones: f16 has few bits for them unless they are scaled.
        double small = 1e-6;
        HostTensor values = drawn(random, small / Math.sqrt(fanIn), weight, dtype);
        HostTensor bias = drawn(random, small, weight.subList(0, 1), dtype);
        if (!other.isEmpty()) {
            for (long i = 0; i < inputs.get(1).elements(); i++) {
                inputs.get(1).setDouble(i, small * inputs.get(1).getDouble(i));
            }
        }
        float[] exact = run(DType.F32, op, inputs, values, bias, "br");
        float[] got = run(dtype, op, inputs, values, bias, implementation);
        // Two neighbours, and what rounding Winograd's filters does.
        double rounding = dtype == DType.BF16 ? 0x1p-8 : 0x1p-11;
        double smallest = dtype == DType.BF16 ? 0 : 0x1p-25;
        for (int i = 0; i < exact.length; i++) {
            double allowed = Math.abs(exact[i]) * rounding
                    + smallest
                    + small * (implementation.startsWith("winograd") && dtype == DType.BF16 ? 1e-2 : 2e-5);
            assertThat((double) got[i]).as("result %d", i).isCloseTo(exact[i], offset(allowed));
        }
    }

    /* Heads that lie in rows, as models have them, and tokens that fill no tile. */
    @ParameterizedTest
    @CsvSource({"BF16, false", "F16, false", "F16, true"})
    void attentionTakesThemToo(DType dtype, boolean causal) {
        Random random = new Random(9);
        HostTensor q = drawn(random, 1, List.of(2L, 37L, 120L), dtype);
        HostTensor k = drawn(random, 1, List.of(2L, 37L, 120L), dtype);
        try (Engine engine = Engine.on(CpuDevice.open(2));
                Compiled<List<Tensor>, Tensor> flash = attention(engine, causal, CompileOptions.DEFAULT);
                Compiled<List<Tensor>, Tensor> library = attention(engine, causal, CompileOptions.EAGER)) {
            List<Tensor> exact = Stream.of(q, k, k)
                    .map(value -> engine.tensor(value.to(DType.F32)))
                    .toList();
            List<Tensor> narrow = Stream.of(q, k, k).map(engine::tensor).toList();
            float[] sizes = library.call(
                            List.of(exact.get(0), exact.get(1), exact.get(2).abs()))
                    .toHost()
                    .toFloats();
            float[] wanted = library.call(exact).toHost().toFloats();
            float[] got = SdpaKernel.with(SdpBackend.FLASH_ATTENTION)
                    .call(() -> flash.call(narrow))
                    .toHost()
                    .toFloats();
            assertThat(flash.explain()
                            .graphs()
                            .getFirst()
                            .sizes()
                            .getFirst()
                            .plan()
                            .calls())
                    .anyMatch(call -> call.implementation().startsWith("flash ")
                            && call.implementation().contains("of " + dtype));
            double rounding = dtype == DType.BF16 ? 0x1p-8 : 0x1p-11;
            // Where numbers are multiplied in pairs, weights are rounded too.
            boolean pairs = ProductSupport.multipliesPairs(HostProcessor.target(), dtype);
            for (int i = 0; i < wanted.length; i++) {
                double inside = pairs ? sizes[i] : 0;
                assertThat((double) got[i])
                        .as("result %d", i)
                        .isCloseTo(wanted[i], offset((Math.abs(wanted[i]) + inside) * rounding + 1e-5));
            }
        }
    }

    /* Parts of larger tensors: batches, rows and pixels with gaps between them, of what is multiplied and of what is added. */
    @ParameterizedTest
    @CsvSource({"BF16, false", "BF16, true", "F16, false", "F16, true"})
    void partsOfLargerTensorsAreReadAsTheyLie(DType dtype, boolean images) {
        Random random = new Random(11);
        HostTensor x = drawn(random, 1, images ? List.of(2L, 40L, 17L, 20L) : List.of(2L, 40L, 96L), dtype);
        HostTensor other = drawn(random, 1, images ? List.of(2L, 40L, 17L, 18L) : List.of(2L, 38L, 80L), dtype);
        List<Long> sizes = images ? List.of(40L, 40L, 3L, 3L) : List.of(48L, 96L);
        DenseWeight weight = new DenseWeight("w", dtype, drawn(random, 0.05, sizes, dtype));
        DenseWeight exact =
                new DenseWeight("w", DType.F32, weight.source(Arena.ofAuto()).to(DType.F32));
        try (Engine engine = Engine.on(CpuDevice.open(2));
                Compiled<List<Tensor>, Tensor> narrow = parts(engine, images, weight, CompileOptions.DEFAULT);
                Compiled<List<Tensor>, Tensor> library = parts(engine, images, exact, CompileOptions.EAGER)) {
            float[] wanted = library.call(List.of(engine.tensor(x.to(DType.F32)), engine.tensor(other.to(DType.F32))))
                    .toHost()
                    .toFloats();
            float[] got = narrow.call(List.of(engine.tensor(x), engine.tensor(other)))
                    .toHost()
                    .toFloats();
            double rounding = dtype == DType.BF16 ? 0x1p-7 : 0x1p-10;
            for (int i = 0; i < wanted.length; i++) {
                assertThat((double) got[i])
                        .as("result %d", i)
                        .isCloseTo(wanted[i], offset((Math.abs(wanted[i]) + 1) * rounding));
            }
        }
    }

    private static Compiled<List<Tensor>, Tensor> parts(
            Engine engine, boolean images, DenseWeight weight, CompileOptions options) {
        return new Compiler(engine, CompileListener.NONE)
                .compile(
                        "parts",
                        (List<Tensor> in) -> images
                                ? in.get(0)
                                        .slice(3, 2, 18)
                                        .conv2d(weight, Optional.empty(), 1, 1, 1, 1)
                                        .add(in.get(1).slice(3, 1, 17))
                                : in.get(0)
                                        .slice(1, 3, 40)
                                        .linear(weight, Optional.empty())
                                        .add(in.get(1).slice(1, 1, 38).slice(2, 5, 53)),
                        options);
    }

    private static Compiled<List<Tensor>, Tensor> attention(Engine engine, boolean causal, CompileOptions options) {
        return new Compiler(engine, CompileListener.NONE)
                .compile(
                        "attention",
                        (List<Tensor> in) -> {
                            Tensor heads = in.get(0).reshape(2, 37, 3, 40).transpose(1, 2);
                            Tensor keys = in.get(1).reshape(2, 37, 3, 40).transpose(1, 2);
                            Tensor values = in.get(2).reshape(2, 37, 3, 40).transpose(1, 2);
                            return heads.scaledDotProductAttention(keys, values, Optional.empty(), causal, 0.2);
                        },
                        options);
    }

    private static HostTensor drawn(Random random, double scale, List<Long> sizes, DType dtype) {
        HostTensor drawn = HostTensor.allocate(
                TensorType.of(dtype, sizes.stream().mapToLong(Long::longValue).toArray()));
        for (long i = 0; i < drawn.elements(); i++) {
            drawn.setDouble(i, random.nextGaussian() * scale);
        }
        return drawn;
    }

    /* By the kernel whose name begins so, whatever tables say; images are taken for channels last, which is one order as good as another. */
    private static float[] run(
            DType dtype, Op op, List<HostTensor> inputs, HostTensor weight, HostTensor bias, String implementation) {
        List<HostTensor> values = new ArrayList<>(List.of(inputs.getFirst(), weight, bias));
        values.addAll(inputs.subList(1, inputs.size()));
        values.replaceAll(value -> value.to(dtype));
        List<Operand> operands = LoweringRun.operands(values, true, Set.of(1, 2));
        TensorType output = op.infer(values.stream().map(HostTensor::type).toList());
        try (CpuDevice device = CpuDevice.open(2)) {
            Lowering lowering = device.candidates(op, operands, output, Spending.of(Effort.USUAL)).stream()
                    .map(candidate -> candidate.lowering().get())
                    .filter(made -> made.implementation().startsWith(implementation))
                    .findFirst()
                    .orElseThrow();
            if (dtype != DType.F32) {
                assertThat(lowering.implementation()).contains("of " + dtype);
                assertThat(lowering.packings().values().stream()
                                .mapToLong(Packing::bytes)
                                .max()
                                .orElseThrow())
                        .isLessThanOrEqualTo(most(dtype, weight, implementation));
            }
            return LoweringRun.of(lowering, values, output).toFloats();
        }
    }

    /* Elements of whole panels in 16 bits; f16's transformed filters need 32. */
    private static long most(DType dtype, HostTensor weight, String implementation) {
        long columns = 64;
        long outputs = Math.ceilDiv(weight.shape().size(0), columns) * columns;
        long elements = outputs * weight.shape().elements() / weight.shape().size(0);
        int each = implementation.startsWith("winograd") && dtype == DType.F16 ? Float.BYTES : Short.BYTES;
        long transformed = switch (implementation) {
            case "winograd 4x4:" -> elements * 4;
            case "winograd 2x2:" -> elements * 16 / 9;
            default -> elements;
        };
        return transformed * each + 128;
    }
}
