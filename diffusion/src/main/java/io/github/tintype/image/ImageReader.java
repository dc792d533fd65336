package io.github.tintype.image;

import io.github.tintype.image.ImageFormatException.Reason;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes PNG and JPEG that others sent.
 *
 * <p>The size is read from the header and refused before anything is decoded: 194 KB of PNG can hold 1.6 billion pixels. Only
 * the first frame is read, metadata is skipped, and the orientation of EXIF is not applied.
 *
 * @param maxBytes of the file
 * @param maxPixels width times height
 */
public record ImageReader(long maxBytes, long maxPixels) {
    /** 32 MiB and 16.7 million pixels (4096 × 4096). */
    public static final ImageReader DEFAULT = new ImageReader(32L << 20, 1L << 24);

    public ImageReader {
        if (maxBytes < 1 || maxPixels < 1) {
            throw new IllegalArgumentException(
                    "image limits: got %d bytes and %d pixels, wanted at least 1".formatted(maxBytes, maxPixels));
        }
    }

    /** @throws ImageFormatException if {@code file} isn't PNG or JPEG, is damaged, or over a limit */
    public Pixels read(byte[] file) {
        if (file.length > maxBytes) {
            throw new ImageFormatException(
                    Reason.TOO_LARGE, "image: got %d bytes, wanted at most %d".formatted(file.length, maxBytes));
        }
        String format = format(file)
                .orElseThrow(() -> new ImageFormatException(
                        Reason.UNSUPPORTED, "image: got neither PNG nor JPEG, wanted one of them"));
        Iterator<javax.imageio.ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        if (!readers.hasNext()) {
            throw new ImageFormatException(Reason.UNSUPPORTED, "image: this Java has no reader for " + format);
        }
        javax.imageio.ImageReader reader = readers.next();
        try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(in, true, true);
            long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
            if (pixels < 1 || pixels > maxPixels) {
                throw new ImageFormatException(
                        Reason.TOO_LARGE,
                        "image: got %dx%d, wanted at most %d pixels"
                                .formatted(reader.getWidth(0), reader.getHeight(0), maxPixels));
            }
            BufferedImage image = reader.read(0);
            return Pixels.of(image);
        } catch (IOException
                | IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | NegativeArraySizeException
                | NullPointerException
                | ClassCastException e) {
            // what ImageIO's readers throw on damaged files
            throw new ImageFormatException(
                    Reason.BROKEN, "image: got a damaged %s: %s".formatted(format, oneLine(e)), e);
        } finally {
            reader.dispose();
        }
    }

    private static Optional<String> format(byte[] file) {
        if (startsWith(file, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
            return Optional.of("PNG");
        }
        return startsWith(file, 0xff, 0xd8, 0xff) ? Optional.of("JPEG") : Optional.empty();
    }

    private static boolean startsWith(byte[] file, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if (i >= file.length || (file[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    private static String oneLine(Exception e) {
        return String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", " ");
    }
}
