package io.github.tintype.schedulers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Pseudo numerical methods (arXiv 2202.09778), diffusers schedulers/scheduling_pndm.py: three Runge-Kutta steps of four model calls, then
 * linear multistep; or multistep from the start, with the second timestep twice.
 *
 * @param skipPrkSteps no Runge-Kutta steps
 * @param setAlphaToOne after the last step all is signal; otherwise as much as after the first training step
 */
public record PNDMScheduler(
        TrainingNoise training,
        boolean skipPrkSteps,
        boolean setAlphaToOne,
        PredictionType predictionType,
        TimestepSpacing timestepSpacing,
        int stepsOffset)
        implements Scheduler {
    static final List<String> KEYS = List.of(
            "num_train_timesteps",
            "beta_start",
            "beta_end",
            "beta_schedule",
            "trained_betas",
            "skip_prk_steps",
            "set_alpha_to_one",
            "prediction_type",
            "timestep_spacing",
            "steps_offset");

    private static final int ORDER = 4;

    static PNDMScheduler parse(Keys keys) {
        return new PNDMScheduler(
                TrainingNoise.parse(keys, false),
                keys.flag("skip_prk_steps", false),
                keys.flag("set_alpha_to_one", false),
                keys.choice(
                        "prediction_type",
                        PredictionType.EPSILON,
                        List.of(PredictionType.EPSILON, PredictionType.V_PREDICTION)),
                keys.choice("timestep_spacing", TimestepSpacing.LEADING, List.of(TimestepSpacing.values())),
                keys.integer("steps_offset", 0));
    }

    @Override
    public int numTrainTimesteps() {
        return training.numTrainTimesteps();
    }

    /** @throws SchedulerException also if there are fewer than 4 steps, which the Runge-Kutta start needs */
    @Override
    public Schedule setTimesteps(int numInferenceSteps) {
        int n = SigmaTable.positive(className(), numInferenceSteps);
        double[] rising = Grid.reversed(Grid.rounded(timestepSpacing.falling(numTrainTimesteps(), n, stepsOffset)));
        int stride = numTrainTimesteps() / n;
        List<Double> prk = skipPrkSteps ? List.of() : rungeKutta(rising, stride / 2);
        List<Double> timesteps = new ArrayList<>(prk);
        timesteps.addAll(skipPrkSteps ? secondTwice(rising) : multistep(rising));
        AlphaTable table = new AlphaTable(
                className(),
                timesteps.stream().mapToDouble(Double::doubleValue).toArray(),
                training.alphasCumprod(),
                setAlphaToOne);
        return new PNDMSchedule(this, table, stride, prk.size());
    }

    /** Of the four highest timesteps, rising, each with its midpoint: all but the last, twice, without the outermost two; falling. */
    private List<Double> rungeKutta(double[] rising, int half) {
        if (rising.length < ORDER) {
            throw new SchedulerException("%s: got %d inference steps, wanted %d or more unless skip_prk_steps"
                    .formatted(className(), rising.length, ORDER));
        }
        List<Double> twice = new ArrayList<>();
        for (int i = rising.length - ORDER; i < rising.length; i++) {
            twice.addAll(List.of(rising[i], rising[i], rising[i] + half, rising[i] + half));
        }
        return twice.subList(1, twice.size() - 3).reversed();
    }

    private static List<Double> multistep(double[] rising) {
        return falling(Arrays.copyOf(rising, rising.length - 3));
    }

    private static List<Double> secondTwice(double[] rising) {
        List<Double> falling = new ArrayList<>(falling(rising));
        if (falling.size() > 1) {
            falling.add(1, falling.get(1));
        }
        return falling;
    }

    private static List<Double> falling(double[] rising) {
        return Arrays.stream(Grid.reversed(rising)).boxed().toList();
    }
}
