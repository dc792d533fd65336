package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;

/** A schedule over a table: whole timesteps, unit start noise and an unscaled model input, unless a subclass says otherwise. */
abstract class TableSchedule<T extends TimestepTable> implements Schedule {
    final T table;

    TableSchedule(T table) {
        this.table = table;
    }

    @Override
    public final int size() {
        return table.size();
    }

    @Override
    public final double[] timesteps() {
        return table.timesteps();
    }

    @Override
    public DType timestepsDtype() {
        return DType.I64;
    }

    @Override
    public final double[] sigmas() {
        return table.sigmas();
    }

    @Override
    public double initNoiseSigma() {
        return 1;
    }

    @Override
    public Tensor scaleModelInput(Tensor sample, int i) {
        return sample;
    }

    @Override
    public Tensor addNoise(Tensor original, Tensor noise, int i) {
        return table.withNoise(original, noise, i);
    }
}
