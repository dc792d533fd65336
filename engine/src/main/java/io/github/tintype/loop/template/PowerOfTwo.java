package io.github.tintype.loop.template;

import io.github.tintype.loop.Expression.Operation;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * 2ˣ for x ≤ 0, to 1 ulp or, if it is {@link #rounded} to BF16 anyhow, to 2⁻¹⁸ of itself: 1 at 0, 0 from −126.5 downwards, where results are no normal numbers any more, and NaN for NaN. A softmax takes one of it for each score, and so few
 * operations are left of an exponential for all floats.
 */
final class PowerOfTwo {
    /* Adding it rounds to a whole number, which then is in the low bits, and makes an exponent of that. */
    private static final double ANCHOR = 0x1.8p23 + 127;

    /* From here downwards the exponent is that of 0. */
    private static final double LEAST = -127;

    private static final int EXPONENT_PLACE = 23;

    /* 2^r between −½ and ½ by Remez' algorithm, for the least relative error, 0.03 · 2^−24; highest coefficient first. */
    private static final double[] COEFFICIENTS = {
        0.00015345812158740183,
        0.001339993120947414,
        0.009618488956522791,
        0.055503287769976636,
        0.24022646890639573,
        0.6931472057372526,
        1
    };

    /* Likewise, 2^−18.6. */
    private static final double[] COARSE = {
        0.009570101911165427, 0.055917860319388245, 0.2402474482786378, 0.6931218147366892, 0.9999992614457122
    };

    private final TileBuilder b;
    private final Value anchor;
    private final Value least;
    private final Value place;
    private final Value[] coefficients;

    PowerOfTwo(TileBuilder b) {
        this(b, COEFFICIENTS);
    }

    /** For what is rounded to BF16. */
    static PowerOfTwo rounded(TileBuilder b) {
        return new PowerOfTwo(b, COARSE);
    }

    private PowerOfTwo(TileBuilder b, double[] numbers) {
        this.b = b;
        anchor = b.f32(ANCHOR);
        least = b.f32(LEAST);
        place = b.i32(EXPONENT_PLACE);
        coefficients = map(numbers.length, i -> b.f32(numbers[i]));
    }

    /**
     * Of several at once, step by step. Each is one chain of a dozen operations, longer than what a processor looks ahead: one after the other took one and a half times as
     * long as four side by side (Zen 3).
     */
    Value[] of(Value... x) {
        int count = x.length;
        Value[] near = map(count, i -> b.larger(least, x[i]));
        Value[] anchored = map(count, i -> b.add(near[i], anchor));
        Value[] whole = map(count, i -> b.sub(anchored[i], anchor));
        Value[] rest = map(count, i -> b.sub(near[i], whole[i]));
        Value[] p = map(count, _ -> coefficients[0]);
        for (int k = 1; k < coefficients.length; k++) {
            Value coefficient = coefficients[k];
            Value[] before = p;
            p = map(count, i -> b.fma(before[i], rest[i], coefficient));
        }
        Value[] mantissas = p;
        return map(count, i -> {
            Value bits = b.binary(Operation.SHL, b.bits(ValueType.I32, anchored[i]), place);
            return b.mul(mantissas[i], b.bits(ValueType.F32, bits));
        });
    }

    private static Value[] map(int count, IntFunction<Value> of) {
        Value[] values = new Value[count];
        Arrays.setAll(values, of);
        return values;
    }
}
