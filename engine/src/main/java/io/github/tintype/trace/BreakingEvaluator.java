package io.github.tintype.trace;

import io.github.tintype.tensor.HostTensor;

/** Stands behind the inputs of a trace: there are no values yet, so reading one is a graph break. */
public final class BreakingEvaluator implements Evaluator {
    @Override
    public HostTensor read(Tensor tensor) {
        throw GraphBreakException.reading(tensor);
    }
}
