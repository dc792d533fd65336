package io.github.tintype.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.ShapeException;
import org.junit.jupiter.api.Test;

class ImageQualityTest {
    private static HostTensor picture(double shift, double amplitude) {
        float[] values = new float[3 * 16 * 24];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.5 + shift + amplitude * Math.sin(0.7 * i));
        }
        return HostTensor.ofFloats(values, 3, 16, 24);
    }

    @Test
    void equalPicturesAreEqual() {
        HostTensor picture = picture(0, 0.3);
        assertThat(ImageQuality.psnr(picture, picture)).isInfinite();
        assertThat(ImageQuality.ssim(picture, picture)).isCloseTo(1, within(1e-12));
        assertThat(ImageQuality.cosine(picture, picture)).isEqualTo(1);
        assertThat(ImageQuality.maxAbs(picture, picture)).isZero();
    }

    /* A tenth everywhere is 20 dB. */
    @Test
    void aShiftCostsWhatItsSizeSays() {
        HostTensor picture = picture(0, 0.3);
        HostTensor shifted = picture(0.1, 0.3);
        assertThat(ImageQuality.psnr(shifted, picture)).isCloseTo(20, within(1e-4));
        assertThat(ImageQuality.psnr(shifted, picture, 10)).isCloseTo(40, within(1e-4));
        assertThat(ImageQuality.maxAbs(shifted, picture)).isCloseTo(0.1, within(1e-6));
    }

    /* A shift keeps the structure, less contrast loses some of it, the negative all. */
    @Test
    void structureCountsMoreThanBrightness() {
        HostTensor picture = picture(0, 0.3);
        double shifted = ImageQuality.ssim(picture(0.05, 0.3), picture);
        double flat = ImageQuality.ssim(picture(0, 0.1), picture);
        double negative = ImageQuality.ssim(picture(0, -0.3), picture);
        assertThat(shifted).isBetween(0.98, 1.0);
        assertThat(flat).isBetween(0.4, 0.8);
        assertThat(negative).isLessThan(-0.9);
    }

    /* Constant pictures of brightness a and b: (2ab + c) / (a² + b² + c). */
    @Test
    void constantPicturesDifferByTheirBrightness() {
        double expected = (2 * 0.5 * 0.7 + 1e-4) / (0.25 + 0.49 + 1e-4);
        assertThat(ImageQuality.ssim(picture(0, 0), picture(0.2, 0))).isCloseTo(expected, within(1e-5));
    }

    @Test
    void oppositesAndRightAngles() {
        HostTensor a = HostTensor.ofFloats(new float[] {1, 2}, 2);
        assertThat(ImageQuality.cosine(HostTensor.ofFloats(new float[] {-2, -4}, 2), a))
                .isCloseTo(-1, within(1e-12));
        assertThat(ImageQuality.cosine(HostTensor.ofFloats(new float[] {-2, 1}, 2), a))
                .isZero();
    }

    @Test
    void otherShapesAreRefused() {
        HostTensor a = HostTensor.ofFloats(new float[2], 2);
        assertThatThrownBy(() -> ImageQuality.psnr(a, picture(0, 1)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("quality: got f32[2] and f32[3,16,24], wanted one shape");
        assertThatThrownBy(() -> ImageQuality.ssim(a, a)).hasMessage("ssim: got f32[2], wanted [c,h,w]");
    }
}
