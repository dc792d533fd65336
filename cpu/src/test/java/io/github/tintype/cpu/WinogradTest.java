package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.compile.Plan;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.Op;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.WinogradForm;
import io.github.tintype.loop.template.WinogradTemplate;
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
import org.junit.jupiter.params.provider.MethodSource;

/** The generated convolution beside the library's and its meaning in double. */
class WinogradTest {
    private static final Conv2dOp CONV = new Conv2dOp(1, 1, 1, 1);
    private static final EpilogueOp ADD = EpilogueOp.of(CONV, new Step.Add());
    private static final EpilogueOp MORE =
            EpilogueOp.of(EpilogueOp.of(ADD, new Step.MulScalar(0.5)), new Step.AddScalar(-1));

    /* Sides that are no multiples of a tile, channels that are none of a register or panel, several images, what is added to the results. */
    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(CONV, 1, 32, 32, 33, 31, true, List.of()),
                Arguments.of(CONV, 1, 64, 48, 32, 32, false, List.of()),
                Arguments.of(CONV, 2, 37, 45, 29, 34, true, List.of()),
                Arguments.of(CONV, 1, 320, 80, 64, 64, true, List.of()),
                Arguments.of(CONV, 2, 64, 70, 9, 8, true, List.of()),
                Arguments.of(CONV, 2, 320, 64, 16, 8, true, List.of()),
                Arguments.of(ADD, 2, 48, 40, 8, 9, true, List.of(2L, 40L, 1L, 1L)),
                Arguments.of(MORE, 1, 33, 47, 11, 16, true, List.of(1L, 47L, 11L, 16L)),
                Arguments.of(ADD, 2, 33, 40, 32, 32, true, List.of(2L, 40L, 1L, 1L)),
                Arguments.of(ADD, 2, 33, 40, 33, 35, true, List.of(1L, 40L, 1L, 1L)),
                Arguments.of(ADD, 1, 40, 70, 35, 33, true, List.of(1L, 70L, 35L, 33L)),
                Arguments.of(ADD, 1, 40, 40, 33, 33, false, List.of(1L)),
                Arguments.of(MORE, 1, 40, 40, 33, 33, true, List.of(1L, 40L, 33L, 33L)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isNearItsMeaning(Op op, int n, int c, int o, int h, int w, boolean bias, List<Long> other) {
        Random random = new Random(7);
        HostTensor x = LayerRun.drawn(random, 1, n, c, h, w);
        HostTensor weight = LayerRun.drawn(random, 1 / Math.sqrt(9.0 * c), o, c, 3, 3);
        HostTensor added = LayerRun.drawn(random, 1, o);
        List<HostTensor> inputs = new ArrayList<>(List.of(x));
        if (!other.isEmpty()) {
            inputs.add(LayerRun.drawn(
                    random, 1, other.stream().mapToLong(Long::longValue).toArray()));
        }
        try (Engine engine = Engine.on(CpuDevice.open(2))) {
            Graph graph = LayerRun.graph(op, inputs, weight, bias ? List.of(added) : List.of());
            float[] generated = LayerRun.run(engine, graph, inputs, Effort.USUAL, "winograd");
            float[] library = LayerRun.run(engine, graph, inputs, Effort.LIBRARY, "conv");
            double squares = 0;
            double farthest = 0;
            for (int i = 0; i < generated.length; i++) {
                double distance = generated[i] - (double) library[i];
                squares += distance * distance;
                farthest = Math.max(farthest, Math.abs(distance));
            }
            assertThat(Math.sqrt(squares / generated.length)).isLessThan(3e-6);
            assertThat(farthest).isLessThan(3e-5);
            for (int i = 0; i < 50; i++) {
                int at = random.nextInt(generated.length);
                assertThat((double) generated[at])
                        .isCloseTo(meaning(op, x, weight, bias, added, inputs, at, o), offset(3e-5));
            }
        }
    }

    private static double meaning(
            Op op,
            HostTensor x,
            HostTensor weight,
            boolean bias,
            HostTensor added,
            List<HostTensor> inputs,
            long at,
            long outputs) {
        long c = x.shape().size(1);
        long h = x.shape().size(2);
        long w = x.shape().size(3);
        long column = at % w;
        long row = at / w % h;
        long output = at / (w * h) % outputs;
        long image = at / (w * h) / outputs;
        double sum = bias ? added.getDouble(output) : 0;
        for (long k = 0; k < c; k++) {
            for (int i = -1; i <= 1; i++) {
                for (int j = -1; j <= 1; j++) {
                    long y = row + i;
                    long z = column + j;
                    if (y >= 0 && y < h && z >= 0 && z < w) {
                        sum += x.getDouble(((image * c + k) * h + y) * w + z)
                                * weight.getDouble((output * c + k) * 9 + 3L * i + j + 4);
                    }
                }
            }
        }
        if (inputs.size() == 2) {
            long elements = inputs.get(1).elements();
            long index = elements == 1
                    ? 0
                    : elements == outputs
                            ? output
                            : elements == x.shape().size(0) * outputs ? image * outputs + output : at;
            sum += inputs.get(1).getDouble(index);
        }
        return op.equals(MORE) ? 0.5 * sum - 1 : sum;
    }

    /* Neither how many threads there are nor how tiles are cut: by chunks, by panels, the last chunk of one tile. */
    @Test
    void nothingChangesABit() {
        Random random = new Random(8);
        HostTensor x = LayerRun.drawn(random, 1, 1, 70, 41, 50);
        HostTensor weight = LayerRun.drawn(random, 0.1, 50, 70, 3, 3);
        Graph graph = LayerRun.graph(CONV, List.of(x), weight, List.of());
        List<float[]> results = new ArrayList<>();
        for (int threads : new int[] {1, 2, 3, 13}) { // 13 tiles wide and 11 high are too few for 13 threads
            try (Engine engine = Engine.on(CpuDevice.open(threads))) {
                results.add(LayerRun.run(engine, graph, List.of(x), Effort.USUAL, "winograd 4x4"));
            }
        }
        assertThat(results).allSatisfy(result -> assertThat(result).isEqualTo(results.getFirst()));
    }

    @Test
    void itIsCutForTheCaches() {
        WinogradTemplate template =
                WinogradSupport.template(WinogradForm.F4, false, RegisterTile.of(8), DType.F32, true, Optional.empty());
        // 2.4 MB of filters: chunks of 1 MB, as many for each thread
        assertThat(WinogradCut.of(template, new WinogradKernel.Spec(1, 128, 128, 128, 128), 2))
                .isEqualTo(new WinogradCut(24, WinogradCut.Share.CHUNKS));
        // 9.4 MB of them: chunks of 2.4 MB
        assertThat(WinogradCut.of(template, new WinogradKernel.Spec(1, 128, 128, 256, 256), 2))
                .isEqualTo(new WinogradCut(30, WinogradCut.Share.CHUNKS));
        // 38 MB of them: as few chunks as 40 MB allow
        assertThat(WinogradCut.of(template, new WinogradKernel.Spec(1, 64, 64, 512, 512), 2))
                .isEqualTo(new WinogradCut(258, WinogradCut.Share.PANELS));
        assertThat(WinogradCut.of(template, new WinogradKernel.Spec(1, 128, 128, 512, 512), 2))
                .isEqualTo(new WinogradCut(258, WinogradCut.Share.PANELS));
        // too few tiles for so many threads
        assertThat(WinogradCut.of(template, new WinogradKernel.Spec(1, 32, 32, 128, 128), 16))
                .isEqualTo(new WinogradCut(66, WinogradCut.Share.PANELS));
    }

    /* The fewer tiles there are, the more filters of four times the size cost; other forms have no such kernel. */
    @Test
    void itIsChosenWhereItPays() {
        try (CpuDevice device = CpuDevice.open(1)) {
            assertThat(choice(device, CONV, 64, 64, 64, 3, Effort.USUAL)).startsWith("winograd 4x4");
            // Too small to be measured.
            assertThat(choice(device, CONV, 32, 32, 24, 3, Effort.MOST)).startsWith("winograd 4x4");
            assertThat(choice(device, CONV, 64, 64, 24, 3, Effort.USUAL)).startsWith("winograd 4x4");
            assertThat(choice(device, CONV, 64, 64, 16, 3, Effort.USUAL)).startsWith("winograd 2x2");
            assertThat(choice(device, CONV, 64, 64, 8, 3, Effort.USUAL)).startsWith("winograd 2x2");
            assertThat(choice(device, CONV, 64, 64, 64, 3, Effort.LIBRARY)).doesNotStartWith("winograd");
            assertThat(choice(device, CONV, 64, 64, 6, 3, Effort.USUAL)).doesNotStartWith("winograd");
            assertThat(choice(device, CONV, 4, 64, 64, 3, Effort.USUAL)).doesNotStartWith("winograd");
            assertThat(choice(device, new Conv2dOp(2, 1, 1, 1), 64, 64, 64, 3, Effort.USUAL))
                    .doesNotStartWith("winograd");
            assertThat(choice(device, new Conv2dOp(1, 0, 1, 1), 64, 64, 64, 1, Effort.USUAL))
                    .doesNotStartWith("winograd");
        }
    }

    /* A byte more of a weight has to serve so many operations: 4×4 serves 683 of each at 64², 2×2 2634 there. */
    @Test
    void aSmallBudgetTakesSmallerFilters() {
        try (CpuDevice device = CpuDevice.open(1)) {
            assertThat(choice(device, CONV, 64, 64, 64, 3, new Spending(Effort.USUAL, 600, Optional.empty())))
                    .startsWith("winograd 4x4");
            assertThat(choice(device, CONV, 64, 64, 64, 3, new Spending(Effort.USUAL, 1000, Optional.empty())))
                    .startsWith("winograd 2x2");
            assertThat(choice(
                            device, CONV, 64, 64, 64, 3, new Spending(Effort.USUAL, Long.MAX_VALUE, Optional.empty())))
                    .doesNotStartWith("winograd");
        }
    }

    /* The engine asks for as much as the budget has room for. */
    @Test
    void theBudgetDecides() {
        Random random = new Random(7);
        HostTensor x = LayerRun.drawn(random, 1, 1, 256, 32, 32);
        HostTensor weight = LayerRun.drawn(random, 0.02, 256, 256, 3, 3);
        Graph graph = LayerRun.graph(CONV, List.of(x), weight, List.of());
        long stored = weight.type().bytes();
        try (Engine engine = Engine.on(CpuDevice.open(2))) {
            Plan large = engine.plan(graph, List.of(x.type()), Effort.USUAL);
            assertThat(large.weightBytes()).isEqualTo(4 * stored);
            Plan smaller = planJustBelow(engine, large, graph, x.type());
            assertThat(smaller.weightBytes()).isEqualTo(stored * 16 / 9);
            Plan least = planJustBelow(engine, smaller, graph, x.type());
            assertThat(least.weightBytes())
                    .isBetween(stored, stored * 9 / 8); // panels are padded, those of 48 columns to 288
        }
    }

    /* Where there is a byte less than a plan needs. */
    private static Plan planJustBelow(Engine engine, Plan plan, Graph graph, TensorType x) {
        engine.memory().limit(engine.memory().used() + plan.weightBytes() + plan.slabBytes() - 1);
        return engine.plan(graph, List.of(x), Effort.USUAL);
    }

    private static String choice(CpuDevice device, Conv2dOp op, long c, long o, long side, long kernel, Effort effort) {
        return choice(device, op, c, o, side, kernel, Spending.of(effort));
    }

    private static String choice(
            CpuDevice device, Conv2dOp op, long c, long o, long side, long kernel, Spending spending) {
        TensorType x = TensorType.of(DType.F32, 1, c, side, side);
        TensorType weight = TensorType.of(DType.F32, o, c, kernel, kernel);
        List<Operand> inputs = List.of(
                new Operand(x, Layout.channelsLast(x.shape()), false),
                new Operand(weight, Layout.contiguous(weight.shape()), true));
        return device.lower(op, inputs, op.infer(List.of(x, weight)), spending).implementation();
    }
}
