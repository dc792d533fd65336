package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.compile.BoundWeight;
import io.github.tintype.device.Effort;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.LoadedProgram;
import io.github.tintype.runtime.ProgramUse;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.runtime.SlabUse;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
        float[] exact = run(DType.F32, op, inputs, values, bias, Effort.LIBRARY, "");
        float[] got = run(dtype, op, inputs, values, bias, Effort.USUAL, implementation);
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
            List<Tensor> exact = List.of(engine.tensor(q.to(DType.F32)), engine.tensor(k.to(DType.F32)));
            List<Tensor> narrow = List.of(engine.tensor(q), engine.tensor(k));
            float[] wanted = library.call(exact).toHost().toFloats();
            float[] got = flash.call(narrow).toHost().toFloats();
            assertThat(flash.explain()
                            .graphs()
                            .getFirst()
                            .sizes()
                            .getFirst()
                            .plan()
                            .calls())
                    .anyMatch(call -> call.implementation().startsWith("flash ")
                            && call.implementation().endsWith("of " + dtype));
            double rounding = dtype == DType.BF16 ? 0x1p-8 : 0x1p-11;
            for (int i = 0; i < wanted.length; i++) {
                assertThat((double) got[i])
                        .as("result %d", i)
                        .isCloseTo(wanted[i], offset(Math.abs(wanted[i]) * rounding + 1e-5));
            }
        }
    }

    private static Compiled<List<Tensor>, Tensor> attention(Engine engine, boolean causal, CompileOptions options) {
        return new Compiler(engine, CompileListener.NONE)
                .compile(
                        "attention",
                        (List<Tensor> in) -> {
                            Tensor heads = in.get(0).reshape(2, 37, 3, 40).transpose(1, 2);
                            Tensor keys = in.get(1).reshape(2, 37, 3, 40).transpose(1, 2);
                            return heads.scaledDotProductAttention(keys, keys, Optional.empty(), causal, 0.2);
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

    private static float[] run(
            DType dtype,
            Op op,
            List<HostTensor> inputs,
            HostTensor weight,
            HostTensor bias,
            Effort effort,
            String implementation) {
        List<HostTensor> typed = inputs.stream().map(input -> input.to(dtype)).toList();
        List<Node> nodes = new ArrayList<>();
        nodes.add(leaf(new LeafOp.Input(0, typed.getFirst().type())));
        nodes.add(leaf(new LeafOp.Parameter(new DenseWeight("w", dtype, weight))));
        nodes.add(leaf(new LeafOp.Parameter(new DenseWeight("b", dtype, bias))));
        if (typed.size() == 2) {
            nodes.add(leaf(new LeafOp.Input(1, typed.get(1).type())));
        }
        Graph graph = Graph.of(List.of(Node.of(Scope.NONE, op, nodes)));
        ProgramUse use = new ProgramUse(effort, SlabUse.SHARED);
        List<TensorType> types = typed.stream().map(HostTensor::type).toList();
        try (Engine engine = Engine.on(CpuDevice.open(2));
                LoadedProgram program = engine.load("narrow", graph, types, use, RunContext.none())) {
            if (effort != Effort.LIBRARY) {
                assertThat(program.plan().calls())
                        .anyMatch(call -> call.implementation().startsWith(implementation)
                                && call.implementation().endsWith("of " + dtype));
                assertThat(program.plan().weights().stream()
                                .map(BoundWeight::packing)
                                .mapToLong(packing -> packing.bytes())
                                .max()
                                .orElseThrow())
                        .isLessThanOrEqualTo(most(dtype, weight, implementation));
            }
            return program.run(typed.stream().map(engine::tensor).toList(), RunContext.none())
                    .getFirst()
                    .toHost()
                    .toFloats();
        }
    }

    private static Node leaf(LeafOp op) {
        return Node.of(Scope.NONE, op, List.of());
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
