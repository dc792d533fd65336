package io.github.tintype.image;

/** Pillow's arithmetic on 8-bit alpha. Source: Pillow's ImagingUtils.h, Convert.c, Paste.c and AlphaComposite.c. */
final class Alpha {
    private Alpha() {}

    /** a/255, rounded, for a up to 255². */
    static int div255(int a) {
        int b = a + 128;
        return ((b >> 8) + b) >> 8;
    }

    /** RGBA to colours multiplied with alpha. */
    static Pixels multiply(Pixels image) {
        byte[] out = image.toBytes();
        for (int i = 0; i < out.length; i += 4) {
            int alpha = out[i + 3] & 0xff;
            for (int c = i; c < i + 3; c++) {
                out[c] = (byte) div255((out[c] & 0xff) * alpha);
            }
        }
        return new Pixels(image.width(), image.height(), 4, out);
    }

    /** The inverse of {@link #multiply}, as far as 8 bits allow. */
    static Pixels divide(Pixels image) {
        byte[] out = image.toBytes();
        for (int i = 0; i < out.length; i += 4) {
            int alpha = out[i + 3] & 0xff;
            if (alpha == 0 || alpha == 255) {
                continue;
            }
            for (int c = i; c < i + 3; c++) {
                out[c] = (byte) Math.min(255, 255 * (out[c] & 0xff) / alpha);
            }
        }
        return new Pixels(image.width(), image.height(), 4, out);
    }

    /** {@code over}, RGBA, on the opaque RGB picture {@code base} of the same size. */
    static Pixels composite(Pixels base, Pixels over) {
        byte[] out = base.toBytes();
        for (int i = 0; i < base.width() * base.height(); i++) {
            int weight = (over.data()[4 * i + 3] & 0xff) << 7;
            for (int c = 0; c < 3; c++) {
                int mixed = (over.data()[4 * i + c] & 0xff) * weight
                        + (out[3 * i + c] & 0xff) * ((255 << 7) - weight)
                        + (0x80 << 7);
                out[3 * i + c] = (byte) (((mixed >> 8) + mixed) >> 8 >> 7);
            }
        }
        return new Pixels(base.width(), base.height(), 3, out);
    }
}
