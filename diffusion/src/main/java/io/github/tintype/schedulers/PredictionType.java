package io.github.tintype.schedulers;

import java.util.Locale;

/** What the model's output means. The name in a configuration is {@link #toString()}. */
public enum PredictionType {
    /** The noise in the sample. */
    EPSILON,
    /** The clean sample. */
    SAMPLE,
    /** The older name of {@link #SAMPLE}. */
    ORIGINAL_SAMPLE,
    /** The velocity of Progressive Distillation, arXiv 2202.00512. */
    V_PREDICTION,
    /** The direction from clean sample to noise along a straight line. */
    FLOW_PREDICTION;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
