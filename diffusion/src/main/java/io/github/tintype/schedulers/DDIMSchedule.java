package io.github.tintype.schedulers;

import io.github.tintype.trace.Tensor;
import java.util.Optional;

/** A run of {@link DDIMScheduler}. Steps are computed in the sample's dtype with float32 coefficients. */
final class DDIMSchedule extends TableSchedule<AlphaTable> {
    private final DDIMScheduler scheduler;
    private final int stride;

    /** stride: training steps from one timestep to the next. */
    DDIMSchedule(DDIMScheduler scheduler, AlphaTable table, int stride) {
        super(table);
        this.scheduler = scheduler;
        this.stride = stride;
    }

    @Override
    public StepResult step(StepState state, int i, Tensor modelOutput, Tensor sample, StepOptions options) {
        int timestep = table.timestep(i);
        float alpha = table.alpha(timestep);
        float alphaPrev = table.alphaBefore(timestep - stride);
        float signal = Float32.sqrt(alpha);
        float rest = Float32.sqrt(1f - alpha);
        if (signal == 0 && scheduler.predictionType() == PredictionType.EPSILON) {
            throw new SchedulerException(
                    "%s: step %d: got epsilon at timestep %d, wanted another prediction_type: no signal is left"
                            .formatted(scheduler.className(), i, timestep));
        }
        Tensor original = limited(original(modelOutput, sample, signal, rest));
        Tensor epsilon = options.useClippedModelOutput()
                ? sample.sub(Float32.times(signal, original)).div(rest)
                : epsilon(modelOutput, sample, signal, rest);
        float deviation = (float) options.eta() * Float32.sqrt(variance(alpha, alphaPrev));
        Tensor direction = Float32.times(Float32.sqrt(1f - alphaPrev - deviation * deviation), epsilon);
        Tensor prevSample = Float32.times(Float32.sqrt(alphaPrev), original).add(direction);
        if (options.eta() > 0) {
            Tensor noise = options.noiseFor(scheduler.className()).next(modelOutput.type());
            prevSample = prevSample.add(Float32.times(deviation, noise));
        }
        return new StepResult(prevSample, Optional.of(original), state.counted());
    }

    private Tensor original(Tensor modelOutput, Tensor sample, float signal, float rest) {
        return switch (scheduler.predictionType()) {
            case EPSILON -> sample.sub(Float32.times(rest, modelOutput)).div(signal);
            case SAMPLE -> modelOutput;
            case V_PREDICTION -> Float32.times(signal, sample).sub(Float32.times(rest, modelOutput));
            case ORIGINAL_SAMPLE, FLOW_PREDICTION ->
                throw new AssertionError("refused when the configuration was read");
        };
    }

    /** From the model's output before clipping. */
    private Tensor epsilon(Tensor modelOutput, Tensor sample, float signal, float rest) {
        return switch (scheduler.predictionType()) {
            case EPSILON -> modelOutput;
            case SAMPLE -> sample.sub(Float32.times(signal, modelOutput)).div(rest);
            case V_PREDICTION -> Float32.times(signal, modelOutput).add(Float32.times(rest, sample));
            case ORIGINAL_SAMPLE, FLOW_PREDICTION ->
                throw new AssertionError("refused when the configuration was read");
        };
    }

    private Tensor limited(Tensor original) {
        if (scheduler.thresholding().isPresent()) {
            return scheduler.thresholding().get().apply(original);
        }
        if (scheduler.clipSampleRange().isPresent()) {
            double range = scheduler.clipSampleRange().getAsDouble();
            return original.clamp(-range, range);
        }
        return original;
    }

    private static float variance(float alpha, float alphaPrev) {
        return (1f - alphaPrev) / (1f - alpha) * (1f - alpha / alphaPrev);
    }
}
