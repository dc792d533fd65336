package io.github.tintype.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tintype.conformance.Oracle;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.ArgMaxOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Small cases by hand. Numbers with nine digits were computed with PyTorch 2 in float64. */
final class ReferenceDeviceTest {
    private static final double[] POINTS = {-3, -1, -0.5, 0, 0.25, 1, 3};

    private static HostTensor doubles(double[] values, long... shape) {
        HostTensor tensor = HostTensor.allocate(TensorType.of(DType.F64, shape));
        for (int i = 0; i < values.length; i++) {
            tensor.setDouble(i, values[i]);
        }
        return tensor;
    }

    private static HostTensor floats(double... values) {
        return doubles(values, values.length);
    }

    /** sin(step · i + start). */
    private static HostTensor wave(double step, double start, long... shape) {
        double[] values = new double[Math.toIntExact(Shape.of(shape).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.sin(step * i + start);
        }
        return doubles(values, shape);
    }

    private static HostTensor x(long... shape) {
        return wave(0.37, 1.3, shape);
    }

    private static HostTensor weight(long... shape) {
        return wave(0.71, 0.2, shape);
    }

    private static HostTensor bias(long... shape) {
        return wave(1.1, 0.5, shape);
    }

    private static void check(Op op, List<HostTensor> inputs, double... expected) {
        HostTensor actual = Oracle.evaluate(op, inputs);
        assertThat(actual.elements()).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual.getDouble(i))
                    .as("%s, element %d", op, i)
                    .isEqualTo(expected[i], within(1e-8 * Math.max(1, Math.abs(expected[i]))));
        }
    }

    private static void checkLongs(Op op, List<HostTensor> inputs, long... expected) {
        assertThat(Oracle.evaluate(op, inputs).toLongs()).containsExactly(expected);
    }

    @Test
    void convolvesWithStridePaddingDilationGroupsAndBias() {
        check(
                new Conv2dOp(2, 1, 2, 2),
                List.of(x(1, 4, 5, 4), weight(4, 2, 3, 2), bias(4)),
                1.09914262,
                1.38822961,
                1.40185525,
                1.87260255,
                -0.0429040822,
                -0.561372,
                0.812301792,
                0.695117374,
                0.648778077,
                0.734665942,
                1.46816195,
                1.98562366,
                -1.5499471,
                -2.00429644,
                -1.20318356,
                -1.5164192);
    }

    @Test
    void convolvesWithPadding() {
        check(
                new Conv2dOp(1, 1, 1, 1),
                List.of(x(1, 2, 3, 3), weight(2, 2, 3, 3)),
                -0.088071729,
                -0.192633636,
                -0.134577302,
                -0.149507873,
                -0.140195804,
                -0.0647264506,
                0.091289488,
                0.181801978,
                0.110006958,
                -0.059638431,
                -0.170858958,
                -0.134239127,
                -0.119003296,
                -0.129827492,
                -0.0495122285,
                0.0739927384,
                0.174341975,
                0.121126912);
    }

    @Test
    void multipliesMatrices() {
        check(new MatMulOp(), List.of(x(2, 3), weight(3, 2)), 1.27576611, 0.972758801, 0.485205711, 0.78885278);
        check(new LinearOp(), List.of(x(2, 3), weight(2, 3), bias(2)), 2.34732621, 1.2896511, 0.883048897, 1.52485403);
    }

    @Test
    void normalises() {
        check(
                new GroupNormOp(2, 1e-5),
                List.of(x(1, 4, 2, 2), weight(4), bias(4)),
                0.681461504,
                0.691872132,
                0.657807118,
                0.583877002,
                1.00220571,
                0.526917214,
                0.0531219927,
                -0.355053993,
                -0.400299842,
                -0.579473593,
                -0.510011157,
                -0.201313951,
                -0.70085607,
                -0.239606133,
                0.252866616,
                0.7099083);
        check(
                new LayerNormOp(1e-5),
                List.of(x(2, 5), weight(5), bias(5)),
                0.636328987,
                1.72706168,
                0.917367501,
                -0.934303955,
                -1.16067297,
                0.798849084,
                1.4821353,
                0.180332518,
                -1.22965801,
                -1.0960411);
    }

    @Test
    void softmaxes() {
        HostTensor rows = Oracle.evaluate(new BinaryOp(BinaryOp.Kind.MUL), List.of(x(2, 3), doubles(new double[] {3})));
        check(
                new SoftmaxOp(1),
                List.of(rows),
                0.344136532,
                0.378272172,
                0.277591295,
                0.657495595,
                0.256099059,
                0.0864053454);
        check(
                new SoftmaxOp(0),
                List.of(rows),
                0.708168975,
                0.872579043,
                0.93708608,
                0.291831025,
                0.127420957,
                0.0629139205);
    }

    @Test
    void activates() {
        checkActivation(
                ActivationOp.Kind.GELU,
                -0.00404969409,
                -0.158655254,
                -0.154268769,
                0,
                0.149676581,
                0.841344746,
                2.99595031);
        checkActivation(
                ActivationOp.Kind.GELU_TANH,
                -0.00363739208,
                -0.158808009,
                -0.15428599,
                0,
                0.149675351,
                0.841191991,
                2.99636261);
        checkActivation(
                ActivationOp.Kind.SILU,
                -0.14227762,
                -0.268941421,
                -0.188770334,
                0,
                0.140544125,
                0.731058579,
                2.85772238);
        checkActivation(
                ActivationOp.Kind.QUICK_GELU,
                -0.0180713097,
                -0.154204234,
                -0.149611563,
                0,
                0.15119965,
                0.845795766,
                2.98192869);
        checkActivation(
                ActivationOp.Kind.SIGMOID,
                0.0474258732,
                0.268941421,
                0.377540669,
                0.5,
                0.562176501,
                0.731058579,
                0.952574127);
        checkActivation(ActivationOp.Kind.RELU, 0, 0, 0, 0, 0.25, 1, 3);
    }

    private static void checkActivation(ActivationOp.Kind kind, double... expected) {
        check(new ActivationOp(kind), List.of(floats(POINTS)), expected);
    }

    @Test
    void attends() {
        List<HostTensor> qkv = List.of(x(1, 1, 2, 3), weight(1, 1, 3, 3), bias(1, 1, 3, 2));
        check(new ScaledDotProductAttentionOp(false, 0.7), qkv, 0.405004152, 0.561242067, 0.22914326, 0.0912938659);
        check(new ScaledDotProductAttentionOp(true, 0.7), qkv, 0.479425539, 0.999573603, 0.452295327, 0.159571221);
        HostTensor mask = HostTensor.allocate(TensorType.of(DType.BOOL, 2, 3));
        mask.setDouble(0, 1);
        mask.setDouble(2, 1);
        List<HostTensor> masked = List.of(qkv.get(0), qkv.get(1), qkv.get(2), mask);
        check(new ScaledDotProductAttentionOp(false, 0.7), masked, 0.398002181, 0.928336758, 0, 0);
    }

    @Test
    void roundsHalfToEven() {
        check(new UnaryOp(UnaryOp.Kind.ROUND), List.of(floats(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)), -2, -2, 0, 0, 2, 2);
        check(new UnaryOp(UnaryOp.Kind.FLOOR), List.of(floats(-0.5, 1.5)), -1, 1);
    }

    @Test
    void erfIsExactToTheLastDigits() {
        double[] points = {1E-10, 0.1, 0.3, 0.46, 0.47, 0.75, 1, 1.5, 2, 2.75, 3.5, 3.99, 4.01, 5, 5.5, 7};
        double[] values = {
            1.1283791670955126E-10,
            0.1124629160182849,
            0.3286267594591274,
            0.4846553900016797,
            0.4937450508860821,
            0.7111556336535151,
            0.8427007929497149,
            0.9661051464753108,
            0.9953222650189527,
            0.9998993780778803,
            0.9999992569016276,
            0.9999999832607886,
            0.9999999858030606,
            0.9999999999984626,
            0.9999999999999927,
            1.0
        };
        for (int i = 0; i < points.length; i++) {
            assertThat(Erf.of(points[i])).isEqualTo(values[i], within(1e-15 * values[i]));
            assertThat(Erf.of(-points[i])).isEqualTo(-Erf.of(points[i]));
        }
        assertThat(Erf.of(0)).isZero();
        assertThat(Erf.of(Double.POSITIVE_INFINITY)).isEqualTo(1);
        assertThat(Erf.of(Double.NaN)).isNaN();
    }

    @Test
    void computesLongsExactly() {
        long big = (1L << 62) + 1;
        HostTensor a = HostTensor.ofLongs(new long[] {big, -7, 7}, 3);
        HostTensor b = HostTensor.ofLongs(new long[] {2, 2, -2}, 3);
        checkLongs(new BinaryOp(BinaryOp.Kind.ADD), List.of(a, b), big + 2, -5, 5);
        checkLongs(new BinaryOp(BinaryOp.Kind.DIV), List.of(a, b), big / 2, -3, -3);
        checkLongs(new BinaryOp(BinaryOp.Kind.MAXIMUM), List.of(a, b), big, 2, 7);
        checkLongs(new ReduceOp(ReduceOp.Kind.SUM, List.of(0)), List.of(a), big);
        HostTensor base = HostTensor.ofLongs(new long[] {3, -2, 0}, 3);
        HostTensor exponent = HostTensor.ofLongs(new long[] {39, 63, 0}, 3);
        checkLongs(new BinaryOp(BinaryOp.Kind.POW), List.of(base, exponent), 4052555153018976267L, Long.MIN_VALUE, 1);
        HostTensor next = HostTensor.ofLongs(new long[] {big - 1, -7, 8}, 3);
        checkLongs(new CompareOp(CompareOp.Kind.GT), List.of(a, next), 1, 0, 0);
        checkLongs(new ArgMaxOp(0), List.of(HostTensor.ofLongs(new long[] {big - 1, big, big}, 3)), 1);
    }

    @Test
    void castsAsHostTensorsDo() {
        HostTensor values = floats(-1.9, 1.9, 0, 300.5);
        checkLongs(new CastOp(DType.I64), List.of(values), -1, 1, 0, 300);
        checkLongs(new CastOp(DType.BOOL), List.of(values), 1, 1, 0, 1);
        check(new CastOp(DType.BF16), List.of(values), -1.8984375, 1.8984375, 0, 300);
        check(new CastOp(DType.F32), List.of(HostTensor.ofLongs(new long[] {(1L << 24) + 1}, 1)), 1 << 24);
    }

    @Test
    void nanWinsMaximaAndLosesComparisons() {
        HostTensor values = floats(1, Double.NaN, 3, Double.NaN);
        assertThat(Oracle.evaluate(new ReduceOp(ReduceOp.Kind.MAX, List.of(0)), List.of(values))
                        .getDouble(0))
                .isNaN();
        checkLongs(new ArgMaxOp(0), List.of(values), 1);
        checkLongs(new CompareOp(CompareOp.Kind.GE), List.of(values, values), 1, 0, 1, 0);
        HostTensor larger = Oracle.evaluate(new BinaryOp(BinaryOp.Kind.MAXIMUM), List.of(values, floats(2, 2, 2, 2)));
        assertThat(larger.getDouble(0)).isEqualTo(2);
        assertThat(larger.getDouble(1)).isNaN();
    }

    @Test
    void reduces() {
        HostTensor matrix = doubles(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        check(new ReduceOp(ReduceOp.Kind.SUM, List.of(1)), List.of(matrix), 6, 15);
        check(new ReduceOp(ReduceOp.Kind.MEAN, List.of(0)), List.of(matrix), 2.5, 3.5, 4.5);
        check(new ReduceOp(ReduceOp.Kind.MIN, List.of(0, 1)), List.of(matrix), 1);
        HostTensor nothing = doubles(new double[0], 2, 0);
        check(new ReduceOp(ReduceOp.Kind.SUM, List.of(1)), List.of(nothing), 0, 0);
        assertThatThrownBy(() -> Oracle.evaluate(new ReduceOp(ReduceOp.Kind.MAX, List.of(1)), List.of(nothing)))
                .isInstanceOf(DeviceException.class)
                .hasMessage("reduce_max: got f64[2,0], wanted at least one element along [1]");
    }

    @Test
    void moves() {
        HostTensor matrix = doubles(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        check(new PermuteOp(List.of(1, 0)), List.of(matrix), 1, 4, 2, 5, 3, 6);
        check(new SliceOp(1, 1, 3), List.of(matrix), 2, 3, 5, 6);
        check(new CatOp(1), List.of(matrix, floats(7, 8).reshape(2, 1)), 1, 2, 3, 7, 4, 5, 6, 8);
        check(new PadOp(1, 1, 0, 9), List.of(matrix), 9, 1, 2, 3, 9, 4, 5, 6);
        check(new ExpandOp(Shape.of(2, 2)), List.of(floats(1, 2).reshape(2, 1)), 1, 1, 2, 2);
        check(
                new UpsampleNearestOp(Dim.of(3), Dim.of(5)),
                List.of(doubles(new double[] {0, 1, 2, 3, 4, 5}, 1, 1, 2, 3)),
                0,
                0,
                1,
                1,
                2,
                0,
                0,
                1,
                1,
                2,
                3,
                3,
                4,
                4,
                5);
        HostTensor condition = Oracle.evaluate(new CastOp(DType.BOOL), List.of(floats(1, 0)));
        check(new WhereOp(), List.of(condition, floats(1, 2), floats(3, 4)), 1, 4);
    }

    @Test
    void selectsAndChecksIndices() {
        HostTensor matrix = doubles(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        HostTensor index = HostTensor.ofLongs(new long[] {2, 0}, 2);
        check(new IndexSelectOp(1), List.of(matrix, index), 3, 1, 6, 4);
        HostTensor outside = HostTensor.ofLongs(new long[] {0, 900}, 2);
        HostTensor table = doubles(new double[768], 768, 1);
        assertThatThrownBy(() -> Oracle.evaluate(new IndexSelectOp(0), List.of(table, outside)))
                .isInstanceOf(DeviceException.class)
                .hasMessage("index_select: got index 900, wanted 0 to 767");
        HostTensor negative = HostTensor.ofLongs(new long[] {-1}, 1);
        assertThatThrownBy(() -> Oracle.evaluate(new IndexSelectOp(0), List.of(matrix, negative)))
                .hasMessage("index_select: got index -1, wanted 0 to 1");
    }

    @Test
    void refusesWhatIntegersCannot() {
        HostTensor two = HostTensor.ofLongs(new long[] {2}, 1);
        HostTensor zero = HostTensor.ofLongs(new long[] {0}, 1);
        HostTensor minus = HostTensor.ofLongs(new long[] {-1}, 1);
        assertThatThrownBy(() -> Oracle.evaluate(new BinaryOp(BinaryOp.Kind.DIV), List.of(two, zero)))
                .hasMessage("div: got 2 / 0");
        assertThatThrownBy(() -> Oracle.evaluate(new BinaryOp(BinaryOp.Kind.POW), List.of(two, minus)))
                .hasMessage("pow: got integer exponent -1, wanted 0 or more");
    }
}
