package io.github.tintype.image;

import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.ShapeException;

/** How near one picture, or one set of latents, comes to another: what a cheaper way of computing costs. */
public final class ImageQuality {
    /* Of SSIM: a window of 11 by 11 with these weights, and what keeps quotients from 0. */
    private static final int RADIUS = 5;
    private static final double SIGMA = 1.5;
    private static final double C1 = 0.01 * 0.01;
    private static final double C2 = 0.03 * 0.03;

    private ImageQuality() {}

    /**
     * Peak signal-to-noise ratio of values in 0..1, in dB; infinite for equal ones.
     *
     * @throws ShapeException if the shapes differ
     */
    public static double psnr(HostTensor got, HostTensor wanted) {
        return psnr(got, wanted, 1);
    }

    /**
     * The same of values whose largest is {@code peak}.
     *
     * @throws ShapeException if the shapes differ
     */
    public static double psnr(HostTensor got, HostTensor wanted, double peak) {
        requireAlike(got, wanted);
        double squares = 0;
        for (long i = 0; i < wanted.elements(); i++) {
            double difference = got.getDouble(i) - wanted.getDouble(i);
            squares += difference * difference;
        }
        return 10 * Math.log10(peak * peak / (squares / wanted.elements()));
    }

    /**
     * Cosine of the angle between two tensors as vectors; 1 for equal ones.
     *
     * @throws ShapeException if the shapes differ
     */
    public static double cosine(HostTensor got, HostTensor wanted) {
        requireAlike(got, wanted);
        double product = 0;
        double ofGot = 0;
        double ofWanted = 0;
        for (long i = 0; i < wanted.elements(); i++) {
            double a = got.getDouble(i);
            double b = wanted.getDouble(i);
            product += a * b;
            ofGot += a * a;
            ofWanted += b * b;
        }
        return ofGot == ofWanted && product == ofGot ? 1 : product / Math.sqrt(ofGot * ofWanted);
    }

    /**
     * The largest difference of two elements.
     *
     * @throws ShapeException if the shapes differ
     */
    public static double maxAbs(HostTensor got, HostTensor wanted) {
        requireAlike(got, wanted);
        double most = 0;
        for (long i = 0; i < wanted.elements(); i++) {
            most = Math.max(most, Math.abs(got.getDouble(i) - wanted.getDouble(i)));
        }
        return most;
    }

    /**
     * Structural similarity of two pictures [c,h,w] in 0..1, the mean over channels and places; 1 for equal ones. Windows end at the border, where their weights are
     * shared out among what is inside. Source: Wang, Bovik, Sheikh, Simoncelli: Image quality assessment, IEEE TIP 2004.
     *
     * @throws ShapeException if the shapes differ or aren't of rank 3
     */
    public static double ssim(HostTensor got, HostTensor wanted) {
        requireAlike(got, wanted);
        if (wanted.shape().rank() != 3) {
            throw new ShapeException("ssim: got %s, wanted [c,h,w]".formatted(wanted.type()));
        }
        int height = Math.toIntExact(wanted.shape().size(1));
        int width = Math.toIntExact(wanted.shape().size(2));
        int plane = height * width;
        double sum = 0;
        for (int channel = 0; channel < wanted.shape().size(0); channel++) {
            double[] a = values(got, channel, plane);
            double[] b = values(wanted, channel, plane);
            double[] meanA = blurred(a, height, width);
            double[] meanB = blurred(b, height, width);
            double[] squareA = blurred(products(a, a), height, width);
            double[] squareB = blurred(products(b, b), height, width);
            double[] product = blurred(products(a, b), height, width);
            for (int i = 0; i < plane; i++) {
                double both = meanA[i] * meanB[i];
                double squares = meanA[i] * meanA[i] + meanB[i] * meanB[i];
                double variances = squareA[i] - meanA[i] * meanA[i] + squareB[i] - meanB[i] * meanB[i];
                sum += (2 * both + C1) * (2 * (product[i] - both) + C2) / ((squares + C1) * (variances + C2));
            }
        }
        return sum / wanted.elements();
    }

    private static double[] values(HostTensor image, int channel, int plane) {
        double[] values = new double[plane];
        for (int i = 0; i < plane; i++) {
            values[i] = image.getDouble((long) channel * plane + i);
        }
        return values;
    }

    private static double[] products(double[] a, double[] b) {
        double[] products = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            products[i] = a[i] * b[i];
        }
        return products;
    }

    /* Rows, then columns. */
    private static double[] blurred(double[] values, int height, int width) {
        double[] rows = new double[values.length];
        double[] both = new double[values.length];
        for (int y = 0; y < height; y++) {
            blur(values, y * width, 1, width, rows);
        }
        for (int x = 0; x < width; x++) {
            blur(rows, x, width, height, both);
        }
        return both;
    }

    private static void blur(double[] from, int begin, int step, int count, double[] to) {
        for (int i = 0; i < count; i++) {
            double sum = 0;
            double weights = 0;
            for (int j = Math.max(0, i - RADIUS); j <= Math.min(count - 1, i + RADIUS); j++) {
                double weight = Math.exp(-(i - j) * (i - j) / (2 * SIGMA * SIGMA));
                sum += weight * from[begin + j * step];
                weights += weight;
            }
            to[begin + i * step] = sum / weights;
        }
    }

    private static void requireAlike(HostTensor got, HostTensor wanted) {
        if (!got.shape().equals(wanted.shape())) {
            throw new ShapeException("quality: got %s and %s, wanted one shape".formatted(got.type(), wanted.type()));
        }
    }
}
