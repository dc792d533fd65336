package io.github.tintype.calibration;

import io.github.tintype.image.ImageQuality;
import io.github.tintype.pipelines.GenerateResult;
import io.github.tintype.tensor.HostTensor;
import java.util.List;

/**
 * How near pictures come to those of the model as it is: of several the worst, number by number.
 *
 * @param psnr of the picture in dB; infinite for equal ones
 * @param ssim of the picture; 1 for equal ones
 * @param cosine of the latents after the last step; 1 for equal ones
 * @param maxAbs the largest difference of a value of the picture, of 0..1; 0 for equal ones
 */
public record Nearness(double psnr, double ssim, double cosine, double maxAbs) {
    /** Of equal pictures. */
    public static final Nearness EQUAL = new Nearness(Double.POSITIVE_INFINITY, 1, 1, 0);

    /**
     * Of results of the same requests, in order.
     *
     * @throws io.github.tintype.tensor.ShapeException if the pictures have other sizes
     */
    public static Nearness of(List<GenerateResult> got, List<GenerateResult> wanted) {
        Nearness worst = EQUAL;
        for (int i = 0; i < wanted.size(); i++) {
            worst = worst.worse(of(got.get(i), wanted.get(i)));
        }
        return worst;
    }

    private static Nearness of(GenerateResult got, GenerateResult wanted) {
        Nearness worst =
                new Nearness(Double.POSITIVE_INFINITY, 1, ImageQuality.cosine(got.latents(), wanted.latents()), 0);
        for (int i = 0; i < wanted.images().size(); i++) {
            HostTensor a = got.images().get(i);
            HostTensor b = wanted.images().get(i);
            worst = worst.worse(new Nearness(
                    ImageQuality.psnr(a, b), ImageQuality.ssim(a, b), worst.cosine, ImageQuality.maxAbs(a, b)));
        }
        return worst;
    }

    private Nearness worse(Nearness other) {
        return new Nearness(
                Math.min(psnr, other.psnr),
                Math.min(ssim, other.ssim),
                Math.min(cosine, other.cosine),
                Math.max(maxAbs, other.maxAbs));
    }
}
