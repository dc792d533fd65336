package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * A run of {@link DPMSolverMultistepScheduler}. Outputs are converted and remembered in the model's dtype; the update is float32. The
 * state's outputs are the converted ones.
 */
final class DPMSolverMultistepSchedule extends TableSchedule<SigmaTable> {
    private static final int SHORT_RUN = 15;
    private static final int IMAGE_CHANNELS = 3;

    private final DPMSolverMultistepScheduler scheduler;

    DPMSolverMultistepSchedule(DPMSolverMultistepScheduler scheduler, SigmaTable table) {
        super(table);
        this.scheduler = scheduler;
    }

    @Override
    public StepResult step(StepState state, int i, Tensor modelOutput, Tensor sample, StepOptions options) {
        Tensor converted = converted(modelOutput, sample, level(i));
        StepState next = state.remembering(converted, scheduler.solverOrder()).counted();
        Tensor x = sample.to(DType.F32);
        DPMSolverUpdate update = new DPMSolverUpdate(scheduler.algorithmType(), isHeun(), x, noise(options, converted));
        Tensor prevSample = switch (order(state.steps(), i)) {
            case 1 -> update.first(level(i + 1), level(i), converted);
            case 2 -> update.second(level(i + 1), level(i), level(i - 1), next);
            default -> update.third(level(i + 1), level(i), level(i - 1), level(i - 2), next);
        };
        return new StepResult(prevSample.to(converted.dtype()), Optional.empty(), next);
    }

    /** As many earlier outputs as there are, fewer at the end of the run. */
    private int order(int steps, int i) {
        boolean isShort = scheduler.lowerOrderFinal() && size() < SHORT_RUN;
        boolean isLast = i == size() - 1;
        if (isLast && (scheduler.eulerAtFinal() || isShort || scheduler.finalSigmasType() == FinalSigmasType.ZERO)) {
            return 1;
        }
        int possible = Math.min(scheduler.solverOrder(), steps + 1);
        return i == size() - 2 && isShort ? Math.min(possible, 2) : possible;
    }

    private boolean isHeun() {
        return scheduler.solverType() == SolverType.HEUN;
    }

    private Optional<Tensor> noise(StepOptions options, Tensor converted) {
        if (!scheduler.algorithmType().isStochastic()) {
            return Optional.empty();
        }
        TensorType type = converted.type().with(DType.F32);
        return Optional.of(options.noiseFor(scheduler.className()).next(type));
    }

    private NoiseLevel level(int i) {
        return NoiseLevel.of(table.sigma(i), scheduler.useFlowSigmas());
    }

    /** The clean sample, or the noise, that the model's output stands for. */
    private Tensor converted(Tensor modelOutput, Tensor sample, NoiseLevel level) {
        if (scheduler.algorithmType().predictsSample()) {
            return limited(original(modelOutput, sample, level));
        }
        Tensor epsilon = epsilon(modelOutput, sample, level);
        if (scheduler.thresholding().isEmpty()) {
            return epsilon;
        }
        Tensor original =
                limited(sample.sub(Float32.times(level.sigma(), epsilon)).div(level.alpha()));
        return sample.sub(Float32.times(level.alpha(), original)).div(level.sigma());
    }

    private Tensor original(Tensor modelOutput, Tensor sample, NoiseLevel level) {
        return switch (scheduler.predictionType()) {
            case EPSILON ->
                sample.sub(Float32.times(level.sigma(), image(modelOutput))).div(level.alpha());
            case SAMPLE -> modelOutput;
            case V_PREDICTION -> Float32.times(level.alpha(), sample).sub(Float32.times(level.sigma(), modelOutput));
            case FLOW_PREDICTION -> sample.sub(Float32.times(level.configured(), modelOutput));
            case ORIGINAL_SAMPLE -> throw new AssertionError("refused when the configuration was read");
        };
    }

    private Tensor epsilon(Tensor modelOutput, Tensor sample, NoiseLevel level) {
        return switch (scheduler.predictionType()) {
            case EPSILON -> image(modelOutput);
            case SAMPLE -> sample.sub(Float32.times(level.alpha(), modelOutput)).div(level.sigma());
            case V_PREDICTION -> Float32.times(level.alpha(), modelOutput).add(Float32.times(level.sigma(), sample));
            case FLOW_PREDICTION, ORIGINAL_SAMPLE ->
                throw new AssertionError("refused when the configuration was read");
        };
    }

    private Tensor image(Tensor modelOutput) {
        return scheduler.learnedVariance() ? modelOutput.slice(1, 0, IMAGE_CHANNELS) : modelOutput;
    }

    private Tensor limited(Tensor original) {
        return scheduler.thresholding().isPresent()
                ? scheduler.thresholding().get().apply(original)
                : original;
    }

    @Override
    public Tensor addNoise(Tensor original, Tensor noise, int i) {
        NoiseLevel level = NoiseLevel.in(original.dtype(), table.sigma(i), scheduler.useFlowSigmas());
        return original.mul(level.alpha()).add(noise.mul(level.sigma()));
    }
}
