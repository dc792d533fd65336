package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.conformance.Oracle;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.loop.StandardKernels;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Own functions against the reference device's in double: their largest error over floats of all sizes, evenly spaced in their bits, and the ends
 * of the range. {@code -Dtintype.floats=4294967296} takes them all.
 */
class MathFunctionsTest {
    private static final int BLOCK = 1 << 16;
    private static final long FLOATS = Long.getLong("tintype.floats", 1 << 19);

    private record Bound(UnaryOp.Kind function, double ulps) {}

    @TestFactory
    Stream<DynamicTest> areAsExactAsStated() {
        return Stream.of(
                        new Bound(UnaryOp.Kind.EXP, 1),
                        new Bound(UnaryOp.Kind.LOG, 1),
                        new Bound(UnaryOp.Kind.TANH, 2),
                        new Bound(UnaryOp.Kind.ERF, 2),
                        new Bound(UnaryOp.Kind.SIN, 1),
                        new Bound(UnaryOp.Kind.COS, 1),
                        new Bound(UnaryOp.Kind.RSQRT, 1.5))
                .map(bound -> DynamicTest.dynamicTest(bound.function.name(), () -> {
                    double worst = 0;
                    for (long first = 0; first < FLOATS; first += BLOCK) {
                        worst = Math.max(worst, worst(bound.function, first));
                    }
                    assertThat(worst).isLessThanOrEqualTo(bound.ulps);
                }));
    }

    private static double worst(UnaryOp.Kind function, long first) {
        return worst(function, HostTensor.ofFloats(block(first), BLOCK));
    }

    private static float[] block(long first) {
        float[] x = new float[BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            x[i] = Float.intBitsToFloat((int) ((first + i) * ((1L << 32) / FLOATS)));
        }
        return x;
    }

    private static HostTensor compiled(Op op, HostTensor x) {
        return StandardKernels.fused(in -> in.getFirst().then(op), x).run(Compiled.of(HostProcessor.target()));
    }

    private static HostTensor inDouble(Op op, HostTensor x) {
        Node wide = Node.of(Scope.NONE, new LeafOp.Constant(x.to(DType.F64)), List.of());
        return Oracle.evaluate(wide.then(op));
    }

    private static double worst(UnaryOp.Kind function, HostTensor x) {
        HostTensor actual = compiled(new UnaryOp(function), x);
        HostTensor expected = inDouble(new UnaryOp(function), x);
        double worst = 0;
        for (int i = 0; i < x.elements(); i++) {
            float got = (float) actual.getDouble(i);
            double wanted = expected.getDouble(i);
            float nearest = (float) wanted;
            if (!Float.isFinite(nearest) || nearest == 0) {
                boolean ok = Float.compare(got, nearest) == 0
                        || (Math.abs(got) == Float.MAX_VALUE && !Float.isNaN(nearest))
                        || (nearest == 0 && Math.abs(got) == Float.MIN_VALUE);
                assertThat(ok)
                        .as("%s(%s): got %s, wanted %s", function, x.getDouble(i), got, nearest)
                        .isTrue();
                continue;
            }
            worst = Math.max(worst, Math.abs(got - wanted) / Math.ulp(nearest));
        }
        return worst;
    }

    @TestFactory
    Stream<DynamicTest> areRightAtTheEnds() {
        float[] ends = {
            0f,
            -0f,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Float.MIN_NORMAL,
            Float.MAX_VALUE,
            -Float.MAX_VALUE,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.NaN,
            1,
            -1,
            88.72283f,
            88.72284f,
            -103.97207f,
            -103.97209f,
            -87.33655f,
            4,
            -4,
            10
        };
        HostTensor x = HostTensor.ofFloats(ends, ends.length);
        return Stream.of(UnaryOp.Kind.values())
                .filter(kind -> kind != UnaryOp.Kind.NOT)
                .map(kind -> DynamicTest.dynamicTest(
                        kind.name(), () -> assertThat(worst(kind, x)).isLessThanOrEqualTo(2)));
    }

