package io.github.tintype.schedulers;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Denoising diffusion implicit models (arXiv 2010.02502), diffusers schedulers/scheduling_ddim.py.
 *
 * @param clipSampleRange clip the predicted clean sample to ± this; empty: don't
 * @param setAlphaToOne after the last step all is signal; otherwise as much as after the first training step
 * @param thresholding instead of clipping
 */
public record DDIMScheduler(
        TrainingNoise training,
        OptionalDouble clipSampleRange,
        boolean setAlphaToOne,
        int stepsOffset,
        PredictionType predictionType,
        Optional<Thresholding> thresholding,
        TimestepSpacing timestepSpacing)
        implements Scheduler {
    static final List<String> KEYS = List.of(
            "num_train_timesteps",
            "beta_start",
            "beta_end",
            "beta_schedule",
            "trained_betas",
            "clip_sample",
            "set_alpha_to_one",
            "steps_offset",
            "prediction_type",
            "thresholding",
            "dynamic_thresholding_ratio",
            "clip_sample_range",
            "sample_max_value",
            "timestep_spacing",
            "rescale_betas_zero_snr");

    static DDIMScheduler parse(Keys keys) {
        Thresholding thresholding = Thresholding.parse(keys);
        double range = keys.number("clip_sample_range", 1.0);
        return new DDIMScheduler(
                TrainingNoise.parse(keys, true),
                keys.flag("clip_sample", true) ? OptionalDouble.of(range) : OptionalDouble.empty(),
                keys.flag("set_alpha_to_one", true),
                keys.integer("steps_offset", 0),
                keys.choice(
                        "prediction_type",
                        PredictionType.EPSILON,
                        List.of(PredictionType.EPSILON, PredictionType.SAMPLE, PredictionType.V_PREDICTION)),
                keys.flag("thresholding", false) ? Optional.of(thresholding) : Optional.empty(),
                keys.choice("timestep_spacing", TimestepSpacing.LEADING, List.of(TimestepSpacing.values())));
    }

    @Override
    public int numTrainTimesteps() {
        return training.numTrainTimesteps();
    }

    /** @throws SchedulerException also if there are more steps than training steps */
    @Override
    public Schedule setTimesteps(int numInferenceSteps) {
        int n = SigmaTable.positive(className(), numInferenceSteps);
        if (n > numTrainTimesteps()) {
            throw new SchedulerException("%s: got %d inference steps, wanted at most the %d of training"
                    .formatted(className(), n, numTrainTimesteps()));
        }
        double[] timesteps = Grid.rounded(timestepSpacing.falling(numTrainTimesteps(), n, stepsOffset));
        AlphaTable table = new AlphaTable(className(), timesteps, training.alphasCumprod(), setAlphaToOne);
        return new DDIMSchedule(this, table, numTrainTimesteps() / n);
    }
}
