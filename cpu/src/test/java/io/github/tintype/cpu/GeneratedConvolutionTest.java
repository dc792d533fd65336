package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Op;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Generated convolutions that aren't Winograd's beside the library's and its meaning in double. */
class GeneratedConvolutionTest {
    private static final Conv2dOp HALVES = new Conv2dOp(2, 1, 1, 1);
    private static final Conv2dOp KEEPS = new Conv2dOp(1, 1, 1, 1);

    /* Images of one pixel, odd sides, channels from one to more than a panel, windows of all forms, in place and with zeros around, what is done to results. */
    static Stream<Arguments> cases() {
        return Stream.concat(toMany(), toFew());
    }

    /* So small that they are one chunk, and of many chunks, the last of which begins before its rows; images of which one is less than the window. */
    private static Stream<Arguments> toFew() {
        return Stream.of(
                Arguments.of("taps:", KEEPS, List.of(1L, 9L, 1L, 1L), List.of(1L, 9L, 3L, 3L), List.of()),
                Arguments.of("taps:", KEEPS, List.of(1L, 64L, 13L, 17L), List.of(4L, 64L, 3L, 3L), List.of()),
                Arguments.of(
                        "taps:", KEEPS, List.of(2L, 40L, 67L, 5L), List.of(3L, 40L, 3L, 3L), List.of(2L, 3L, 67L, 5L)),
                Arguments.of(
                        "taps:", KEEPS, List.of(3L, 77L, 50L, 4L), List.of(5L, 77L, 3L, 3L), List.of(1L, 5L, 1L, 1L)),
                Arguments.of(
                        "taps:", KEEPS, List.of(2L, 33L, 9L, 40L), List.of(3L, 33L, 3L, 3L), List.of(2L, 3L, 1L, 1L)),
                Arguments.of(
                        "taps:",
                        new Conv2dOp(1, 2, 1, 1),
                        List.of(1L, 80L, 2L, 33L),
                        List.of(3L, 80L, 5L, 5L),
                        List.of()),
                Arguments.of(
                        "taps:",
                        new Conv2dOp(1, 0, 1, 1),
                        List.of(2L, 40L, 70L, 9L),
                        List.of(4L, 40L, 1L, 3L),
                        List.of()),
                Arguments.of(
                        "taps:",
                        new Conv2dOp(1, 2, 2, 1),
                        List.of(1L, 72L, 39L, 11L),
                        List.of(8L, 72L, 3L, 3L),
                        List.of()));
    }

