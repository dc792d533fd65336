package io.github.tintype.loop.lower;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.loop.Expression.Function;
import io.github.tintype.loop.Expression.Operation;
import io.github.tintype.loop.Expression.Relation;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;

/**
 * Functions of F32 written in the operations of the loop IR, so that every target computes the same. Largest errors, in units in the last place of the
 * result, over a sweep of all floats, are stated with each and held by MathFunctionsTest. All are right at ±0, ±∞ and NaN, and keep denormals.
 */
final class MathFunctions {
    private final BodyBuilder b;

    MathFunctions(BodyBuilder b) {
        this.b = b;
    }

    /** Whether an activation has a formula of its own here; the others are computed as they decompose. */
    static boolean has(ActivationOp.Kind kind) {
        return switch (kind) {
            case SIGMOID, SILU, QUICK_GELU, GELU -> true;
            case GELU_TANH, RELU -> false;
        };
    }

    /** An activation that has one. */
    Value activation(ActivationOp.Kind kind, Value x) {
        return switch (kind) {
            case SIGMOID -> gated(b.f32(1), atLeast(-88, x));
            case SILU -> silu(atLeast(-88, x));
            case QUICK_GELU -> quickGelu(atLeast(-51.7, x));
            case GELU -> gelu(x);
            case GELU_TANH, RELU -> throw new IllegalArgumentException(kind.name());
        };
    }

    /* A polynomial by Horner's rule, highest coefficient first. */
    private Value polynomial(Value x, double... coefficients) {
        Value sum = b.number(x.type(), coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            sum = b.fma(sum, x, b.number(x.type(), coefficients[i]));
        }
        return sum;
    }

    private Value sign(Value x) {
        return b.binary(Operation.AND, b.bits(ValueType.I32, x), b.i32(Integer.MIN_VALUE));
    }

    private Value withSign(Value magnitude, Value sign) {
        return b.bits(ValueType.F32, b.binary(Operation.OR, b.bits(ValueType.I32, magnitude), sign));
    }

    /** eˣ: 1 ulp. */
    Value exp(Value x) {
        // Beyond these the result is 0 or infinite. NaN compares with nothing and stays.
        Value bounded = between(x, -104, 89);
        Whole n = whole(bounded, 1, 0);
        Value rest = b.fma(n.number, b.f32(-0.693359375), bounded);
        rest = b.fma(n.number, b.f32(2.12194440e-4), rest);
        Value mantissa = b.add(expLess1(rest, 1), b.f32(1));
        // In two steps: 2^n itself may not be a normal number.
        Value half = b.binary(Operation.AND, b.binary(Operation.SHR, n.places, b.i32(1)), b.i32(0xff800000));
        return b.mul(b.mul(mantissa, power(half)), power(b.sub(n.places, half)));
    }

    /**
     * eˣ for x ≤ 0 or NaN: 1 ulp, and what x is worth within 1/20 of its last place; 0 below −87.7, where it is no normal number any more. The x of a softmax is rounded itself, by up to half of its
     * last place.
     */
    Value expOfNegative(Value x) {
        // There n is −127, whose power is 0 here.
        return nearExp(atLeast(-88.3, x), 1, 0);
    }

    /* NaN stays. */
    private Value between(Value x, double least, double greatest) {
        return atLeast(least, atMost(greatest, x));
    }

    /* NaN stays. */
    private Value atLeast(double least, Value x) {
        return b.select(b.compare(Relation.LT, x, b.f32(least)), b.f32(least), x);
    }

    /* NaN stays. */
    private Value atMost(double greatest, Value x) {
        return b.select(b.compare(Relation.GT, x, b.f32(greatest)), b.f32(greatest), x);
    }

    private Value silu(Value x) {
        return gated(x, x);
    }

    private Value quickGelu(Value x) {
        return gated(x, b.mul(x, b.f32(1.702)));
    }

    /*
     * x / (1 + e⁻ᵗ) for t from −88, where it is next to nothing, upwards: 2.5 ulp, and what t is worth within 1/20 of its last place. Below, what calls it stays at −88, so that it is as little at −∞, where torch's silu has NaN.
     */
    private Value gated(Value x, Value t) {
        // Above 87 e⁻ᵗ is nothing beside 1.
        return b.div(x, nearExp(atMost(87, t), -1, 1));
    }

    /*
     * e^x + plus, or e^−x + plus, where sign is −1, where 2^n is a normal number or 0: for sign · x from −88.3 to 88. NaN stays. Log 2 is taken off in one step, by the float next to it: that is off by
     * 2.75 · 10^−9 of x.
     */
    private Value nearExp(Value x, int sign, double plus) {
        Whole n = whole(x, sign, 127);
        Value rest = b.fma(n.number, b.f32(sign * -0.6931471805599453), x);
        Value power = b.bits(ValueType.F32, n.places);
        return b.fma(expLess1(rest, sign), power, plus == 0 ? power : b.add(power, b.f32(plus)));
    }

    /* n, and n + bias at an exponent's place. */
    private record Whole(Value number, Value places) {}

