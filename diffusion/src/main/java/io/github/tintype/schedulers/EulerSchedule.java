package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;

/** What Euler's methods share: timesteps that need not be whole, noise of the highest level, a model input of unit variance. */
abstract class EulerSchedule extends TableSchedule<SigmaTable> {
    private final TimestepSpacing spacing;

    EulerSchedule(SigmaTable table, TimestepSpacing spacing) {
        super(table);
        this.spacing = spacing;
    }

    @Override
    public final DType timestepsDtype() {
        return DType.F32;
    }

    @Override
    public final double initNoiseSigma() {
        return table.initNoiseSigma(spacing);
    }

    @Override
    public final Tensor scaleModelInput(Tensor sample, int i) {
        return table.scaled(sample, i);
    }
}
