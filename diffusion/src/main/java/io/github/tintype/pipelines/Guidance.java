package io.github.tintype.pipelines;

import io.github.tintype.trace.Tensor;
import java.util.List;

/**
 * Classifier-free guidance, and its rescaling (arXiv 2305.08891, section 3.4).
 *
 * @param scale weight of the difference between the guided and the unguided half; active above 1
 * @param rescale φ, 0 to switch off
 */
record Guidance(double scale, double rescale) {
    boolean active() {
        return scale > 1;
    }

    /** How many rows the UNet sees of a batch. */
    int rows(int batch) {
        return active() ? 2 * batch : batch;
    }

    /** {@code x}, twice when guidance is active. [b,c,h,w] → [2b,c,h,w]. */
    Tensor expand(Tensor x) {
        return active() ? Tensor.cat(0, List.of(x, x)) : x;
    }

    /** The rows of {@code unguided} before those of {@code guided}: the order of diffusers. */
    Tensor join(Tensor unguided, Tensor guided) {
        return Tensor.cat(0, List.of(unguided, guided));
    }

    /** Merges the unguided first half and the guided second half of the UNet's output. [2b,c,h,w] → [b,c,h,w]. */
    Tensor apply(Tensor modelOutput) {
        if (!active()) {
            return modelOutput;
        }
        List<Tensor> halves = modelOutput.chunk(2, 0);
        Tensor unguided = halves.get(0);
        Tensor guided = halves.get(1);
        Tensor merged = unguided.add(guided.sub(unguided).mul(scale));
        if (rescale <= 0) {
            return merged;
        }
        Tensor ratio = guided.std(true, true, 1, 2, 3).div(merged.std(true, true, 1, 2, 3));
        return merged.mul(ratio).mul(rescale).add(merged.mul(1 - rescale));
    }
}
