package io.github.tintype.schedulers;

/** Which equation DPM-Solver solves and in which variable. The name in a configuration is {@link #toString()}. */
public enum AlgorithmType {
    /** The deterministic equation in the noise. */
    DPMSOLVER("dpmsolver"),
    /** The deterministic equation in the clean sample. */
    DPMSOLVER_PLUS_PLUS("dpmsolver++"),
    /** The stochastic equation in the noise. */
    SDE_DPMSOLVER("sde-dpmsolver"),
    /** The stochastic equation in the clean sample. */
    SDE_DPMSOLVER_PLUS_PLUS("sde-dpmsolver++"),
    /** Another class's name for its own method; diffusers reads it as {@link #DPMSOLVER_PLUS_PLUS}. */
    DEIS("deis");

    private final String key;

    AlgorithmType(String key) {
        this.key = key;
    }

    /** Whether the model's output is first turned into the clean sample. */
    boolean predictsSample() {
        return this == DPMSOLVER_PLUS_PLUS || this == SDE_DPMSOLVER_PLUS_PLUS;
    }

    /** Whether each step adds noise. */
    boolean isStochastic() {
        return this == SDE_DPMSOLVER || this == SDE_DPMSOLVER_PLUS_PLUS;
    }

    @Override
    public String toString() {
        return key;
    }
}
