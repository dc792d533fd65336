package io.github.tintype.image;

import io.github.tintype.image.Pixels.Region;

/** What inpainting does with masks, white where something new is wanted. Source: diffusers image_processor.py; Pillow's BoxBlur.c. */
public final class InpaintMask {
    private static final int PASSES = 3;

    private InpaintMask() {}

    /** The mask with soft edges: Gaussian of standard deviation {@code radius} pixels, made of three box blurs each way. */
    public static Pixels blur(Pixels mask, int radius) {
        if (radius < 0) {
            throw new IllegalArgumentException("blur: got %d, wanted at least 0".formatted(radius));
        }
        if (radius == 0) {
            return mask.toGrey();
        }
        float box = boxRadius(radius);
        Pixels grey = mask.toGrey();
        byte[] data = grey.toBytes();
        for (int y = 0; y < grey.height(); y++) {
            blurLine(data, y * grey.width(), 1, grey.width(), box);
        }
        for (int x = 0; x < grey.width(); x++) {
            blurLine(data, x, grey.width(), grey.height(), box);
        }
        return new Pixels(grey.width(), grey.height(), 1, data);
    }

    private static float boxRadius(float radius) {
        float sigma2 = radius * radius / PASSES;
        float length = (float) Math.sqrt(12.0 * sigma2 + 1);
        float whole = (float) Math.floor((length - 1.0) / 2.0);
        float rest = (2 * whole + 1) * (whole * (whole + 1) - 3 * sigma2);
        rest /= 6 * (sigma2 - (whole + 1) * (whole + 1));
        return whole + rest;
    }

    private static void blurLine(byte[] data, int from, int step, int length, float box) {
        int radius = (int) box;
        long inner = (long) ((1 << 24) / (box * 2 + 1));
        long outer = ((1 << 24) - (radius * 2 + 1) * inner) / 2;
        int[] line = new int[length];
        for (int pass = 0; pass < PASSES; pass++) {
            for (int i = 0; i < length; i++) {
                line[i] = data[from + i * step] & 0xff;
            }
            for (int i = 0; i < length; i++) {
                long sum = 0;
                for (int j = i - radius; j <= i + radius; j++) {
                    sum += line[Math.clamp(j, 0, length - 1)];
                }
                int far = line[Math.max(0, i - radius - 1)] + line[Math.min(length - 1, i + radius + 1)];
                data[from + i * step] = (byte) ((sum * inner + far * outer + (1 << 23)) >> 24);
            }
        }
    }

    /**
     * The rectangle around what is white, {@code pad} pixels larger, with the aspect ratio of {@code width} to {@code height} as far
     * as the mask reaches.
     *
     * @throws IllegalArgumentException if the mask is black
     */
    public static Region cropRegion(Pixels mask, int width, int height, int pad) {
        Pixels grey = mask.toGrey();
        Region tight = whiteRegion(grey);
        int x1 = Math.max(tight.x1() - pad, 0);
        int y1 = Math.max(tight.y1() - pad, 0);
        int x2 = Math.min(tight.x2() + pad, grey.width());
        int y2 = Math.min(tight.y2() + pad, grey.height());
        double wanted = (double) width / height;
        if ((double) (x2 - x1) / (y2 - y1) > wanted) {
            int[] y = grow(y1, y2, (int) ((x2 - x1) / wanted - (y2 - y1)), grey.height());
            return new Region(x1, y[0], x2, y[1]);
        }
        int[] x = grow(x1, x2, (int) ((y2 - y1) * wanted - (x2 - x1)), grey.width());
        return new Region(x[0], y1, x[1], y2);
    }

    private static int[] grow(int from, int to, int by, int limit) {
        int start = from - by / 2;
        int end = to + by - by / 2;
        if (end >= limit) {
            start -= end - limit;
            end = limit;
        }
        if (start < 0) {
            end -= start;
            start = 0;
        }
        return new int[] {start, Math.min(end, limit)};
    }

    private static Region whiteRegion(Pixels grey) {
        int x1 = grey.width();
        int y1 = grey.height();
        int x2 = 0;
        int y2 = 0;
        for (int y = 0; y < grey.height(); y++) {
            for (int x = 0; x < grey.width(); x++) {
                if (grey.get(x, y, 0) != 0) {
                    x1 = Math.min(x1, x);
                    y1 = Math.min(y1, y);
                    x2 = Math.max(x2, x + 1);
                    y2 = Math.max(y2, y + 1);
                }
            }
        }
        if (x2 == 0) {
            throw new IllegalArgumentException("mask: got a black one, wanted something to paint");
        }
        return new Region(x1, y1, x2, y2);
    }

    /** The original picture where the mask is black, {@code image} where it is white. All of one size. */
    public static Pixels overlay(Pixels mask, Pixels original, Pixels image) {
        checkSize(mask, original);
        checkSize(image, original);
        return Alpha.composite(image.toRgb(), masked(mask.toGrey(), original));
    }

    /** {@code image} scaled back into the region it was made for, under the original picture where the mask is black. */
    public static Pixels overlay(Pixels mask, Pixels original, Pixels image, Region region, Resample resample) {
        checkSize(mask, original);
        Pixels part = Fit.crop(image, region.width(), region.height(), resample);
        Pixels base =
                new Pixels(original.width(), original.height(), 3, new byte[original.width() * original.height() * 3]);
        return Alpha.composite(base.paste(part, region.x1(), region.y1()), masked(mask.toGrey(), original));
    }

    /** The original with the inverted mask as alpha. */
    private static Pixels masked(Pixels mask, Pixels original) {
        byte[] out = new byte[original.width() * original.height() * 4];
        for (int i = 0; i < mask.data().length; i++) {
            int keep = 255 - (mask.data()[i] & 0xff);
            int x = i % original.width();
            int y = i / original.width();
            int alpha = original.channels() == 4 ? original.get(x, y, 3) : 255;
            for (int c = 0; c < 3; c++) {
                int colour = original.get(x, y, original.channels() == 1 ? 0 : c);
                out[4 * i + c] = (byte) Alpha.div255(Alpha.div255(colour * alpha) * keep);
            }
            out[4 * i + 3] = (byte) Alpha.div255(alpha * keep);
        }
        return Alpha.divide(new Pixels(original.width(), original.height(), 4, out));
    }

    private static void checkSize(Pixels got, Pixels original) {
        if (got.width() != original.width() || got.height() != original.height()) {
            throw new IllegalArgumentException("overlay: got %s, wanted the size of %s".formatted(got, original));
        }
    }
}
