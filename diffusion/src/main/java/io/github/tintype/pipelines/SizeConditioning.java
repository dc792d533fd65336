package io.github.tintype.pipelines;

import io.github.tintype.tensor.HostTensor;
import java.util.List;

/**
 * What an SDXL UNet wants to be told about sizes.
 *
 * @param aesthetic the refiner: an aesthetic score in place of the target size
 */
record SizeConditioning(boolean aesthetic) {
    private static final double AESTHETIC_SCORE = 6;
    private static final double NEGATIVE_AESTHETIC_SCORE = 2.5;

    void check(GenerateRequest r) {
        if (aesthetic) {
            RequestCheck.absent("targetSize", r.targetSize().isPresent(), "a model with aesthetic score");
            RequestCheck.absent(
                    "negativeTargetSize", r.negativeTargetSize().isPresent(), "a model with aesthetic score");
            return;
        }
        RequestCheck.absent("aestheticScore", r.aestheticScore().isPresent(), "a model without it");
        RequestCheck.absent("negativeAestheticScore", r.negativeAestheticScore().isPresent(), "a model without it");
    }

    /** f32 [rows,6], or [rows,5] with aesthetic score. */
    HostTensor rows(GenerateRequest r, Size size, Guidance guidance) {
        Size original = r.originalSize().orElse(size);
        Size target = r.targetSize().orElse(size);
        TimeIds positive = aesthetic
                ? TimeIds.of(
                        original, r.cropsCoordsTopLeft(), r.aestheticScore().orElse(AESTHETIC_SCORE))
                : TimeIds.of(original, r.cropsCoordsTopLeft(), target);
        if (!guidance.active()) {
            return TimeIds.rows(r.batch(), List.of(positive));
        }
        return TimeIds.rows(r.batch(), List.of(negative(r, original, positive), positive));
    }

    private TimeIds negative(GenerateRequest r, Size original, TimeIds positive) {
        if (aesthetic) {
            return TimeIds.of(
                    r.negativeOriginalSize().orElse(original),
                    r.negativeCropsCoordsTopLeft(),
                    r.negativeAestheticScore().orElse(NEGATIVE_AESTHETIC_SCORE));
        }
        if (r.negativeOriginalSize().isEmpty() || r.negativeTargetSize().isEmpty()) {
            return positive;
        }
        return TimeIds.of(
                r.negativeOriginalSize().get(),
                r.negativeCropsCoordsTopLeft(),
                r.negativeTargetSize().get());
    }
}
