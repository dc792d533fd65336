package io.github.tintype.schedulers;

/** The numpy functions behind the tables, in double and with numpy's order of operations. */
final class Grid {
    private Grid() {}

    /** numpy.linspace: i · step + start, the end exact. */
    static double[] linspace(double start, double stop, int n) {
        double[] grid = new double[n];
        double step = (stop - start) / (n - 1);
        for (int i = 0; i < n; i++) {
            grid[i] = n == 1 ? start : i * step + start;
        }
        if (n > 1) {
            grid[n - 1] = stop;
        }
        return grid;
    }

    /** numpy.arange: the increment is the rounded second value minus the first. */
    static double[] arange(double start, double stop, double step) {
        int n = (int) Math.ceil((stop - start) / step);
        double delta = (start + step) - start;
        double[] grid = new double[n];
        for (int i = 0; i < n; i++) {
            grid[i] = start + i * delta;
        }
        return grid;
    }

    static double[] reversed(double[] values) {
        double[] reversed = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            reversed[i] = values[values.length - 1 - i];
        }
        return reversed;
    }

    /** Halves to even. */
    static double[] rounded(double[] values) {
        double[] rounded = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = Math.rint(values[i]);
        }
        return rounded;
    }

    /** Towards zero, as a conversion to integer does. */
    static double[] truncated(double[] values) {
        double[] truncated = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            truncated[i] = (double) (long) values[i];
        }
        return truncated;
    }

    /** numpy.interp of table over its indices: outside the table its ends. */
    static double[] interpolate(double[] at, float[] table) {
        double[] values = new double[at.length];
        for (int i = 0; i < at.length; i++) {
            values[i] = interpolate(at[i], table);
        }
        return values;
    }

    private static double interpolate(double at, float[] table) {
        int last = table.length - 1;
        if (at <= 0) {
            return table[0];
        }
        if (at >= last) {
            return table[last];
        }
        int low = (int) Math.floor(at);
        double slope = (double) table[low + 1] - table[low];
        return slope * (at - low) + table[low];
    }

    static double[] widened(float[] values) {
        double[] widened = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            widened[i] = values[i];
        }
        return widened;
    }

    static float[] narrowed(double[] values) {
        float[] narrowed = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrowed[i] = (float) values[i];
        }
        return narrowed;
    }

    /** values and then one more. */
    static double[] appended(double[] values, double last) {
        double[] longer = java.util.Arrays.copyOf(values, values.length + 1);
        longer[values.length] = last;
        return longer;
    }
}
