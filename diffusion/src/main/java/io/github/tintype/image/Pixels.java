package io.github.tintype.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.util.Arrays;

/**
 * An 8-bit picture, rows from the top, channels interleaved: 1 is grey, 3 RGB, 4 RGB with straight alpha. Immutable.
 *
 * <p>Conversions round as Pillow's do.
 */
public final class Pixels {
    private final int width;
    private final int height;
    private final int channels;
    private final byte[] data;

    /** Takes {@code data} over, without a copy. */
    Pixels(int width, int height, int channels, byte[] data) {
        if (width < 1 || height < 1 || (channels != 1 && channels != 3 && channels != 4)) {
            throw new IllegalArgumentException("pixels: got %dx%d with %d channels, wanted at least 1x1 with 1, 3 or 4"
                    .formatted(width, height, channels));
        }
        if (data.length != Math.multiplyExact(Math.multiplyExact(width, height), channels)) {
            throw new IllegalArgumentException(
                    "pixels: got %d bytes, wanted %d".formatted(data.length, width * height * channels));
        }
        this.width = width;
        this.height = height;
        this.channels = channels;
        this.data = data;
    }

    /** A copy of {@code data}, [height, width, channels]. */
    public static Pixels of(int width, int height, int channels, byte[] data) {
        return new Pixels(width, height, channels, data.clone());
    }

    /** Samples as they are stored, 16-bit ones by their upper byte; palettes are looked up. */
    public static Pixels of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        Raster raster = image.getRaster();
        boolean palette = image.getColorModel() instanceof IndexColorModel;
        boolean packed = !palette && raster.getSampleModel().getDataType() == DataBuffer.TYPE_INT;
        if (palette || packed) {
            return ofColours(image);
        }
        int bands = raster.getNumBands();
        int channels = bands == 2 ? 4 : bands;
        int shift = image.getColorModel().getComponentSize(0) - 8;
        byte[] data = new byte[Math.multiplyExact(Math.multiplyExact(width, height), channels)];
        int[] row = new int[width * bands];
        for (int y = 0; y < height; y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < channels; c++) {
                    int band = bands == 2 ? c / 3 : c;
                    data[(y * width + x) * channels + c] = (byte) (row[x * bands + band] >> shift);
                }
            }
        }
        return new Pixels(width, height, channels, data);
    }

    private static Pixels ofColours(BufferedImage image) {
        int channels = image.getColorModel().hasAlpha() ? 4 : 3;
        byte[] data = new byte[Math.multiplyExact(Math.multiplyExact(image.getWidth(), image.getHeight()), channels)];
        int at = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int argb = image.getRGB(x, y);
                data[at++] = (byte) (argb >> 16);
                data[at++] = (byte) (argb >> 8);
                data[at++] = (byte) argb;
                if (channels == 4) {
                    data[at++] = (byte) (argb >> 24);
                }
            }
        }
        return new Pixels(image.getWidth(), image.getHeight(), channels, data);
    }

    /** As RGB, or ARGB where there is alpha. */
    public BufferedImage toBufferedImage() {
        boolean alpha = channels == 4;
        BufferedImage image =
                new BufferedImage(width, height, alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int a = alpha ? get(x, y, 3) : 255;
                row[x] = a << 24
                        | get(x, y, 0) << 16
                        | get(x, y, channels > 1 ? 1 : 0) << 8
                        | get(x, y, channels > 1 ? 2 : 0);
            }
            image.setRGB(0, y, width, 1, row, 0, width);
        }
        return image;
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    public int channels() {
        return channels;
    }

    /** One sample, 0 to 255. */
    public int get(int x, int y, int channel) {
        return data[(y * width + x) * channels + channel] & 0xff;
    }

    /** A copy of the samples, [height, width, channels]. */
    public byte[] toBytes() {
        return data.clone();
    }

    /** The samples themselves, for this room to read. */
    byte[] data() {
        return data;
    }

    /** Without alpha; grey becomes three equal channels. */
    public Pixels toRgb() {
        if (channels == 3) {
            return this;
        }
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < width * height; i++) {
            for (int c = 0; c < 3; c++) {
                rgb[3 * i + c] = data[channels * i + (channels == 1 ? 0 : c)];
            }
        }
        return new Pixels(width, height, 3, rgb);
    }

    /** ITU-R 601 luma; alpha is dropped. */
    public Pixels toGrey() {
        if (channels == 1) {
            return this;
        }
        byte[] grey = new byte[width * height];
        for (int i = 0; i < grey.length; i++) {
            int r = data[channels * i] & 0xff;
            int g = data[channels * i + 1] & 0xff;
            int b = data[channels * i + 2] & 0xff;
            grey[i] = (byte) ((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16);
        }
        return new Pixels(width, height, 1, grey);
    }

    /** A part; what lies outside of this picture is black (and transparent). */
    public Pixels crop(Region region) {
        Pixels empty = new Pixels(
                region.width(), region.height(), channels, new byte[region.width() * region.height() * channels]);
        return empty.paste(this, -region.x1(), -region.y1());
    }

    /** This picture with {@code other}, of as many channels, laid over it at (x, y); what falls outside is dropped. */
    Pixels paste(Pixels other, int x, int y) {
        byte[] pasted = data.clone();
        int from = Math.max(0, -x);
        int to = Math.min(other.width, width - x);
        for (int row = Math.max(0, -y); row < Math.min(other.height, height - y) && from < to; row++) {
            System.arraycopy(
                    other.data,
                    (row * other.width + from) * channels,
                    pasted,
                    ((row + y) * width + x + from) * channels,
                    (to - from) * channels);
        }
        return new Pixels(width, height, channels, pasted);
    }

    /** A rectangle, from (x1, y1) to before (x2, y2); it may reach outside of a picture. */
    public record Region(int x1, int y1, int x2, int y2) {
        public Region {
            if (x1 >= x2 || y1 >= y2) {
                throw new IllegalArgumentException(
                        "region: got (%d,%d,%d,%d), wanted x1 < x2 and y1 < y2".formatted(x1, y1, x2, y2));
            }
        }

        public int width() {
            return x2 - x1;
        }

        public int height() {
            return y2 - y1;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Pixels that
                && width == that.width
                && height == that.height
                && channels == that.channels
                && Arrays.equals(data, that.data);
    }

    @Override
    public int hashCode() {
        return 31 * width + Arrays.hashCode(data);
    }

    @Override
    public String toString() {
        return "Pixels[%dx%d, %d channels]".formatted(width, height, channels);
    }
}
