package io.github.tintype.schedulers;

import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * A run of {@link PNDMScheduler}. Which formula a step uses depends on how many were taken, not on its index: image-to-image, which starts
 * later, still begins with the first. Steps are computed in the sample's dtype with float32 coefficients.
 */
final class PNDMSchedule extends TableSchedule<AlphaTable> {
    private static final int KEPT_OUTPUTS = 4;

    private final PNDMScheduler scheduler;
    private final int stride;
    private final int prkSteps;

    /** stride: training steps from one timestep to the next; prkSteps: how many timesteps belong to Runge-Kutta. */
    PNDMSchedule(PNDMScheduler scheduler, AlphaTable table, int stride, int prkSteps) {
        super(table);
        this.scheduler = scheduler;
        this.stride = stride;
        this.prkSteps = prkSteps;
    }

    @Override
    public StepResult step(StepState state, int i, Tensor modelOutput, Tensor sample, StepOptions options) {
        return state.steps() < prkSteps
                ? rungeKutta(state, i, modelOutput, sample)
                : multistep(state, i, modelOutput, sample);
    }

    private StepResult rungeKutta(StepState state, int i, Tensor modelOutput, Tensor sample) {
        int stage = state.steps() % 4;
        int from = table.timestep(state.steps() - stage);
        int to = table.timestep(i) - (stage % 2 == 0 ? stride / 2 : 0);
        Tensor sum = plus(state.sum(), modelOutput.mul(stage == 0 || stage == 3 ? 1.0 / 6 : 1.0 / 3));
        Tensor held = stage == 0 ? sample : state.sample().orElse(sample);
        StepState next = (stage == 0 ? state.remembering(modelOutput, KEPT_OUTPUTS) : state)
                .holding(Optional.of(held))
                .summing(stage == 3 ? Optional.empty() : Optional.of(sum))
                .counted();
        return new StepResult(previous(held, from, to, stage == 3 ? sum : modelOutput), Optional.empty(), next);
    }

    private static Tensor plus(Optional<Tensor> sum, Tensor term) {
        return sum.map(before -> before.add(term)).orElse(term);
    }

    private StepResult multistep(StepState state, int i, Tensor modelOutput, Tensor sample) {
        int timestep = table.timestep(i);
        if (state.steps() == 1) {
            Tensor mean = modelOutput.add(state.output(1)).div(2);
            Tensor prevSample = previous(state.sample().orElse(sample), timestep + stride, timestep, mean);
            return new StepResult(
                    prevSample,
                    Optional.empty(),
                    state.holding(Optional.empty()).counted());
        }
        StepState next = state.remembering(modelOutput, KEPT_OUTPUTS);
        Tensor prevSample = previous(sample, timestep, timestep - stride, combined(next));
        return new StepResult(
                prevSample,
                Optional.empty(),
                (state.steps() == 0 ? next.holding(Optional.of(sample)) : next).counted());
    }

    /** Adams-Bashforth of as many outputs as there are. */
    private static Tensor combined(StepState state) {
        Tensor newest = state.output(1);
        return switch (state.outputs().size()) {
            case 1 -> newest;
            case 2 -> newest.mul(3).sub(state.output(2)).div(2);
            case 3 ->
                newest.mul(23)
                        .sub(state.output(2).mul(16))
                        .add(state.output(3).mul(5))
                        .div(12);
            default ->
                newest.mul(55)
                        .sub(state.output(2).mul(59))
                        .add(state.output(3).mul(37))
                        .sub(state.output(4).mul(9))
                        .mul(1.0 / 24);
        };
    }

    /** Formula (9) of the paper: the sample at another timestep for a given output. */
    private Tensor previous(Tensor sample, int from, int to, Tensor modelOutput) {
        float alpha = table.alpha(from);
        float alphaPrev = table.alphaBefore(to);
        float beta = 1f - alpha;
        float betaPrev = 1f - alphaPrev;
        Tensor epsilon = scheduler.predictionType() == PredictionType.V_PREDICTION
                ? Float32.times(Float32.sqrt(alpha), modelOutput).add(Float32.times(Float32.sqrt(beta), sample))
                : modelOutput;
        float denominator = alpha * Float32.sqrt(betaPrev) + Float32.sqrt(alpha * beta * alphaPrev);
        return Float32.times(Float32.sqrt(alphaPrev / alpha), sample)
                .sub(Float32.times(alphaPrev - alpha, epsilon).div(denominator));
    }
}
