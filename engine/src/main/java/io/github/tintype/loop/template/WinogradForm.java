package io.github.tintype.loop.template;

/**
 * How many results a tile of Winograd's F(r×r, 3×3) has: y = Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A gives r×r results of a 3×3 filter g from a tile d of (r+2)×(r+2) with as many products.
 *
 * <p>Source: Lavin, Gray: Fast Algorithms for Convolutional Neural Networks, arXiv:1509.09308; matrices for any points after Toom and Cook.
 */
public enum WinogradForm {
    /** 16 products instead of 36, of filters 16/9 as large. Points 0, ±1 and ∞: rms error 5e-7 of results of size 1 (320 channels), where oneDNN's sums have 9e-7. */
    F2(2, WinogradSteps2.G),
    /**
     * 36 products instead of 144, of filters four times as large. Points 0, ±1/√2, ±√2 and ∞, which halve the error of the usual 0, ±1, ±2 and ∞ (likewise: rms 1.6e-6
     * against 3.1e-6).
     */
    F4(4, WinogradSteps4.G);

    private final int result;
    private final double[][] g;

    WinogradForm(int result, double[][] g) {
        this.result = result;
        this.g = g;
    }

    /** Results along a side of a tile. */
    public int result() {
        return result;
    }

    /** Elements along a side of a tile. */
    public int tile() {
        return result + 2;
    }

    /** In how many parts a tile or filter falls. */
    public int parts() {
        return tile() * tile();
    }

    /** Tiles along a side of so many pixels. */
    public long tiles(long pixels) {
        return Math.ceilDiv(pixels, result);
    }

    /** How many times as large as the largest tap an element of a transformed filter may be. */
    public double growth() {
        double most = 0;
        for (double[] row : g) {
            most = Math.max(most, Math.abs(row[0]) + Math.abs(row[1]) + Math.abs(row[2]));
        }
        return most * most;
    }

    /**
     * G g Gᵀ of several filters side by side, computed in double.
     *
     * @param taps [9][filters]: row by row
     * @param parts gets the {@link #parts} of each, those of one part side by side: part k of filter i at {@code at + k · stride + i}
     */
    public void transformFilters(double[][] taps, float[] parts, int at, int stride) {
        int count = taps[0].length;
        double[][] row = new double[3][count];
        for (int i = 0; i < g.length; i++) {
            for (int column = 0; column < row.length; column++) {
                combine(g[i], taps[column], taps[column + 3], taps[column + 6], row[column]);
            }
            for (int j = 0; j < g.length; j++) {
                combine(g[j], row, parts, at + (i * g.length + j) * stride);
            }
        }
    }

    /* Loops that the JVM's compiler makes vector code of. */
    private static void combine(double[] by, double[] x, double[] y, double[] z, double[] sum) {
        for (int k = 0; k < sum.length; k++) {
            sum[k] = by[0] * x[k] + by[1] * y[k] + by[2] * z[k];
        }
    }

    private static void combine(double[] by, double[][] row, float[] sum, int at) {
        double[] x = row[0];
        double[] y = row[1];
        double[] z = row[2];
        for (int k = 0; k < x.length; k++) {
            sum[at + k] = (float) (by[0] * x[k] + by[1] * y[k] + by[2] * z[k]);
        }
    }

    /** What writes the transforms of tiles and products. */
    WinogradSteps steps(TileBuilder b) {
        return switch (this) {
            case F2 -> new WinogradSteps2(b);
            case F4 -> new WinogradSteps4(b);
        };
    }

    /** As text: {@code 4x4}. */
    @Override
    public String toString() {
        return result + "x" + result;
    }
}