    private static Stream<Arguments> toMany() {
        return Stream.of(
                Arguments.of("direct:", KEEPS, List.of(1L, 1L, 1L, 1L), List.of(1L, 1L, 3L, 3L), List.of()),
                Arguments.of("direct:", HALVES, List.of(1L, 40L, 33L, 31L), List.of(48L, 40L, 3L, 3L), List.of()),
                Arguments.of(
                        "direct:",
                        HALVES,
                        List.of(2L, 33L, 8L, 9L),
                        List.of(37L, 33L, 3L, 3L),
                        List.of(2L, 37L, 4L, 5L)),
                Arguments.of(
                        "direct:",
                        HALVES,
                        List.of(1L, 700L, 9L, 7L),
                        List.of(33L, 700L, 3L, 3L),
                        List.of(1L, 33L, 1L, 1L)),
                Arguments.of(
                        "direct:", HALVES, List.of(2L, 5L, 6L, 4L), List.of(32L, 5L, 3L, 3L), List.of(2L, 32L, 1L, 1L)),
                Arguments.of("direct:", KEEPS, List.of(1L, 4L, 19L, 13L), List.of(320L, 4L, 3L, 3L), List.of()),
                Arguments.of(
                        "direct:",
                        KEEPS,
                        List.of(1L, 3L, 12L, 17L),
                        List.of(33L, 3L, 3L, 3L),
                        List.of(1L, 33L, 12L, 17L)),
                Arguments.of("direct:", KEEPS, List.of(1L, 64L, 4L, 5L), List.of(64L, 64L, 3L, 3L), List.of()),
                Arguments.of(
                        "direct in place:",
                        new Conv2dOp(2, 0, 1, 1),
                        List.of(1L, 32L, 17L, 15L),
                        List.of(40L, 32L, 3L, 3L),
                        List.of()),
                Arguments.of(
                        "direct in place:",
                        new Conv2dOp(14, 0, 1, 1),
                        List.of(1L, 3L, 28L, 42L),
                        List.of(50L, 3L, 14L, 14L),
                        List.of()),
                Arguments.of(
                        "direct in place:",
                        new Conv2dOp(2, 0, 1, 1),
                        List.of(2L, 4L, 6L, 8L),
                        List.of(33L, 4L, 2L, 2L),
                        List.of()),
                Arguments.of(
                        "direct:",
                        new Conv2dOp(1, 2, 1, 1),
                        List.of(1L, 5L, 9L, 7L),
                        List.of(17L, 5L, 5L, 5L),
                        List.of()),
                Arguments.of(
                        "direct:",
                        new Conv2dOp(1, 2, 2, 1),
                        List.of(1L, 33L, 9L, 7L),
                        List.of(17L, 33L, 3L, 3L),
                        List.of()),
                Arguments.of(
                        "direct:",
                        new Conv2dOp(1, 1, 1, 1),
                        List.of(1L, 33L, 5L, 9L),
                        List.of(34L, 33L, 1L, 3L),
                        List.of()),
                Arguments.of(
                        "direct in place:",
                        new Conv2dOp(2, 0, 1, 1),
                        List.of(1L, 33L, 5L, 9L),
                        List.of(34L, 33L, 1L, 1L),
                        List.of()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isNearItsMeaning(String implementation, Conv2dOp op, List<Long> image, List<Long> weight, List<Long> other) {
        Random random = new Random(7);
        double fanIn = weight.stream().skip(1).reduce(1L, (a, b) -> a * b);
        HostTensor x = drawn(random, 1, image);
        HostTensor w = drawn(random, 1 / Math.sqrt(fanIn), weight);
        HostTensor bias = drawn(random, 1, weight.subList(0, 1));
        List<HostTensor> inputs = new ArrayList<>(List.of(x));
        if (!other.isEmpty()) {
            inputs.add(drawn(random, 1, other));
        }
        Op added = other.isEmpty() ? op : EpilogueOp.of(op, new Step.Add());
        Op finished = EpilogueOp.of(added, new Step.Activation(ActivationOp.Kind.SILU));
        try (Engine engine = Engine.on(CpuDevice.open(2))) {
            for (Op one : List.of(added, finished)) {
                Graph graph = LayerRun.graph(one, inputs, w, List.of(bias));
                float[] generated = run(engine, graph, inputs, Effort.USUAL, implementation);
                float[] library = run(engine, graph, inputs, Effort.LIBRARY, "");
                for (int i = 0; i < generated.length; i++) {
                    assertThat(generated[i]).as("result %d", i).isCloseTo(library[i], offset(1e-5f));
                    double sum = meaning(op, x, w, bias, i) + added(inputs, weight.getFirst(), i, generated.length);
                    double wanted = one.equals(finished) ? sum / (1 + Math.exp(-sum)) : sum;
                    assertThat((double) generated[i]).as("result %d", i).isCloseTo(wanted, offset(1e-5));
                }
            }
        }
    }

    private static HostTensor drawn(Random random, double scale, List<Long> sizes) {
        return LayerRun.drawn(
                random, scale, sizes.stream().mapToLong(Long::longValue).toArray());
    }

    private static float[] run(
            Engine engine, Graph graph, List<HostTensor> inputs, Effort effort, String implementation) {
        boolean generated = effort != Effort.LIBRARY;
        return LayerRun.run(
                engine,
                graph,
                inputs,
                effort,
                name -> generated ? name.startsWith(implementation) : !name.matches("(direct|taps).*"));
    }

    /* One result, row-major, before anything is added to it. */
    private static double meaning(Conv2dOp op, HostTensor x, HostTensor weight, HostTensor bias, long at) {
        long c = x.shape().size(1);
        long h = x.shape().size(2);
        long w = x.shape().size(3);
        long high = weight.shape().size(2);
        long wide = weight.shape().size(3);
        long outputs = weight.shape().size(0);
        long outH = (h + 2L * op.padding() - op.dilation() * (high - 1) - 1) / op.stride() + 1;
        long outW = (w + 2L * op.padding() - op.dilation() * (wide - 1) - 1) / op.stride() + 1;
        long column = at % outW;
        long row = at / outW % outH;
        long output = at / (outW * outH) % outputs;
        long image = at / (outW * outH) / outputs;
        double sum = bias.getDouble(output);
        for (long k = 0; k < c; k++) {
            for (long i = 0; i < high; i++) {
                for (long j = 0; j < wide; j++) {
                    long y = row * op.stride() + i * op.dilation() - op.padding();
                    long z = column * op.stride() + j * op.dilation() - op.padding();
                    if (y >= 0 && y < h && z >= 0 && z < w) {
                        sum += x.getDouble(((image * c + k) * h + y) * w + z)
                                * weight.getDouble(((output * c + k) * high + i) * wide + j);
                    }
                }
            }
        }
        return sum;
    }

    /* What is added to a result: for itself, for its channel, for its channel of its image. */
    private static double added(List<HostTensor> inputs, long outputs, long at, long results) {
        if (inputs.size() == 1) {
            return 0;
        }
        HostTensor other = inputs.get(1);
        long images = inputs.getFirst().shape().size(0);
        long ofChannel = results / images / outputs;
        long index = other.elements() == results
                ? at
                : other.elements() == outputs ? at / ofChannel % outputs : at / ofChannel;
        return other.getDouble(index);
    }

    /* Neither how many threads there are nor how pixels are cut. */
    @ParameterizedTest
    @CsvSource({"direct:, 2, 50", "taps:, 1, 3"})
    void nothingChangesABit(String implementation, int stride, long outputs) {
        Random random = new Random(8);
        HostTensor x = drawn(random, 1, List.of(1L, 70L, 101L, 50L));
        HostTensor weight = drawn(random, 0.1, List.of(outputs, 70L, 3L, 3L));
        Graph graph = LayerRun.graph(new Conv2dOp(stride, 1, 1, 1), List.of(x), weight, List.of());
        List<float[]> results = new ArrayList<>();
        for (int threads : new int[] {1, 2, 3, 13}) {
            try (Engine engine = Engine.on(CpuDevice.open(threads))) {
                results.add(run(engine, graph, List.of(x), Effort.USUAL, implementation));
            }
        }
        assertThat(results).allSatisfy(result -> assertThat(result).isEqualTo(results.getFirst()));
    }

    /* Convolutions of groups, of weights that are results and of uncompiled code are the library's, products and Winograd's aren't its either. */
    @Test
    void itIsChosenWhereNothingElseIsGenerated() {
        try (CpuDevice device = CpuDevice.open(1)) {
            assertThat(choice(device, HALVES, 64, 3, true, Effort.USUAL)).startsWith("direct:");
            assertThat(choice(device, HALVES, 64, 3, true, Effort.MOST)).startsWith("direct:");
            assertThat(choice(device, new Conv2dOp(2, 0, 1, 1), 64, 3, true, Effort.USUAL))
                    .startsWith("direct in place:");
            assertThat(choice(device, HALVES, 64, 3, true, Effort.LIBRARY)).doesNotStartWith("direct");
            assertThat(choice(device, HALVES, 64, 3, false, Effort.USUAL)).doesNotStartWith("direct");
            assertThat(choice(device, new Conv2dOp(2, 1, 1, 2), 64, 3, true, Effort.USUAL))
                    .doesNotStartWith("direct");
            assertThat(choice(device, KEEPS, 64, 3, true, Effort.USUAL)).startsWith("winograd");
            assertThat(choice(device, new Conv2dOp(1, 0, 1, 1), 64, 1, true, Effort.USUAL))
                    .startsWith("matmul:");
            Spending least = new Spending(Effort.USUAL, Long.MAX_VALUE, Optional.empty());
            // There is no memory for Winograd's filters, nor for a copy of an image that is larger than the weight.
            assertThat(choice(device, KEEPS, 64, 3, true, least)).doesNotMatch("(winograd|direct).*");
            assertThat(choice(device, KEEPS, 128, 3, true, least)).startsWith("direct:");
        }
    }

    private static String choice(
            CpuDevice device, Conv2dOp op, long channels, long kernel, boolean isWeight, Effort effort) {
        return choice(device, op, channels, kernel, isWeight, Spending.of(effort));
    }

    private static String choice(
            CpuDevice device, Conv2dOp op, long channels, long kernel, boolean isWeight, Spending spending) {
        TensorType x = TensorType.of(DType.F32, 1, channels, 24, 24);
        TensorType weight = TensorType.of(DType.F32, channels, channels / op.groups(), kernel, kernel);
        List<Operand> inputs = List.of(
                new Operand(x, Layout.channelsLast(x.shape()), false),
                new Operand(weight, Layout.contiguous(weight.shape()), isWeight));
        return device.lower(op, inputs, op.infer(List.of(x, weight)), spending).implementation();
    }
}
