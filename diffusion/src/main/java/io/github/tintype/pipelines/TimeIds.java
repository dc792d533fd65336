package io.github.tintype.pipelines;

import io.github.tintype.tensor.HostTensor;
import java.util.Arrays;
import java.util.List;

/**
 * The sizes that SDXL is told: original size, crop and target size, or (refiner) original size, crop and aesthetic score.
 *
 * @param values 6 numbers, 5 for the refiner
 */
record TimeIds(List<Double> values) {
    TimeIds {
        values = List.copyOf(values);
    }

    static TimeIds of(double... values) {
        return new TimeIds(Arrays.stream(values).boxed().toList());
    }

    static TimeIds of(Size original, CropCoordinates crop, Size target) {
        return of(original.height(), original.width(), crop.top(), crop.left(), target.height(), target.width());
    }

    static TimeIds of(Size original, CropCoordinates crop, double aestheticScore) {
        return of(original.height(), original.width(), crop.top(), crop.left(), aestheticScore);
    }

    /**
     * {@code [rows,ids]} for the UNet. With guidance the rows alternate unguided, guided although the embeddings stand in two
     * halves: diffusers repeats the pair as a whole, so with different negative sizes and more than one picture the rows are mixed
     * up. Kept, because pictures would differ otherwise.
     */
    static HostTensor rows(int batch, List<TimeIds> cycle) {
        int rows = batch * cycle.size();
        int width = cycle.getFirst().values.size();
        HostTensor ids = HostTensor.ofFloats(new float[rows * width], rows, width);
        for (int i = 0; i < rows * width; i++) {
            ids.setDouble(i, cycle.get(i / width % cycle.size()).values.get(i % width));
        }
        return ids;
    }
}
