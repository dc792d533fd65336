package io.github.tintype.image;

import java.util.function.UnaryOperator;

/**
 * Filters for scaling, with Pillow's names and arithmetic: the filter widens when shrinking, weights are fixed-point numbers
 * of 22 bits, one direction after the other, rounded to 8 bits after each.
 *
 * <p>Source: Pillow's Resample.c; the order of directions is that of Pillow 13 (older ones always shrink the width first).
 */
public enum Resample {
    /** The one pixel that lies under the middle of the new one. */
    NEAREST(0),
    /** Triangle. */
    BILINEAR(1),
    /** Keys' cubic, a = −0.5. */
    BICUBIC(2),
    /** Sinc windowed by a sinc of three lobes. */
    LANCZOS(3);

    private static final int PRECISION = 22;

    private final double support;

    Resample(double support) {
        this.support = support;
    }

    /** {@code image} in another size. Colours are weighted with their alpha. */
    public Pixels resize(Pixels image, int width, int height) {
        return resize(image, width, height, 0, image.height(), 0, image.width());
    }

    /** A box of {@code image}, in pixels, scaled; an empty box at an edge repeats what is near it. */
    Pixels resize(Pixels image, int width, int height, double top, double bottom, double left, double right) {
        boolean rows = height != image.height() || top != 0 || bottom != height;
        boolean columns = width != image.width() || left != 0 || right != width;
        if (!rows && !columns) {
            return image;
        }
        if (this == NEAREST) {
            return nearest(image, width, height);
        }
        if (image.channels() == 4) {
            Pixels scaled = resizeSamples(Alpha.multiply(image), width, height, top, bottom, left, right);
            return Alpha.divide(scaled);
        }
        return resizeSamples(image, width, height, top, bottom, left, right);
    }

    private Pixels resizeSamples(
            Pixels image, int width, int height, double top, double bottom, double left, double right) {
        UnaryOperator<Pixels> horizontal = width != image.width() || left != 0 || right != width
                ? pixels -> horizontal(pixels, new Weights(this, image.width(), left, right, width))
                : UnaryOperator.identity();
        UnaryOperator<Pixels> vertical = height != image.height() || top != 0 || bottom != height
                ? pixels -> vertical(pixels, new Weights(this, image.height(), top, bottom, height))
                : UnaryOperator.identity();
        return verticalFirst(image, width, height)
                ? horizontal.apply(vertical.apply(image))
                : vertical.apply(horizontal.apply(image));
    }

    /* Where the height loses more than twice what the width does. */
    private static boolean verticalFirst(Pixels image, int width, int height) {
        return height < image.height() && image.height() - height > 2 * (image.width() - width);
    }

    private static Pixels nearest(Pixels image, int width, int height) {
        int channels = image.channels();
        int[] columns = nearest(image.width(), width);
        int[] rows = nearest(image.height(), height);
        byte[] out = new byte[width * height * channels];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                System.arraycopy(
                        image.data(),
                        (rows[y] * image.width() + columns[x]) * channels,
                        out,
                        (y * width + x) * channels,
                        channels);
            }
        }
        return new Pixels(width, height, channels, out);
    }

    private static int[] nearest(int in, int out) {
        double step = (double) in / out;
        double at = step * 0.5;
        int[] from = new int[out];
        for (int i = 0; i < out; i++, at += step) {
            from[i] = Math.min((int) at, in - 1);
        }
        return from;
    }

    private static Pixels horizontal(Pixels image, Weights weights) {
        int channels = image.channels();
        int width = weights.first.length;
        byte[] in = image.data();
        byte[] out = new byte[width * image.height() * channels];
        for (int y = 0; y < image.height(); y++) {
            for (int x = 0; x < width; x++) {
                int[] k = weights.weights[x];
                int from = (y * image.width() + weights.first[x]) * channels;
                for (int c = 0; c < channels; c++) {
                    int sum = 1 << (PRECISION - 1);
                    for (int i = 0; i < k.length; i++) {
                        sum += (in[from + i * channels + c] & 0xff) * k[i];
                    }
                    out[(y * width + x) * channels + c] = clip(sum);
                }
            }
        }
        return new Pixels(width, image.height(), channels, out);
    }

    private static Pixels vertical(Pixels image, Weights weights) {
        int height = weights.first.length;
        int stride = image.width() * image.channels();
        byte[] in = image.data();
        byte[] out = new byte[height * stride];
        for (int y = 0; y < height; y++) {
            int[] k = weights.weights[y];
            int from = weights.first[y] * stride;
            for (int x = 0; x < stride; x++) {
                int sum = 1 << (PRECISION - 1);
                for (int i = 0; i < k.length; i++) {
                    sum += (in[from + i * stride + x] & 0xff) * k[i];
                }
                out[y * stride + x] = clip(sum);
            }
        }
        return new Pixels(image.width(), height, image.channels(), out);
    }

    private static byte clip(int sum) {
        return (byte) Math.clamp(sum >> PRECISION, 0, 255);
    }

    private double filter(double x) {
        double a = Math.abs(x);
        return switch (this) {
            case NEAREST -> throw new IllegalStateException("nearest has no weights");
            case BILINEAR -> a < 1 ? 1 - a : 0;
            case BICUBIC -> a < 1 ? (1.5 * a - 2.5) * a * a + 1 : a < 2 ? ((a - 5) * a + 8) * a * -0.5 + 2 : 0;
            case LANCZOS -> x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
        };
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }

    /** For each new pixel: the first old one it is made of, and the weights of that and the following ones. */
    private static final class Weights {
        final int[] first;
        final int[][] weights;

        Weights(Resample filter, int in, double from, double to, int out) {
            first = new int[out];
            weights = new int[out][];
            double scale = (to - from) / out;
            double widening = Math.max(scale, 1);
            double support = filter.support * widening;
            for (int i = 0; i < out; i++) {
                double centre = from + (i + 0.5) * scale;
                first[i] = Math.max(0, (int) (centre - support + 0.5));
                int count = Math.min(in, (int) (centre + support + 0.5)) - first[i];
                double[] k = new double[count];
                double total = 0;
                for (int j = 0; j < count; j++) {
                    k[j] = filter.filter((j + first[i] - centre + 0.5) * (1 / widening));
                    total += k[j];
                }
                weights[i] = new int[count];
                for (int j = 0; j < count; j++) {
                    double weight = (total == 0 ? k[j] : k[j] / total) * (1 << PRECISION);
                    weights[i][j] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
                }
            }
        }
    }
}