    /* The whole number n next to x · log₂ e, or to −x · log₂ e. */
    private Whole whole(Value x, int sign, int bias) {
        // Adding 1.5 · 2^23 rounds to a whole number, which then is in the low bits.
        Value anchor = b.f32(0x1.8p23 + bias);
        Value shifted = b.fma(x, b.f32(sign * 1.4426950408889634), anchor);
        return new Whole(b.sub(shifted, anchor), b.binary(Operation.SHL, b.bits(ValueType.I32, shifted), b.i32(23)));
    }

    /*
     * e^r − 1, or e^−r − 1, where sign is −1, for r between −½ log 2 and ½ log 2. The polynomial is (e^r − 1 − r) / r² there, by Remez' algorithm for the least relative error of e^r, 0.05 · 2^−24.
     */
    private Value expLess1(Value r, int sign) {
        // By pairs: half as long a chain of dependent operations as Horner's rule, which is what the processor waits
        // for.
        Value square = b.mul(r, r);
        Value high = b.fma(r, b.f32(sign * 0.008368745099345836), b.f32(0.04166839078728386));
        Value low = b.fma(r, b.f32(sign * 0.16666520399141369), b.f32(0.4999999343212047));
        Value p = b.fma(b.fma(square, b.f32(0.001381453991857932), high), square, low);
        return b.fma(p, square, sign > 0 ? r : b.unary(Function.NEG, r));
    }

    /* 2^n for −126 ≤ n ≤ 127, infinite for 128; n at the exponent's place. */
    private Value power(Value places) {
        return b.bits(ValueType.F32, b.add(places, b.i32(127 << 23)));
    }

    /** The natural logarithm: 1 ulp. Source of the polynomial: Cephes logf. */
    Value log(Value x) {
        Value isSmall = b.compare(Relation.LT, x, b.f32(Float.MIN_NORMAL));
        Value normal = b.select(isSmall, b.mul(x, b.f32(0x1p25)), x);
        Value bits = b.bits(ValueType.I32, normal);
        // The mantissa is taken between √½ and √2.
        Value shifted = b.sub(bits, b.i32(0x3f3504f3));
        Value exponent = b.binary(Operation.SHR, shifted, b.i32(23));
        Value m = b.bits(ValueType.F32, b.sub(bits, b.binary(Operation.SHL, exponent, b.i32(23))));
        Value e = b.cast(ValueType.F32, b.sub(exponent, b.select(isSmall, b.i32(25), b.i32(0))));
        Value f = b.sub(m, b.f32(1));
        Value square = b.mul(f, f);
        Value p = polynomial(
                f,
                7.0376836292E-2,
                -1.1514610310E-1,
                1.1676998740E-1,
                -1.2420140846E-1,
                1.4249322787E-1,
                -1.6668057665E-1,
                2.0000714765E-1,
                -2.4999993993E-1,
                3.3333331174E-1);
        Value y = b.mul(b.mul(f, square), p);
        y = b.fma(e, b.f32(-2.12194440e-4), y);
        y = b.fma(b.f32(-0.5), square, y);
        Value result = b.fma(e, b.f32(0.693359375), b.add(f, y));
        Value infinity = b.f32(Float.POSITIVE_INFINITY);
        // Neither below infinity nor NaN: itself. Zero: −∞. Below zero: NaN.
        Value isFinite = b.compare(Relation.LT, x, infinity);
        Value large = b.select(isFinite, result, x);
        Value zero = b.select(b.compare(Relation.EQ, x, b.f32(0)), b.f32(Float.NEGATIVE_INFINITY), large);
        return b.select(b.compare(Relation.LT, x, b.f32(0)), b.f32(Float.NaN), zero);
    }

    /** The hyperbolic tangent: 2 ulp. Source of the polynomial: Cephes tanhf. */
    Value tanh(Value x) {
        Value size = b.unary(Function.ABS, x);
        Value square = b.mul(x, x);
        Value p = polynomial(
                square, -5.70498872745E-3, 2.06390887954E-2, -5.37397155531E-2, 1.33314422036E-1, -3.33332819422E-1);
        Value small = b.fma(b.mul(p, square), x, x);
        // From 10 on the result is 1.
        Value t = atMost(10, size);
        Value large = b.sub(b.f32(1), b.div(b.f32(2), nearExp(b.add(t, t), 1, 1)));
        return withSign(b.select(b.compare(Relation.GE, size, b.f32(0.625)), large, small), sign(x));
    }

    /** The error function: 2 ulp. Source of the polynomials: N. Juffa, "erff with less than 1 ulp", 2017. */
    Value erf(Value x) {
        Value size = b.unary(Function.ABS, x);
        // From 4 on the result is 1.
        Value t = atMost(4, size);
        Value square = b.mul(t, t);
        Value r = b.fma(b.f32(-1.72853470e-5), t, b.f32(3.83197126e-4));
        Value u = b.fma(b.f32(-3.88396438e-3), t, b.f32(2.42546219e-2));
        r = b.fma(r, square, u);
        r = b.fma(r, t, b.f32(-1.06777877e-1));
        r = b.fma(r, t, b.f32(-6.34846687e-1));
        r = b.fma(r, t, b.f32(-1.28717512e-1));
        r = b.fma(r, t, b.unary(Function.NEG, t));
        Value large = withSign(b.sub(b.f32(1), nearExp(r, 1, 0)), sign(x));
        Value p = polynomial(
                square, -5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1);
        Value small = b.fma(p, x, x);
        return b.select(b.compare(Relation.GT, size, b.f32(0.927734375)), large, small);
    }

