package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The generated attention beside the library's and its meaning in double. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FlashTest {
    private final Map<Integer, CpuDevice> devices = new HashMap<>(); // by their threads

    @AfterAll
    void close() {
        devices.values().forEach(CpuDevice::close);
    }

    /* How the axes [b,h,t,d] of q, k and v lie. */
    enum Order {
        HEADS_IN_ROWS,
        ROW_MAJOR;

        Layout layout(long heads, long tokens, long d) {
            return switch (this) {
                case HEADS_IN_ROWS -> Layout.of(tokens * heads * d, d, heads * d, 1);
                case ROW_MAJOR -> Layout.of(heads * tokens * d, tokens * d, d, 1);
            };
        }
    }

    record Problem(
            int batch, int heads, int queries, int keys, int d, int e, boolean causal, double scale, Order order) {
        static Problem of(int batch, int heads, int queries, int keys, int d, int e, boolean causal, Order order) {
            return new Problem(batch, heads, queries, keys, d, e, causal, 1 / Math.sqrt(d), order);
        }

        Operand operand(int tokens, int width) {
            TensorType type = TensorType.of(DType.F32, batch, heads, tokens, width);
            return new Operand(type, order.layout(heads, tokens, width), false);
        }

        List<Operand> operands() {
            return List.of(operand(queries, d), operand(keys, d), operand(keys, e));
        }

        TensorType result() {
            return TensorType.of(DType.F32, batch, heads, queries, e);
        }

        ScaledDotProductAttentionOp op() {
            return new ScaledDotProductAttentionOp(causal, scale);
        }

        /* By name: max-autotune would measure which one is faster. */
        ScaledDotProductAttentionOp flash() {
            return new ScaledDotProductAttentionOp(
                    causal, scale, SdpaChoice.of(SdpBackend.FLASH_ATTENTION), ScaledDotProductAttentionOp.ALL_HEADS);
        }

        boolean hasNarrowHeads() {
            return Math.max(d, e) <= 256;
        }

        List<Floats> values() {
            List<Floats> values = new ArrayList<>();
            for (Operand operand : operands()) {
                values.add(Floats.random(Math.toIntExact(operand.type().shape().elements()), values.size() + 1L));
            }
            return values;
        }
    }

    /* Queries, keys and elements that are no multiples of a tile, one and several blocks of keys, one and several groups of queries. */
    static Stream<Arguments> problems() {
        return Stream.of(
                        Problem.of(1, 1, 1, 1, 8, 8, false, Order.HEADS_IN_ROWS),
                        Problem.of(2, 3, 17, 77, 5, 5, false, Order.HEADS_IN_ROWS),
                        Problem.of(1, 2, 1100, 33, 40, 40, false, Order.ROW_MAJOR),
                        Problem.of(1, 2, 300, 1100, 40, 24, false, Order.HEADS_IN_ROWS),
                        Problem.of(1, 1, 50, 700, 33, 70, false, Order.ROW_MAJOR),
                        Problem.of(1, 1, 130, 500, 512, 512, false, Order.HEADS_IN_ROWS),
                        Problem.of(2, 2, 77, 77, 16, 16, true, Order.HEADS_IN_ROWS),
                        Problem.of(1, 2, 600, 600, 8, 8, true, Order.ROW_MAJOR),
                        Problem.of(1, 1, 700, 300, 8, 8, true, Order.HEADS_IN_ROWS),
                        Problem.of(1, 1, 40, 900, 8, 8, true, Order.HEADS_IN_ROWS))
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("problems")
    void isTheWeightedMeanOfTheValues(Problem problem) {
        List<Floats> values = problem.values();
        check(problem, values, 2e-6);
        values.forEach(Floats::close);
    }

    /* The largest score rises from block to block, and weights of the first ones go to 0. */
    @Test
    void earlierBlocksShrink() {
        Problem problem = Problem.of(1, 1, 40, 1500, 16, 16, false, Order.HEADS_IN_ROWS);
        List<Floats> values = problem.values();
        for (int i = 0; i < 1500 * 16; i++) {
            int key = i / 16;
            values.get(1).set(i, values.get(1).get(i) * key / 20);
        }
        check(problem, values, 2e-5); // scores of several hundreds
        values.forEach(Floats::close);
    }

    @Test
    void aScaleMayBeNegative() {
        Problem problem = new Problem(1, 1, 40, 90, 16, 16, false, -0.3, Order.HEADS_IN_ROWS);
        List<Floats> values = problem.values();
        check(problem, values, 2e-6);
        values.forEach(Floats::close);
    }

    private void check(Problem problem, List<Floats> values, double tolerance) {
        double[] wanted = meaning(problem, values);
        float[] generated = run(problem, values, Effort.USUAL, 2);
        float[] library = run(problem, values, Effort.LIBRARY, 2);
        for (int i = 0; i < wanted.length; i++) {
            double distance = tolerance * (1 + Math.abs(wanted[i]));
            assertThat((double) generated[i]).as("generated %d", i).isCloseTo(wanted[i], offset(distance));
            assertThat((double) library[i]).as("library %d", i).isCloseTo(wanted[i], offset(distance));
        }
        assertThat(run(problem, values, Effort.USUAL, 1)).isEqualTo(generated);
        if (problem.hasNarrowHeads()) { // wider ones can't be asked for by name
            assertThat(run(problem, values, Effort.MOST, 3)).isEqualTo(generated);
        }
    }

    private float[] run(Problem problem, List<Floats> values, Effort effort, int threads) {
        return run(problem, values, effort, threads, () -> false);
    }

    private float[] run(Problem problem, List<Floats> values, Effort effort, int threads, BooleanSupplier cancelled) {
        CpuDevice device = devices.computeIfAbsent(threads, CpuDevice::open);
        Lowering lowering = device.lower(
                effort == Effort.MOST ? problem.flash() : problem.op(),
                problem.operands(),
                problem.result(),
                Spending.of(effort));
        assertThat(lowering.implementation()).startsWith(effort == Effort.LIBRARY ? "attention:" : "flash");
        int elements = Math.toIntExact(problem.result().shape().elements());
        try (Floats y = Floats.poisoned(elements);
                Floats scratch = Floats.poisoned(Math.toIntExact(lowering.scratchBytes() / Float.BYTES))) {
            lowering.kernel().run(new FloatArguments(values, y, scratch, cancelled));
            return y.view().toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    /* In the order of the result: heads side by side in the rows. */
    private static double[] meaning(Problem problem, List<Floats> values) {
        Layout q = problem.operands().get(0).layout();
        Layout k = problem.operands().get(1).layout();
        Layout v = problem.operands().get(2).layout();
        double[] y = new double[Math.toIntExact(problem.result().shape().elements())];
        for (int row = 0; row < y.length / problem.e; row++) {
            int head = row % problem.heads;
            int query = row / problem.heads % problem.queries;
            int image = row / problem.heads / problem.queries;
            int keys = problem.causal ? Math.min(query + 1, problem.keys) : problem.keys;
            double[] weights = new double[keys];
            double largest = Double.NEGATIVE_INFINITY;
            for (int key = 0; key < keys; key++) {
                for (int i = 0; i < problem.d; i++) {
                    weights[key] += problem.scale
                            * at(values.get(0), q, image, head, query, i)
                            * at(values.get(1), k, image, head, key, i);
                }
                largest = Math.max(largest, weights[key]);
            }
            double sum = 0;
            for (int key = 0; key < keys; key++) {
                weights[key] = Math.exp(weights[key] - largest);
                sum += weights[key];
            }
            for (int i = 0; i < problem.e; i++) {
                for (int key = 0; key < keys; key++) {
                    y[row * problem.e + i] += weights[key] / sum * at(values.get(2), v, image, head, key, i);
                }
            }
        }
        return y;
    }

    private static double at(Floats of, Layout layout, long image, long head, long token, long i) {
        return of.get(
                Math.toIntExact(image * layout.stride(0) + head * layout.stride(1) + token * layout.stride(2) + i));
    }

    @Test
    void notANumberReachesWhoSeesIt() {
        Problem problem = Problem.of(1, 1, 60, 60, 8, 8, true, Order.HEADS_IN_ROWS);
        List<Floats> values = problem.values();
        values.get(1).set(30 * 8, Float.NaN);
        float[] y = run(problem, values, Effort.USUAL, 1);
        for (int i = 0; i < y.length; i++) {
            assertThat(Float.isNaN(y[i])).as("element %d", i).isEqualTo(i / 8 >= 30);
        }
        values.forEach(Floats::close);
    }

    /* A score of −∞ weighs nothing, even where it is the only one of its block so far; a causal query that sees nothing else is 0. */
    @Test
    void minusInfinityWeighsNothing() {
        Problem problem = new Problem(1, 1, 20, 20, 1, 1, true, 1, Order.HEADS_IN_ROWS);
        List<Floats> values = problem.values();
        for (int i = 0; i < 20; i++) {
            values.get(0).set(i, 1);
            values.get(1).set(i, i < 5 ? Float.NEGATIVE_INFINITY : 0);
        }
        float[] y = run(problem, values, Effort.USUAL, 1);
        assertThat(y).startsWith(0, 0, 0, 0, 0);
        assertThat(y[5]).isEqualTo(values.get(2).get(5));
        assertThat(y[6]).isCloseTo((values.get(2).get(5) + values.get(2).get(6)) / 2, offset(1e-6f));
        values.forEach(Floats::close);
    }

    @Test
    void nothingRunsOnceItIsCancelled() {
        Problem problem = Problem.of(1, 2, 60, 60, 8, 8, false, Order.HEADS_IN_ROWS);
        List<Floats> values = problem.values();
        for (float y : run(problem, values, Effort.USUAL, 2, () -> true)) {
            assertThat(y).isNaN();
        }
        values.forEach(Floats::close);
    }
}
