package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Op;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The generated product beside the library's and its meaning in double. */
class ProductTest {
    private static final LinearOp LINEAR = new LinearOp();
    private static final Conv2dOp CONV = new Conv2dOp(1, 0, 1, 1);
    private static final EpilogueOp ADD = EpilogueOp.of(LINEAR, new Step.Add());
    private static final EpilogueOp HALVED = EpilogueOp.of(LINEAR, new Step.MulScalar(0.5));
    private static final EpilogueOp MORE =
            EpilogueOp.of(EpilogueOp.of(ADD, new Step.MulScalar(0.5)), new Step.AddScalar(-1));

    /*
     * Single rows, rows of several blocks, columns of a part of a panel, inner dimensions of several blocks, images of pixels, what is added; the library divides the sum in
     * another way, by the square root of what is added up.
     */
    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(LINEAR, new long[] {1, 70}, 33, true, List.of()),
                Arguments.of(LINEAR, new long[] {2, 77, 40}, 48, false, List.of()),
                Arguments.of(LINEAR, new long[] {901, 64}, 32, true, List.of()),
                Arguments.of(LINEAR, new long[] {13, 5400}, 64, true, List.of()),
                Arguments.of(ADD, new long[] {131, 96}, 80, true, List.of(131L, 80L)),
                Arguments.of(ADD, new long[] {2, 50, 96}, 80, false, List.of(80L)),
                Arguments.of(ADD, new long[] {50, 96}, 80, true, List.of(1L)),
                Arguments.of(MORE, new long[] {50, 96}, 83, true, List.of(50L, 83L)),
                Arguments.of(HALVED, new long[] {50, 96}, 83, true, List.of()),
                Arguments.of(CONV, new long[] {2, 36, 9, 7}, 40, true, List.of()),
                Arguments.of(
                        EpilogueOp.of(CONV, new Step.Add()),
                        new long[] {2, 36, 9, 7},
                        32,
                        true,
                        List.of(2L, 32L, 1L, 1L)),
                Arguments.of(
                        EpilogueOp.of(CONV, new Step.Add()),
                        new long[] {1, 36, 9, 7},
                        32,
                        true,
                        List.of(1L, 32L, 9L, 7L)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isNearItsMeaning(Op op, long[] sizes, int n, boolean bias, List<Long> other) {
        boolean images = sizes.length == 4;
        Random random = new Random(11);
        int k = Math.toIntExact(images ? sizes[1] : sizes[sizes.length - 1]);
        HostTensor x = LayerRun.drawn(random, 1, sizes);
        HostTensor weight =
                LayerRun.drawn(random, 1 / Math.sqrt(k), images ? new long[] {n, k, 1, 1} : new long[] {n, k});
        HostTensor added = LayerRun.drawn(random, 1, n);
        List<HostTensor> inputs = new ArrayList<>(List.of(x));
        if (!other.isEmpty()) {
            inputs.add(LayerRun.drawn(
                    random, 1, other.stream().mapToLong(Long::longValue).toArray()));
        }
        Graph graph = LayerRun.graph(op, inputs, weight, bias ? List.of(added) : List.of());
        float[] one;
        try (Engine engine = Engine.on(CpuDevice.open(1))) {
            one = LayerRun.run(engine, graph, inputs, Effort.USUAL, "matmul:");
        }
        try (Engine engine = Engine.on(CpuDevice.open(2))) {
            float[] generated = LayerRun.run(engine, graph, inputs, Effort.USUAL, "matmul:");
            assertThat(generated).as("by two threads").isEqualTo(one);
            float[] library = LayerRun.run(engine, graph, inputs, Effort.LIBRARY, "brg");
            for (int at = 0; at < generated.length; at++) {
                assertThat((double) generated[at]).as("result %d", at).isCloseTo(library[at], offset(2e-5));
            }
            for (int i = 0; i < 50; i++) {
                int at = random.nextInt(generated.length);
                double wanted = meaning(op, x, weight, bias, added, inputs, at);
                assertThat((double) generated[at]).isCloseTo(wanted, offset(2e-5));
            }
        }
    }

    /* One result, row-major; pixels of images are rows, channels their columns. */
    private static double meaning(
            Op op, HostTensor x, HostTensor weight, boolean bias, HostTensor added, List<HostTensor> inputs, int at) {
        long n = weight.shape().size(0);
        long k = weight.shape().size(1);
        boolean images = x.shape().rank() == 4;
        long pixels = images ? x.shape().size(2) * x.shape().size(3) : 1;
        long image = images ? at / pixels / n : 0;
        long output = images ? at / pixels % n : at % n;
        double sum = bias ? added.getDouble(output) : 0;
        for (long input = 0; input < k; input++) {
            long from = images ? (image * k + input) * pixels + at % pixels : at / n * k + input;
            sum += x.getDouble(from) * weight.getDouble(output * k + input);
        }
        if (inputs.size() == 2) {
            long elements = inputs.get(1).elements();
            boolean ofImages = images && elements == x.shape().size(0) * n;
            long index = elements == 1 ? 0 : elements == n ? output : ofImages ? image * n + output : at;
            sum += inputs.get(1).getDouble(index);
        }
        return op.equals(MORE) ? 0.5 * sum - 1 : op.equals(HALVED) ? 0.5 * sum : sum;
    }

    /* Uncompiled code takes the library's kernels, and so does a product of two results. */
    @Test
    void itIsCompiledCodesKernelForWeights() {
        try (CpuDevice device = CpuDevice.open(1)) {
            TensorType x = TensorType.of(DType.F32, 64, 32);
            TensorType w = TensorType.of(DType.F32, 16, 32);
            assertThat(choice(device, LINEAR, x, w, true, Effort.USUAL)).startsWith("matmul:");
            assertThat(choice(device, LINEAR, x, w, true, Effort.MOST)).startsWith("matmul:");
            assertThat(choice(device, LINEAR, x, w, true, Effort.LIBRARY)).doesNotStartWith("matmul:");
            assertThat(choice(device, LINEAR, x, w, false, Effort.USUAL)).doesNotStartWith("matmul:");
            TensorType other = TensorType.of(DType.F32, 32, 16);
            assertThat(choice(device, new MatMulOp(), x, other, false, Effort.USUAL))
                    .doesNotStartWith("matmul:");
        }
    }

    private static String choice(
            CpuDevice device, Op op, TensorType x, TensorType weight, boolean isWeight, Effort effort) {
        List<Operand> inputs = List.of(
                new Operand(x, Layout.contiguous(x.shape()), false),
                new Operand(weight, Layout.contiguous(weight.shape()), isWeight));
        return device.lower(op, inputs, op.infer(List.of(x, weight)), Spending.of(effort))
                .implementation();
    }
}
