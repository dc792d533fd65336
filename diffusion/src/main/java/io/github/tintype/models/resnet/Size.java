package io.github.tintype.models.resnet;

import io.github.tintype.tensor.Dim;
import io.github.tintype.trace.Tensor;

/** Height and width of an image or a latent, in its own pixels. */
public record Size(Dim height, Dim width) {
    /** The size of image [b,c,h,w]. */
    public static Size of(Tensor image) {
        return new Size(image.dim(-2), image.dim(-1));
    }

    /** Both sides {@code factor} times as long. */
    public Size times(long factor) {
        return new Size(height.times(factor), width.times(factor));
    }
}
