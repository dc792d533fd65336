package io.github.tintype.pipelines;

/** The top left corner of the crop that SDXL is told the picture was cut from, in pixels. Negative values are allowed. */
public record CropCoordinates(int top, int left) {
    /** No crop. */
    public static final CropCoordinates ZERO = new CropCoordinates(0, 0);
}
