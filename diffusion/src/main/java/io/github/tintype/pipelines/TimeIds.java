package io.github.tintype.pipelines;

import io.github.tintype.tensor.HostTensor;

/**
 * The sizes that SDXL is told: original size, crop and target size, or (refiner) original size, crop and aesthetic score.
 *
 * @param values 6 numbers, 5 for the refiner
 */
record TimeIds(float... values) {
    static TimeIds of(Size original, CropCoordinates crop, Size target) {
        return new TimeIds(
                original.height(), original.width(), crop.top(), crop.left(), target.height(), target.width());
    }

    static TimeIds of(Size original, CropCoordinates crop, double aestheticScore) {
        return new TimeIds(original.height(), original.width(), crop.top(), crop.left(), (float) aestheticScore);
    }

    /**
     * {@code [rows,ids]} for the UNet. With guidance the rows alternate unguided, guided although the embeddings stand in two
     * halves: diffusers repeats the pair as a whole, so with different negative sizes and more than one picture the rows are mixed
     * up. Kept, because pictures would differ otherwise.
     */
    static HostTensor rows(int batch, TimeIds... cycle) {
        int width = cycle[0].values.length;
        float[] rows = new float[batch * cycle.length * width];
        for (int row = 0; row < batch * cycle.length; row++) {
            System.arraycopy(cycle[row % cycle.length].values, 0, rows, row * width, width);
        }
        return HostTensor.ofFloats(rows, (long) batch * cycle.length, width);
    }
}
