package io.github.tintype.app;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The schedulers that {@code --scheduler} knows: diffusers' class, the short name of stable-diffusion.cpp, the sampler name in pictures. */
enum SchedulerName {
    EULER("EulerDiscreteScheduler", "euler", "Euler"),
    EULER_ANCESTRAL("EulerAncestralDiscreteScheduler", "euler_a", "Euler a"),
    DDIM("DDIMScheduler", "ddim", "DDIM"),
    DPM_SOLVER_MULTISTEP("DPMSolverMultistepScheduler", "dpm++2m", "DPM++ 2M"),
    PNDM("PNDMScheduler", "pndm", "PLMS");

    private final String className;
    private final String shortName;
    private final String sampler;

    SchedulerName(String className, String shortName, String sampler) {
        this.className = className;
        this.shortName = shortName;
        this.sampler = sampler;
    }

    String className() {
        return className;
    }

    /** By class name, or by short name in any case. */
    static Optional<SchedulerName> find(String name) {
        return Arrays.stream(values())
                .filter(s -> s.className.equals(name) || s.shortName.equals(name.toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    static String shortNames() {
        return Arrays.stream(values()).map(s -> s.shortName).collect(Collectors.joining(", "));
    }

    /** What the A1111 family of programs calls the scheduler; a class that they don't know keeps its own name. */
    static String sampler(String className) {
        return find(className).map(s -> s.sampler).orElse(className);
    }
}