    /** NaN of either sign, with anything in its low bits: those mustn't get into an exponent. */
    @TestFactory
    Stream<DynamicTest> keepNaN() {
        float[] numbers = new float[4 * 1024];
        for (int i = 0; i < numbers.length; i++) {
            int signAndQuiet = (i & 1) << 31 | (i & 2) << 21;
            numbers[i] = Float.intBitsToFloat(0x7f800000 | signAndQuiet | (i / 4 + 1));
        }
        HostTensor x = HostTensor.ofFloats(numbers, numbers.length / 2, 2);
        Stream<Op> functions = Stream.of(UnaryOp.Kind.values())
                .filter(kind -> kind != UnaryOp.Kind.NOT)
                .map(UnaryOp::new);
        Stream<Op> activations = Stream.of(ActivationOp.Kind.values()).map(ActivationOp::new);
        return Stream.of(functions, activations, Stream.of(new SoftmaxOp(1)))
                .flatMap(ops -> ops)
                .map(op -> DynamicTest.dynamicTest(op.toString(), () -> {
                    HostTensor y = compiled(op, x);
                    for (int i = 0; i < numbers.length; i++) {
                        assertThat(y.getDouble(i))
                                .as("of %08x", Float.floatToRawIntBits(numbers[i]))
                                .isNaN();
                    }
                }));
    }

    /** An activation's largest error, in ulps of its result or, where that is said, of its argument. */
    private record ActivationBound(ActivationOp.Kind kind, double ulps, boolean ofArgument) {}

    @TestFactory
    Stream<DynamicTest> activationsAreAsExactAsStated() {
        return Stream.of(
                        new ActivationBound(ActivationOp.Kind.SIGMOID, 2.5, false),
                        new ActivationBound(ActivationOp.Kind.SILU, 2.5, false),
                        new ActivationBound(ActivationOp.Kind.GELU, 2.6, true))
                .map(bound -> DynamicTest.dynamicTest(bound.kind.name(), () -> {
                    for (long first = 0; first < FLOATS; first += BLOCK) {
                        check(bound, block(first));
                    }
                    float[] common = new float[BLOCK];
                    for (int i = 0; i < BLOCK; i++) {
                        common[i] = (i - BLOCK / 2) * (16f / BLOCK);
                    }
                    check(bound, common);
                }));
    }

    /* What e^x is off by because log 2 is taken off x as one float. */
    private static double reduced(double x, double result) {
        return Math.abs(x) * 2.75e-9 * Math.abs(result);
    }

    /** e^x / (1 + e^x), the softmax of x and 0: what is rounded there are the power, the sum, its reciprocal and the product. */
    @Test
    void softmaxIsAsExactAsStated() {
        float[] numbers = new float[2 * BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            numbers[2 * i] = (i - BLOCK + 1) * (128f / BLOCK);
        }
        HostTensor x = HostTensor.ofFloats(numbers, BLOCK, 2);
        Op op = new SoftmaxOp(1);
        HostTensor actual = compiled(op, x);
        HostTensor expected = inDouble(op, x);
        for (int i = 0; i < numbers.length; i += 2) {
            double wanted = expected.getDouble(i);
            boolean isNormal = numbers[i] >= -87;
            double allowed = isNormal ? 3 * Math.ulp((float) wanted) + reduced(numbers[i], wanted) : Float.MIN_NORMAL;
            assertThat(Math.abs(actual.getDouble(i) - wanted))
                    .as("softmax(%s, 0)", numbers[i])
                    .isLessThanOrEqualTo(allowed);
            if (numbers[i] < -88) {
                assertThat(actual.getDouble(i)).isZero();
            }
        }
    }

    private static void check(ActivationBound bound, float[] floats) {
        HostTensor x = HostTensor.ofFloats(floats, floats.length);
        Op op = new ActivationOp(bound.kind);
        HostTensor actual = compiled(op, x);
        HostTensor expected = inDouble(op, x);
        for (int i = 0; i < floats.length; i++) {
            float got = (float) actual.getDouble(i);
            double wanted = expected.getDouble(i);
            if (!Float.isFinite(floats[i])) {
                boolean isLeast = floats[i] == Float.NEGATIVE_INFINITY;
                if (isLeast && bound.kind != ActivationOp.Kind.GELU) {
                    // torch's silu has NaN there.
                    assertThat(Math.abs(got)).isLessThan(1e-36f);
                } else {
                    assertThat(Float.valueOf(got)).isEqualTo(Float.valueOf(isLeast ? Float.NaN : (float) wanted));
                }
                continue;
            }
            double unit = Math.ulp(bound.ofArgument ? floats[i] : (float) wanted);
            double reduced = bound.kind == ActivationOp.Kind.GELU ? 0 : reduced(floats[i], wanted);
            // Where 1 / (1 + e^-x) is no normal number it may be anything below that.
            double allowed = Math.max(bound.ulps * unit + reduced, Math.abs(floats[i]) * Float.MIN_NORMAL);
            assertThat(Math.abs(got - wanted))
                    .as("%s(%s): got %s, wanted %s", bound.kind, floats[i], got, wanted)
                    .isLessThanOrEqualTo(allowed);
        }
    }
}
