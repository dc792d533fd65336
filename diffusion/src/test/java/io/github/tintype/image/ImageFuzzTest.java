package io.github.tintype.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes for an uploaded picture: pixels within the limits, or our own error. */
class ImageFuzzTest {
    private static final ImageReader READER = new ImageReader(1 << 20, 1 << 16);

    @FuzzTest(maxDuration = "10m")
    void picture(byte[] file) {
        try {
            Pixels pixels = READER.read(file);
            assertThat((long) pixels.width() * pixels.height()).isBetween(1L, READER.maxPixels());
        } catch (ImageFormatException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }
}
