package io.github.tintype.loop.template;

import io.github.tintype.loop.Value;

/** {@link WinogradForm#F4} with as few operations as the matrices allow: rows of a point and its negative share their even and odd parts. */
final class WinogradSteps4 implements WinogradSteps {
    private static final double A = Math.sqrt(0.5);
    private static final double B = Math.sqrt(2);
    private static final double[] POINTS = {A, B};

    /** G [6][3], in double: what filters are transformed by once. */
    static final double[][] G = g();

    private final TileBuilder b;
    private final Value minusSum;
    private final Value[] points = new Value[2];
    private final Value[] minusSquares = new Value[2];
    private final Value[] minusOdd = new Value[2];
    private final Value[] squares = new Value[2];
    private final Value[] cubes = new Value[2];

    WinogradSteps4(TileBuilder b) {
        this.b = b;
        minusSum = b.f32(-(A * A + B * B));
        for (int i = 0; i < 2; i++) {
            double p = POINTS[i];
            double other = POINTS[1 - i];
            points[i] = b.f32(p);
            minusSquares[i] = b.f32(-other * other);
            minusOdd[i] = b.f32(-p * other * other);
            squares[i] = b.f32(p * p);
            cubes[i] = b.f32(p * p * p);
        }
    }

    private static double[][] g() {
        double product = A * A * B * B;
        double[][] g = new double[6][];
        g[0] = new double[] {1 / product, 0, 0};
        for (int i = 0; i < 2; i++) {
            double p = POINTS[i];
            double other = POINTS[1 - i];
            double n = 2 * p * p * (p * p - other * other);
            g[1 + 2 * i] = new double[] {1 / n, p / n, p * p / n};
            g[2 + 2 * i] = new double[] {1 / n, -p / n, p * p / n};
        }
        g[5] = new double[] {0, 0, 1};
        return g;
    }

    /* Since a² b² is 1, its rows of 0 and ∞ begin and end with d itself. */
    @Override
    public Value[] tile(Value[] d) {
        Value[] t = new Value[6];
        t[0] = b.fma(minusSum, d[2], b.add(d[0], d[4]));
        t[5] = b.fma(minusSum, d[3], b.add(d[1], d[5]));
        for (int i = 0; i < 2; i++) {
            Value even = b.fma(minusSquares[i], d[2], d[4]);
            Value odd = b.fma(points[i], d[3], b.mul(minusOdd[i], d[1]));
            t[1 + 2 * i] = b.add(even, odd);
            t[2 + 2 * i] = b.sub(even, odd);
        }
        return t;
    }

    @Override
    public Value[] result(Value[] m) {
        Value[] sums = {b.add(m[1], m[2]), b.add(m[3], m[4])};
        Value[] differences = {b.sub(m[1], m[2]), b.sub(m[3], m[4])};
        return new Value[] {
            b.add(b.add(m[0], sums[0]), sums[1]),
            b.fma(points[0], differences[0], b.mul(points[1], differences[1])),
            b.fma(squares[0], sums[0], b.mul(squares[1], sums[1])),
            b.fma(cubes[0], differences[0], b.fma(cubes[1], differences[1], m[5]))
        };
    }
}
