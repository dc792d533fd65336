package io.github.tintype.schedulers;

import io.github.tintype.trace.Tensor;

/** The timesteps of a run and what belongs to each of them. */
sealed interface TimestepTable permits AlphaTable, SigmaTable {
    /** How many timesteps there are. */
    int size();

    /** A copy. */
    double[] timesteps();

    /** A copy of the noise levels, one more than timesteps; none in an {@link AlphaTable}. */
    double[] sigmas();

    /** original with as much noise as there is before step i. */
    Tensor withNoise(Tensor original, Tensor noise, int i);
}
