package io.github.tintype.schedulers;

import java.util.Locale;

/** The second-order formula of DPM-Solver. The name in a configuration is {@link #toString()}. */
public enum SolverType {
    /** Midpoint. */
    MIDPOINT,
    /** Heun. */
    HEUN,
    /** DEIS's name; read as {@link #MIDPOINT}, as diffusers does. */
    LOGRHO,
    /** UniPC's name; read as {@link #MIDPOINT}. */
    BH1,
    /** UniPC's name; read as {@link #MIDPOINT}. */
    BH2;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
