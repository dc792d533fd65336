package io.github.tintype.image;

import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Pictures as PNG files with texts.
 *
 * <p>A text of Latin-1 goes into a {@code tEXt} chunk, any other, and whatever is called {@link #TINTYPE}, into {@code iTXt}:
 * existing viewers then find {@link #PARAMETERS} where AUTOMATIC1111's web UI puts it.
 */
public final class PngWriter {
    /** The keyword of the settings in AUTOMATIC1111's spelling. */
    public static final String PARAMETERS = "parameters";
    /** The keyword of the request as JSON. */
    public static final String TINTYPE = "tintype";

    private static final String FORMAT = "javax_imageio_png_1.0";

    private PngWriter() {}

    /** One picture of [0, 1], [3, h, w]. */
    public static byte[] encode(HostTensor image, Map<String, String> texts) {
        long[] sizes = image.type().shape().sizes();
        if (sizes.length != 3) {
            throw new ShapeException("png: got %s, wanted [3,h,w]".formatted(image.type()));
        }
        HostTensor batch = new HostTensor(image.type().with(Shape.of(1, sizes[0], sizes[1], sizes[2])), image.data());
        return encode(VaeImageProcessor.toPixels(batch).getFirst(), texts);
    }

    /**
     * @param texts by keyword, written in the map's order
     * @throws IllegalArgumentException if a keyword isn't 1 to 79 letters of ASCII, or a text has a NUL
     */
    public static byte[] encode(Pixels image, Map<String, String> texts) {
        return encode(image.toBufferedImage(), texts);
    }

    /** As {@link #encode(Pixels, Map)}. */
    public static byte[] encode(BufferedImage image, Map<String, String> texts) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), null);
            metadata.mergeTree(FORMAT, tree(texts));
            writer.setOutput(out);
            writer.write(new IIOImage(image, null, metadata));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static IIOMetadataNode tree(Map<String, String> texts) {
        IIOMetadataNode root = new IIOMetadataNode(FORMAT);
        IIOMetadataNode latin = new IIOMetadataNode("tEXt");
        IIOMetadataNode unicode = new IIOMetadataNode("iTXt");
        texts.forEach((keyword, text) -> {
            check(keyword, text);
            boolean plain = !keyword.equals(TINTYPE)
                    && StandardCharsets.ISO_8859_1.newEncoder().canEncode(text);
            IIOMetadataNode entry = new IIOMetadataNode(plain ? "tEXtEntry" : "iTXtEntry");
            entry.setAttribute("keyword", keyword);
            if (plain) {
                entry.setAttribute("value", text);
                latin.appendChild(entry);
                return;
            }
            entry.setAttribute("compressionFlag", "FALSE");
            entry.setAttribute("compressionMethod", "0");
            entry.setAttribute("languageTag", "");
            entry.setAttribute("translatedKeyword", "");
            entry.setAttribute("text", text);
            unicode.appendChild(entry);
        });
        if (latin.hasChildNodes()) {
            root.appendChild(latin);
        }
        if (unicode.hasChildNodes()) {
            root.appendChild(unicode);
        }
        return root;
    }

    private static void check(String keyword, String text) {
        if (!keyword.matches("[!-~]([ -~]{0,77}[!-~])?")) {
            throw new IllegalArgumentException(
                    "png text: got the keyword \"%s\", wanted 1 to 79 letters of ASCII".formatted(keyword));
        }
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("png text: got a NUL in %s, wanted none".formatted(keyword));
        }
    }
}