    /**
     * x · (1 + erf(x / √2)) / 2: within 2.6 ulp of x. It is x/2 + |x| · r, where r = erf(|x| / √2) / 2 is a rational function of |x| up to 5.6, off by 0.31 · 2^−25 at most, its
     * coefficients rounded so that their errors cancel; at 5.6 it is ½, so that all below −5.6 is 0. NaN at −∞, as torch has it.
     */
    Value gelu(Value x) {
        Value size = b.unary(Function.ABS, x);
        Value t = atMost(5.6, size);
        Value square = b.mul(t, t);
        Value above = polynomial(
                square,
                2.214528826982587e-08,
                6.356541689456208e-06,
                0.00017385119281243533,
                0.004707262385636568,
                0.03437614440917969,
                0.398942232131958);
        Value below = polynomial(
                square,
                1.1802122799053905e-06,
                7.510212162742391e-05,
                0.0019129806896671653,
                0.0289401113986969,
                0.25283393263816833,
                1);
        Value r = b.div(b.mul(t, above), below);
        return b.fma(size, r, b.mul(x, b.f32(0.5)));
    }

    /** 1 / √x: 1 ulp. */
    Value rsqrt(Value x) {
        return b.div(b.number(x.type(), 1), b.unary(Function.SQRT, x));
    }

    /** The sine: 1 ulp. */
    Value sin(Value x) {
        Quarter q = quarter(x);
        Value odd = b.compare(Relation.EQ, b.binary(Operation.AND, q.turns, b.i32(1)), b.i32(1));
        Value magnitude = b.cast(ValueType.F32, b.select(odd, cosine(q.angle), sine(q.angle)));
        Value lower = b.binary(Operation.SHL, b.binary(Operation.AND, q.turns, b.i32(2)), b.i32(30));
        return flipped(magnitude, b.binary(Operation.XOR, lower, sign(x)));
    }

    /** The cosine: 1 ulp. */
    Value cos(Value x) {
        Quarter q = quarter(x);
        Value odd = b.compare(Relation.EQ, b.binary(Operation.AND, q.turns, b.i32(1)), b.i32(1));
        Value magnitude = b.cast(ValueType.F32, b.select(odd, sine(q.angle), cosine(q.angle)));
        Value left = b.binary(Operation.AND, b.add(q.turns, b.i32(1)), b.i32(2));
        return flipped(magnitude, b.binary(Operation.SHL, left, b.i32(30)));
    }

    private Value flipped(Value magnitude, Value signs) {
        return b.bits(ValueType.F32, b.binary(Operation.XOR, b.bits(ValueType.I32, magnitude), signs));
    }

    /* |x| as quarter turns and what is left of the angle, −π/4 to π/4. */
    private record Quarter(Value turns, Value angle) {}

    /*
     * |x| · 2/π, of which only what exceeds multiples of 4 matters. 2/π is cut into pieces of 29 bits, whose products with a float are
     * exact in F64; 7 of them reach beyond the last place of the largest float.
     */
    private static final int[] TWO_OVER_PI = {
        0x145f306d, 0x19391054, 0x14fe13ab, 0x1d1f534d, 0x1b81b6c5, 0x05664f10, 0x1c820ff2
    };

    private Quarter quarter(Value x) {
        Value size = b.cast(ValueType.F64, b.unary(Function.ABS, x));
        Value sum = b.f64(0);
        for (int i = 0; i < PIECES.length; i++) {
            Value product = b.mul(size, b.f64(PIECES[i]));
            Value fours = b.unary(Function.FLOOR, b.mul(product, b.f64(0.25)));
            sum = b.add(sum, b.sub(product, b.mul(fours, b.f64(4))));
        }
        Value turns = b.unary(Function.ROUND, sum);
        Value angle = b.mul(b.sub(sum, turns), b.f64(Math.PI / 2));
        return new Quarter(b.cast(ValueType.I32, turns), angle);
    }

    /* 2/π in pieces of 29 bits. */
    private static final double[] PIECES = pieces();

    private static double[] pieces() {
        double[] pieces = new double[TWO_OVER_PI.length];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = Math.scalb((double) TWO_OVER_PI[i], -29 * (i + 1));
        }
        return pieces;
    }

    private Value sine(Value x) {
        Value square = b.mul(x, x);
        Value p =
                polynomial(square, 1.0 / 6227020800.0, -1.0 / 39916800, 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6);
        return b.fma(b.mul(p, square), x, x);
    }

    private Value cosine(Value x) {
        return polynomial(
                b.mul(x, x),
                -1.0 / 87178291200.0,
                1.0 / 479001600,
                -1.0 / 3628800,
                1.0 / 40320,
                -1.0 / 720,
                1.0 / 24,
                -0.5,
                1);
    }
}
