package io.github.tintype.schedulers;

import java.util.List;

/** Euler's method that adds fresh noise at each step, diffusers schedulers/scheduling_euler_ancestral_discrete.py. */
public record EulerAncestralDiscreteScheduler(
        TrainingNoise training, PredictionType predictionType, TimestepSpacing timestepSpacing, int stepsOffset)
        implements Scheduler {
    static final List<String> KEYS = List.of(
            "num_train_timesteps",
            "beta_start",
            "beta_end",
            "beta_schedule",
            "trained_betas",
            "prediction_type",
            "timestep_spacing",
            "steps_offset",
            "rescale_betas_zero_snr");

    static EulerAncestralDiscreteScheduler parse(Keys keys) {
        return new EulerAncestralDiscreteScheduler(
                TrainingNoise.parse(keys, true),
                keys.choice(
                        "prediction_type",
                        PredictionType.EPSILON,
                        List.of(PredictionType.EPSILON, PredictionType.V_PREDICTION)),
                keys.choice("timestep_spacing", TimestepSpacing.LINSPACE, List.of(TimestepSpacing.values())),
                keys.integer("steps_offset", 0));
    }

    @Override
    public int numTrainTimesteps() {
        return training.numTrainTimesteps();
    }

    @Override
    public Schedule setTimesteps(int numInferenceSteps) {
        int n = SigmaTable.positive(className(), numInferenceSteps);
        double[] timesteps = Grid.widened(Grid.narrowed(timestepSpacing.falling(numTrainTimesteps(), n, stepsOffset)));
        float[] levels = TrainingNoise.sigmas(training.alphasCumprodNotZero());
        float[] sigmas = Grid.narrowed(Grid.appended(Grid.interpolate(timesteps, levels), 0));
        return new EulerAncestralDiscreteSchedule(this, new SigmaTable(className(), timesteps, sigmas));
    }
}
