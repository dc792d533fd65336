package io.github.tintype.trace;

import io.github.tintype.tensor.HostTensor;

/** What can compute a recorded tensor. Tensors carry the one of their inputs, so that reading needs no ambient engine. */
public interface Evaluator {
    /** Computes {@code tensor} and copies it to the host: a synchronisation, and counted as one. */
    HostTensor read(Tensor tensor);
}
