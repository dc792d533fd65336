package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/** A run of {@link EulerAncestralDiscreteScheduler}: one draw of noise a step, in the dtype of the model's output. */
final class EulerAncestralDiscreteSchedule extends EulerSchedule {
    private final EulerAncestralDiscreteScheduler scheduler;

    EulerAncestralDiscreteSchedule(EulerAncestralDiscreteScheduler scheduler, SigmaTable table) {
        super(table, scheduler.timestepSpacing());
        this.scheduler = scheduler;
    }

    @Override
    public StepResult step(StepState state, int i, Tensor modelOutput, Tensor sample, StepOptions options) {
        float from = table.sigma(i);
        float to = table.sigma(i + 1);
        float up = Float32.sqrt(to * to * (from * from - to * to) / (from * from));
        float down = Float32.sqrt(to * to - up * up);
        Tensor x = sample.to(DType.F32);
        Tensor original = switch (scheduler.predictionType()) {
            case EPSILON -> x.sub(Float32.times(from, modelOutput).to(DType.F32));
            case V_PREDICTION -> SigmaTable.originalFromVelocity(modelOutput, x, from);
            case SAMPLE, ORIGINAL_SAMPLE, FLOW_PREDICTION ->
                throw new AssertionError("refused when the configuration was read");
        };
        Tensor derivative = x.sub(original).div(from);
        Tensor noise = options.noiseFor(scheduler.className()).next(modelOutput.type());
        Tensor prevSample = x.add(derivative.mul(down - from)).add(noise.mul(up).to(DType.F32));
        return new StepResult(prevSample.to(modelOutput.dtype()), Optional.of(original), state.counted());
    }
}
