package io.github.tintype.benchmark;

import io.github.tintype.image.ImageQuality;
import io.github.tintype.tensor.HostTensor;

/**
 * How near results come to those of the first variant of a workload.
 *
 * @param psnr in dB, of the span of the first one's values; infinite if they are equal
 * @param cosine of the angle between both
 */
public record Quality(double psnr, double cosine) {
    /** @throws io.github.tintype.tensor.ShapeException if the shapes differ */
    static Quality of(HostTensor got, HostTensor wanted) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (long i = 0; i < wanted.elements(); i++) {
            least = Math.min(least, wanted.getDouble(i));
            most = Math.max(most, wanted.getDouble(i));
        }
        return new Quality(ImageQuality.psnr(got, wanted, most - least), ImageQuality.cosine(got, wanted));
    }
}
