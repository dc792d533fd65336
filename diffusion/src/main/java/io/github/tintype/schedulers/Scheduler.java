package io.github.tintype.schedulers;

/** A scheduler's configuration, checked. Records named as diffusers' classes; {@link Schedulers} makes them. */
public sealed interface Scheduler
        permits EulerDiscreteScheduler,
                EulerAncestralDiscreteScheduler,
                DDIMScheduler,
                PNDMScheduler,
                DPMSolverMultistepScheduler {
    /** Steps of training. */
    int numTrainTimesteps();

    /** The schedule of a run of n steps. @throws SchedulerException if n is not positive or the class cannot */
    Schedule setTimesteps(int numInferenceSteps);

    /** A schedule through these training steps, falling. @throws SchedulerException if the class or configuration takes none */
    default Schedule setTimesteps(double[] timesteps) {
        throw new SchedulerException("%s: got custom timesteps, wanted a number of steps".formatted(className()));
    }

    /** A schedule through these noise levels, falling, the last one included. @throws SchedulerException if the class takes none */
    default Schedule setSigmas(double[] sigmas) {
        throw new SchedulerException("%s: got custom sigmas, wanted a number of steps".formatted(className()));
    }

    /** As {@link #setTimesteps(int)}, the flow shift being eᵐᵘ. @throws SchedulerException unless use_dynamic_shifting is on */
    default Schedule setTimesteps(int numInferenceSteps, double mu) {
        throw new SchedulerException("%s: got mu %s, wanted none: no dynamic shifting".formatted(className(), mu));
    }

    /** Diffusers' name. */
    default String className() {
        return getClass().getSimpleName();
    }
}
