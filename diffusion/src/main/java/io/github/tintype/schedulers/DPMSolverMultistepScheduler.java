package io.github.tintype.schedulers;

import java.util.List;
import java.util.Optional;

/**
 * DPM-Solver and DPM-Solver++ (arXiv 2206.00927, 2211.01095), diffusers schedulers/scheduling_dpmsolver_multistep.py.
 *
 * @param solverOrder earlier outputs a step may use, itself included: 1, 2 or 3
 * @param lowerOrderFinal lower orders at the end of runs of fewer than 15 steps
 * @param eulerAtFinal first order in the last step
 * @param flowShift shift of the flow sigmas, where useFlowSigmas
 * @param lambdaMinClipped leave out the training steps with a lower logarithm of signal to noise
 * @param learnedVariance the model's output has more channels than the three of an image; the others are ignored
 */
public record DPMSolverMultistepScheduler(
        TrainingNoise training,
        int solverOrder,
        PredictionType predictionType,
        Optional<Thresholding> thresholding,
        AlgorithmType algorithmType,
        SolverType solverType,
        boolean lowerOrderFinal,
        boolean eulerAtFinal,
        SigmaCurve sigmaCurve,
        boolean useLuLambdas,
        boolean useFlowSigmas,
        double flowShift,
        FinalSigmasType finalSigmasType,
        double lambdaMinClipped,
        boolean learnedVariance,
        TimestepSpacing timestepSpacing,
        int stepsOffset,
        boolean useDynamicShifting)
        implements Scheduler {
    static final List<String> KEYS = List.of(
            "num_train_timesteps",
            "beta_start",
            "beta_end",
            "beta_schedule",
            "trained_betas",
            "solver_order",
            "prediction_type",
            "thresholding",
            "dynamic_thresholding_ratio",
            "sample_max_value",
            "algorithm_type",
            "solver_type",
            "lower_order_final",
            "euler_at_final",
            "use_karras_sigmas",
            "use_exponential_sigmas",
            "use_beta_sigmas",
            "use_lu_lambdas",
            "use_flow_sigmas",
            "flow_shift",
            "final_sigmas_type",
            "lambda_min_clipped",
            "variance_type",
            "timestep_spacing",
            "steps_offset",
            "rescale_betas_zero_snr",
            "use_dynamic_shifting",
            "time_shift_type");

    static DPMSolverMultistepScheduler parse(Keys keys) {
        AlgorithmType algorithm = algorithm(keys);
        Thresholding thresholding = Thresholding.parse(keys);
        keys.name("time_shift_type", "exponential", List.of("exponential"));
        return new DPMSolverMultistepScheduler(
                TrainingNoise.parse(keys, true),
                keys.between("solver_order", 1, algorithm == AlgorithmType.SDE_DPMSOLVER ? 2 : 3, 2),
                predictionType(keys, algorithm),
                keys.flag("thresholding", false) ? Optional.of(thresholding) : Optional.empty(),
                algorithm,
                keys.choice("solver_type", SolverType.MIDPOINT, List.of(SolverType.values())),
                keys.flag("lower_order_final", true),
                keys.flag("euler_at_final", false),
                SigmaCurve.parse(keys),
                keys.flag("use_lu_lambdas", false),
                keys.flag("use_flow_sigmas", false),
                keys.number("flow_shift", 1.0),
                keys.choice("final_sigmas_type", FinalSigmasType.ZERO, List.of(FinalSigmasType.values())),
                keys.extendedNumber("lambda_min_clipped", Double.NEGATIVE_INFINITY),
                keys.name(
                                "variance_type",
                                "",
                                List.of(
                                        "",
                                        "learned",
                                        "learned_range",
                                        "fixed_small",
                                        "fixed_small_log",
                                        "fixed_large",
                                        "fixed_large_log"))
                        .startsWith("learned"),
                keys.choice("timestep_spacing", TimestepSpacing.LINSPACE, List.of(TimestepSpacing.values())),
                keys.integer("steps_offset", 0),
                keys.flag("use_dynamic_shifting", false));
    }

    private static AlgorithmType algorithm(Keys keys) {
        AlgorithmType algorithm =
                keys.choice("algorithm_type", AlgorithmType.DPMSOLVER_PLUS_PLUS, List.of(AlgorithmType.values()));
        FinalSigmasType last =
                keys.choice("final_sigmas_type", FinalSigmasType.ZERO, List.of(FinalSigmasType.values()));
        if (!algorithm.predictsSample() && last == FinalSigmasType.ZERO) {
            throw keys.refused(
                    "final_sigmas_type: expected sigma_min for algorithm_type %s, found zero".formatted(algorithm));
        }
        return algorithm == AlgorithmType.DEIS ? AlgorithmType.DPMSOLVER_PLUS_PLUS : algorithm;
    }

    private static PredictionType predictionType(Keys keys, AlgorithmType algorithm) {
        List<PredictionType> known =
                List.of(PredictionType.EPSILON, PredictionType.SAMPLE, PredictionType.V_PREDICTION);
        List<PredictionType> withFlow = List.of(
                PredictionType.EPSILON,
                PredictionType.SAMPLE,
                PredictionType.V_PREDICTION,
                PredictionType.FLOW_PREDICTION);
        return keys.choice("prediction_type", PredictionType.EPSILON, algorithm.predictsSample() ? withFlow : known);
    }

    @Override
    public int numTrainTimesteps() {
        return training.numTrainTimesteps();
    }

    @Override
    public Schedule setTimesteps(int numInferenceSteps) {
        int n = SigmaTable.positive(className(), numInferenceSteps);
        return schedule(new DPMSolverTables(this).of(n, flowShift));
    }

    @Override
    public Schedule setTimesteps(int numInferenceSteps, double mu) {
        if (!useDynamicShifting) {
            throw new SchedulerException(
                    "%s: got mu %s, wanted none: use_dynamic_shifting is off".formatted(className(), mu));
        }
        int n = SigmaTable.positive(className(), numInferenceSteps);
        return schedule(new DPMSolverTables(this).of(n, Math.exp(mu)));
    }

    /** @throws SchedulerException if the configuration derives the timesteps from the noise levels */
    @Override
    public Schedule setTimesteps(double[] timesteps) {
        if (sigmaCurve != SigmaCurve.NONE || useLuLambdas || useFlowSigmas) {
            throw new SchedulerException(
                    "%s: got custom timesteps, wanted a number of steps: the sigmas are given".formatted(className()));
        }
        SigmaTable.positive(className(), timesteps.length);
        return schedule(new DPMSolverTables(this).through(Grid.truncated(timesteps)));
    }

    private Schedule schedule(SigmaTable table) {
        return new DPMSolverMultistepSchedule(this, table);
    }
}
