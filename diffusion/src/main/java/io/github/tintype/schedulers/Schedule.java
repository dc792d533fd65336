package io.github.tintype.schedulers;

import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;

/**
 * The tables of one run and its step formula; immutable, so one schedule may serve many runs. Step i takes a sample from
 * {@code timesteps()[i]} to the next; image-to-image starts at a later i with the same tables and {@link StepState#START}.
 */
public interface Schedule {
    /** Model calls of a run: the number of timesteps. */
    int size();

    /** What the model is told at each step, exactly as diffusers has it (float32 or integers). */
    double[] timesteps();

    /** {@link DType#F32}, or {@link DType#I64} where the timesteps are integers. */
    DType timestepsDtype();

    /** The noise levels, one more than {@link #size()}; none for schedulers that look them up by timestep (DDIM, PNDM). */
    double[] sigmas();

    /** Factor of the unit noise that a run starts from. */
    double initNoiseSigma();

    /** The sample as the model wants it at step i. */
    Tensor scaleModelInput(Tensor sample, int i);

    /** Before the first step. */
    default StepState start() {
        return StepState.START;
    }

    /**
     * One step.
     *
     * @param state from {@link #start()} or the previous step
     * @param modelOutput the model's output for {@link #scaleModelInput}, of any floating-point dtype
     * @param sample the sample before the step
     */
    StepResult step(StepState state, int i, Tensor modelOutput, Tensor sample, StepOptions options);

    /** original with as much noise as there is before step i. Both of one dtype. */
    Tensor addNoise(Tensor original, Tensor noise, int i);

    /** Model calls per step of a user's count (1; 2 for Heun's kind). */
    default int order() {
        return 1;
    }
}
