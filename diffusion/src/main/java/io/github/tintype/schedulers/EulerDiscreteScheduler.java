package io.github.tintype.schedulers;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Euler's method on the noise level (arXiv 2206.00364, algorithm 2), diffusers schedulers/scheduling_euler_discrete.py.
 *
 * @param sigmaMin lowest noise level for the curves; otherwise that of the last timestep
 * @param sigmaMax highest noise level for the curves; otherwise that of the first timestep
 */
public record EulerDiscreteScheduler(
        TrainingNoise training,
        PredictionType predictionType,
        InterpolationType interpolationType,
        SigmaCurve sigmaCurve,
        OptionalDouble sigmaMin,
        OptionalDouble sigmaMax,
        TimestepSpacing timestepSpacing,
        TimestepType timestepType,
        int stepsOffset,
        FinalSigmasType finalSigmasType)
        implements Scheduler {
    static final List<String> KEYS = List.of(
            "num_train_timesteps",
            "beta_start",
            "beta_end",
            "beta_schedule",
            "trained_betas",
            "prediction_type",
            "interpolation_type",
            "use_karras_sigmas",
            "use_exponential_sigmas",
            "use_beta_sigmas",
            "sigma_min",
            "sigma_max",
            "timestep_spacing",
            "timestep_type",
            "steps_offset",
            "rescale_betas_zero_snr",
            "final_sigmas_type");

    static EulerDiscreteScheduler parse(Keys keys) {
        return new EulerDiscreteScheduler(
                TrainingNoise.parse(keys, true),
                keys.choice(
                        "prediction_type",
                        PredictionType.EPSILON,
                        List.of(
                                PredictionType.EPSILON,
                                PredictionType.SAMPLE,
                                PredictionType.ORIGINAL_SAMPLE,
                                PredictionType.V_PREDICTION)),
                keys.choice("interpolation_type", InterpolationType.LINEAR, List.of(InterpolationType.values())),
                SigmaCurve.parse(keys),
                keys.positiveNumber("sigma_min"),
                keys.positiveNumber("sigma_max"),
                keys.choice("timestep_spacing", TimestepSpacing.LINSPACE, List.of(TimestepSpacing.values())),
                keys.choice("timestep_type", TimestepType.DISCRETE, List.of(TimestepType.values())),
                keys.integer("steps_offset", 0),
                keys.choice("final_sigmas_type", FinalSigmasType.ZERO, List.of(FinalSigmasType.values())));
    }

    @Override
    public int numTrainTimesteps() {
        return training.numTrainTimesteps();
    }

    @Override
    public Schedule setTimesteps(int numInferenceSteps) {
        int n = SigmaTable.positive(className(), numInferenceSteps);
        return through(timestepSpacing.falling(numTrainTimesteps(), n, stepsOffset), n);
    }

    /** @throws SchedulerException if the configuration derives the timesteps from a curve or from the noise level */
    @Override
    public Schedule setTimesteps(double[] timesteps) {
        if (sigmaCurve != SigmaCurve.NONE || isContinuous()) {
            throw new SchedulerException("%s: got custom timesteps, wanted a number of steps: %s sigmas, %s timesteps"
                    .formatted(className(), sigmaCurve, timestepType));
        }
        SigmaTable.positive(className(), timesteps.length);
        return through(timesteps, timesteps.length);
    }

    @Override
    public Schedule setSigmas(double[] sigmas) {
        SigmaTable.positive(className(), sigmas.length - 1);
        float[] narrowed = Grid.narrowed(sigmas);
        float[] logSigmas = Float32.log(trainingSigmas());
        return schedule(SigmaCurve.toTimesteps(Arrays.copyOf(narrowed, narrowed.length - 1), logSigmas), narrowed);
    }

    /** n: the steps asked for, one less than there are timesteps where trailing spacing doesn't divide exactly. */
    private Schedule through(double[] requested, int n) {
        double[] timesteps = Grid.widened(Grid.narrowed(requested));
        float[] training = trainingSigmas();
        float[] logSigmas = Float32.log(training);
        double[] sigmas = switch (interpolationType) {
            case LINEAR -> Grid.interpolate(timesteps, training);
            case LOG_LINEAR -> logLinear(logSigmas, n);
        };
        if (sigmaCurve != SigmaCurve.NONE) {
            sigmas = sigmaCurve.convert(sigmas, n, sigmaMin, sigmaMax);
            timesteps = SigmaCurve.toTimesteps(sigmas, logSigmas);
        }
        double last = switch (finalSigmasType) {
            case ZERO -> 0;
            case SIGMA_MIN -> training[0];
        };
        return schedule(timesteps, Grid.narrowed(Grid.appended(sigmas, last)));
    }

    /** One level more than there are steps, as in diffusers: the appended last one is never reached. */
    private static double[] logLinear(float[] logSigmas, int n) {
        float[] levels = Float32.linspace(logSigmas[logSigmas.length - 1], logSigmas[0], n + 1);
        for (int i = 0; i < levels.length; i++) {
            levels[i] = Float32.exp(levels[i]);
        }
        return Grid.widened(levels);
    }

    private Schedule schedule(double[] timesteps, float[] sigmas) {
        double[] told = isContinuous() ? quarterLogs(sigmas) : Grid.widened(Grid.narrowed(timesteps));
        return new EulerDiscreteSchedule(this, new SigmaTable(className(), told, sigmas));
    }

    private static double[] quarterLogs(float[] sigmas) {
        double[] logs = new double[sigmas.length - 1];
        for (int i = 0; i < logs.length; i++) {
            logs[i] = 0.25f * TorchLog.log(sigmas[i]);
        }
        return logs;
    }

    private boolean isContinuous() {
        return timestepType == TimestepType.CONTINUOUS && predictionType == PredictionType.V_PREDICTION;
    }

    private float[] trainingSigmas() {
        return TrainingNoise.sigmas(training.alphasCumprodNotZero());
    }
}
