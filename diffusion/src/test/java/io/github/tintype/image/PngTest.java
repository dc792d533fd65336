package io.github.tintype.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.image.ImageFormatException.Reason;
import io.github.tintype.tensor.HostTensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PngTest {
    private static final Pixels SMALL = Pixels.of(2, 1, 3, new byte[] {0, 127, (byte) 255, 1, 2, 3});

    @Test
    void writesWhatItReads() {
        Pixels image = ImageReader.DEFAULT.read(Fixtures.bytes("images/src_rgb.png"));
        assertThat(ImageReader.DEFAULT.read(PngWriter.encode(image, Map.of()))).isEqualTo(image);
        Pixels alpha = ImageReader.DEFAULT.read(Fixtures.bytes("images/src_rgba.png"));
        assertThat(alpha.channels()).isEqualTo(4);
        assertThat(ImageReader.DEFAULT.read(PngWriter.encode(alpha, Map.of()))).isEqualTo(alpha);
    }

    @Test
    void roundsTensorsHalfToEven() {
        HostTensor image = HostTensor.ofFloats(new float[] {0.5f / 255, 1, 1.5f / 255, 0, 2.5f / 255, 2}, 3, 1, 2);
        assertThat(ImageReader.DEFAULT.read(PngWriter.encode(image, Map.of())).toBytes())
                .containsExactly(0, 2, 2, 255, 0, 255);
    }

    @Test
    void writesTextsWhereViewersLookForThem() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put(PngWriter.PARAMETERS, "café\nSteps: 20");
        texts.put(PngWriter.TINTYPE, "{\"prompt\": \"cat\"}");
        Map<String, String> chunks = chunks(PngWriter.encode(SMALL, texts));
        assertThat(chunks).containsEntry("tEXt", "parameters\0café\nSteps: 20");
        assertThat(chunks).containsEntry("iTXt", "tintype\0\0\0\0\0{\"prompt\": \"cat\"}");
        assertThat(chunks(PngWriter.encode(SMALL, Map.of(PngWriter.PARAMETERS, "猫 \ud83d\ude00"))))
                .containsEntry("iTXt", "parameters\0\0\0\0\0猫 \ud83d\ude00")
                .doesNotContainKey("tEXt");
    }

    @Test
    void refusesTextsThatPngCannotHold() {
        assertThatThrownBy(() -> PngWriter.encode(SMALL, Map.of("", "x"))).hasMessageContaining("keyword");
        assertThatThrownBy(() -> PngWriter.encode(SMALL, Map.of("a", "x\0y"))).hasMessageContaining("NUL");
    }

    /** Grey samples are taken as stored: Java's own conversion to RGB would brighten them. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_BYTE_GRAY,
                BufferedImage.TYPE_USHORT_GRAY,
                BufferedImage.TYPE_BYTE_BINARY,
                BufferedImage.TYPE_BYTE_INDEXED,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR
            })
    void readsEveryKindOfPng(int type) throws IOException {
        BufferedImage image = new BufferedImage(3, 2, type);
        image.setRGB(1, 1, 0xffffffff);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        Pixels read = ImageReader.DEFAULT.read(out.toByteArray());
        assertThat(read.toGrey().toBytes()).containsExactly(0, 0, 0, 0, 255, 0);
    }

    @Test
    void refusesHugePicturesFromTheirHeader() {
        byte[] bomb = PngWriter.encode(SMALL, Map.of());
        ByteBuffer header = ByteBuffer.wrap(bomb);
        header.putInt(16, 40_000).putInt(20, 40_000);
        CRC32 crc = new CRC32();
        crc.update(bomb, 12, 17);
        header.putInt(29, (int) crc.getValue());
        assertRefused(bomb, Reason.TOO_LARGE, "40000x40000");
        assertThatThrownBy(() -> new ImageReader(10, 100).read(bomb))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining("wanted at most 10");
    }

    @Test
    void refusesWhatIsNoPicture() {
        assertRefused(new byte[0], Reason.UNSUPPORTED, "neither PNG nor JPEG");
        assertRefused("GIF89a".getBytes(StandardCharsets.US_ASCII), Reason.UNSUPPORTED, "neither PNG nor JPEG");
        byte[] good = Fixtures.bytes("images/src_rgb.png");
        for (int length : new int[] {8, 20, 33, 40, good.length / 2}) {
            assertRefused(Arrays.copyOf(good, length), Reason.BROKEN, "damaged PNG");
        }
        assertRefused(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0}, Reason.BROKEN, "damaged JPEG");
    }

    private static void assertRefused(byte[] file, Reason reason, String message) {
        assertThatThrownBy(() -> ImageReader.DEFAULT.read(file))
                .isInstanceOfSatisfying(
                        ImageFormatException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }

    /** Chunks by type; texts as Latin-1 in tEXt, as UTF-8 in iTXt. */
    private static Map<String, String> chunks(byte[] png) {
        Map<String, String> chunks = new LinkedHashMap<>();
        ByteBuffer in = ByteBuffer.wrap(png).position(8);
        while (in.hasRemaining()) {
            byte[] content = new byte[in.getInt()];
            byte[] type = new byte[4];
            in.get(type).get(content).getInt();
            String name = new String(type, StandardCharsets.US_ASCII);
            chunks.put(
                    name,
                    new String(content, name.equals("iTXt") ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
        }
        return chunks;
    }
}
