package io.github.tintype.schedulers;

import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a run remembers between steps. One-step methods only count.
 *
 * @param steps steps taken
 * @param outputs earlier model outputs (as the method keeps them), newest last
 * @param sample a sample held for a later step (PNDM)
 * @param sum a weighted sum of outputs so far (PNDM's Runge-Kutta)
 */
public record StepState(int steps, List<Tensor> outputs, Optional<Tensor> sample, Optional<Tensor> sum) {
    /** Before the first step. */
    public static final StepState START = new StepState(0, List.of(), Optional.empty(), Optional.empty());

    public StepState {
        outputs = List.copyOf(outputs);
    }

    StepState counted() {
        return new StepState(steps + 1, outputs, sample, sum);
    }

    /** With one more output, of which at most n are kept. */
    StepState remembering(Tensor output, int n) {
        List<Tensor> longer = new ArrayList<>(outputs);
        longer.add(output);
        return new StepState(steps, longer.subList(Math.max(0, longer.size() - n), longer.size()), sample, sum);
    }

    StepState holding(Optional<Tensor> held) {
        return new StepState(steps, outputs, held, sum);
    }

    StepState summing(Optional<Tensor> total) {
        return new StepState(steps, outputs, sample, total);
    }

    /** The output back steps ago; 1 is the newest. */
    Tensor output(int back) {
        return outputs.get(outputs.size() - back);
    }
}
