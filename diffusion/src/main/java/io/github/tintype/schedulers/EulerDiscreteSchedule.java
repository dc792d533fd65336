package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/** A run of {@link EulerDiscreteScheduler}. Coefficients are float32; steps are computed in float32 whatever the model's dtype. */
final class EulerDiscreteSchedule extends EulerSchedule {
    private static final double MAX_GAMMA = Math.sqrt(2) - 1;

    private final EulerDiscreteScheduler scheduler;

    EulerDiscreteSchedule(EulerDiscreteScheduler scheduler, SigmaTable table) {
        super(table, scheduler.timestepSpacing());
        this.scheduler = scheduler;
    }

    @Override
    public StepResult step(StepState state, int i, Tensor modelOutput, Tensor sample, StepOptions options) {
        float sigma = table.sigma(i);
        double gamma = gamma(options.churn(), sigma);
        float sigmaHat = sigma * (float) (gamma + 1);
        Tensor x = sample.to(DType.F32);
        if (gamma > 0) {
            Tensor noise = options.noiseFor(scheduler.className()).next(modelOutput.type());
            float added = Float32.sqrt(sigmaHat * sigmaHat - sigma * sigma);
            x = x.add(noise.mul(options.churn().noise()).mul(added).to(DType.F32));
        }
        Tensor original = switch (scheduler.predictionType()) {
            case EPSILON -> x.sub(Float32.times(sigmaHat, modelOutput).to(DType.F32));
            case SAMPLE, ORIGINAL_SAMPLE -> modelOutput;
            case V_PREDICTION -> SigmaTable.originalFromVelocity(modelOutput, x, sigma);
            case FLOW_PREDICTION -> throw new AssertionError("refused when the configuration was read");
        };
        Tensor derivative = x.sub(original.to(DType.F32)).div(sigmaHat);
        Tensor prevSample = x.add(derivative.mul(table.sigma(i + 1) - sigmaHat));
        return new StepResult(prevSample.to(modelOutput.dtype()), Optional.of(original), state.counted());
    }

    private double gamma(StepOptions.Churn churn, float sigma) {
        if (sigma < (float) churn.tmin() || sigma > (float) churn.tmax()) {
            return 0;
        }
        return Math.min(churn.amount() / (table.levels() - 1), MAX_GAMMA);
    }
}
