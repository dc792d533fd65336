package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.Arrays;

/**
 * Imagen's dynamic thresholding (arXiv 2205.11487, section 2.3): each image is clipped to a quantile of its absolute values, at least 1 and at
 * most max, and divided by it.
 *
 * @param ratio the quantile, 0..1
 * @param max limit for the quantile's value
 */
public record Thresholding(double ratio, double max) {
    static Thresholding parse(Keys keys) {
        Thresholding parsed = new Thresholding(
                keys.number("dynamic_thresholding_ratio", 0.995), keys.number("sample_max_value", 1.0));
        if (!(parsed.ratio >= 0 && parsed.ratio <= 1)) {
            throw keys.config().wrong("dynamic_thresholding_ratio", "a number from 0 to 1");
        }
        return parsed;
    }

    /** sample [b, …] → the same type. Reads the sample: there is no sorting on devices. */
    Tensor apply(Tensor sample) {
        Tensor x = sample.to(DType.F32);
        float[] values = x.toHost().toFloats();
        int images = (int) sample.shape().size(0);
        int length = values.length / images;
        float[] limits = new float[images];
        for (int image = 0; image < images; image++) {
            limits[image] = limit(Arrays.copyOfRange(values, image * length, (image + 1) * length));
        }
        long[] sizes = new long[sample.shape().rank()];
        Arrays.fill(sizes, 1);
        sizes[0] = images;
        Tensor limit = Tensor.of(HostTensor.ofFloats(limits, sizes));
        return x.maximum(limit.neg()).minimum(limit).div(limit).to(sample.dtype());
    }

    private float limit(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.abs(values[i]);
        }
        Arrays.sort(values);
        return Math.min(Math.max(quantile(values), 1f), (float) max);
    }

    /** torch.quantile's interpolation in float32 of rising values. */
    private float quantile(float[] values) {
        float rank = (float) ratio * (values.length - 1);
        int below = (int) Math.floor(rank);
        int above = (int) Math.ceil(rank);
        float weight = rank - below;
        float step = values[above] - values[below];
        return weight < 0.5f ? values[below] + weight * step : values[above] - step * (1f - weight);
    }
}
