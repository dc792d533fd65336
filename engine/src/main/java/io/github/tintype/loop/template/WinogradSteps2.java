package io.github.tintype.loop.template;

import io.github.tintype.loop.Value;

/** {@link WinogradForm#F2}: sums and differences alone. */
record WinogradSteps2(TileBuilder b) implements WinogradSteps {
    /** G [4][3], in double: what filters are transformed by once. */
    static final double[][] G = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

    @Override
    public Value[] tile(Value[] d) {
        return new Value[] {b.sub(d[0], d[2]), b.add(d[1], d[2]), b.sub(d[2], d[1]), b.sub(d[1], d[3])};
    }

    @Override
    public Value[] result(Value[] m) {
        return new Value[] {b.add(b.add(m[0], m[1]), m[2]), b.sub(b.sub(m[1], m[2]), m[3])};
    }
}
