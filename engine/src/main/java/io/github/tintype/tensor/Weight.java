package io.github.tintype.tensor;

/** A parameter of a model, as modules hold it. How it is stored is its own affair; two weights are the same only if they are one object. */
public sealed interface Weight permits DenseWeight {
    /** Its name in the checkpoint, e.g. {@code down_blocks.0.resnets.0.conv1.weight}. */
    String name();

    /** The type that graphs see, whatever the stored one is. */
    TensorType type();
}
