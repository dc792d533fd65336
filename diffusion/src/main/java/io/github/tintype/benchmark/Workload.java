package io.github.tintype.benchmark;

/**
 * What one call computes.
 *
 * @param width of the pictures in pixels, a multiple of 8; of a model without a size it means nothing
 * @param batch pictures at once
 */
public record Workload(BenchmarkModel model, int width, int height, int batch) {
    public Workload {
        if (width < 8 || height < 8 || width % 8 != 0 || height % 8 != 0 || batch < 1) {
            throw new IllegalArgumentException("workload: got %d×%d, batch %d, wanted multiples of 8 and 1 or more"
                    .formatted(width, height, batch));
        }
    }

    /** E.g. {@code 512x768}, or {@code 77 tokens}. */
    public String size() {
        return model.hasSize() ? width + "x" + height : BenchmarkModel.TOKENS + " tokens";
    }

    /** E.g. {@code sd15-unet 512x512 batch 2}. */
    @Override
    public String toString() {
        return "%s %s batch %d".formatted(model.label(), size(), batch);
    }
}
