package io.github.tintype.capture;

import io.github.tintype.compile.CompileFlags;
import java.util.Optional;

/**
 * How a function is compiled. Source: torch.compile and the flags of torch._inductor.config that diffusers' guide sets.
 *
 * @param backend whether the graph is improved at all
 * @param mode a preset
 * @param flags what the passes may do, in place of the mode's
 * @param dynamic which sizes stay open
 * @param useDuckShape whether open sizes that are equal when recorded are taken to be equal at each call
 * @param fullgraph whether a graph break, or a recompile beyond the limit, is an error
 * @param recompileLimit graphs kept for one function; beyond it calls that fit none run uncompiled, with one warning
 */
public record CompileOptions(
        Backend backend,
        Mode mode,
        Optional<CompileFlags> flags,
        Dynamic dynamic,
        boolean useDuckShape,
        boolean fullgraph,
        int recompileLimit) {
    /** torch.compile's defaults. */
    public static final CompileOptions DEFAULT =
            new CompileOptions(Backend.TINTYPE, Mode.DEFAULT, Optional.empty(), Dynamic.AUTO, true, false, 8);

    /** No compiling: a graph for each set of sizes, run as it was recorded. */
    public static final CompileOptions EAGER = new CompileOptions(
            Backend.EAGER, Mode.DEFAULT, Optional.empty(), Dynamic.NEVER, true, false, Integer.MAX_VALUE);

    public CompileOptions {
        if (recompileLimit < 1) {
            throw new CompileException("recompileLimit: got %d, wanted 1 or more".formatted(recompileLimit));
        }
    }

    public CompileOptions withMode(Mode other) {
        return new CompileOptions(backend, other, flags, dynamic, useDuckShape, fullgraph, recompileLimit);
    }

    public CompileOptions withFlags(CompileFlags other) {
        return new CompileOptions(backend, mode, Optional.of(other), dynamic, useDuckShape, fullgraph, recompileLimit);
    }

    public CompileOptions withDynamic(Dynamic other) {
        return new CompileOptions(backend, mode, flags, other, useDuckShape, fullgraph, recompileLimit);
    }

    public CompileOptions withDuckShape(boolean use) {
        return new CompileOptions(backend, mode, flags, dynamic, use, fullgraph, recompileLimit);
    }

    public CompileOptions withFullgraph(boolean whole) {
        return new CompileOptions(backend, mode, flags, dynamic, useDuckShape, whole, recompileLimit);
    }

    public CompileOptions withRecompileLimit(int limit) {
        return new CompileOptions(backend, mode, flags, dynamic, useDuckShape, fullgraph, limit);
    }

    /** What the passes may do: these flags, or else the mode's. */
    public CompileFlags effectiveFlags() {
        return flags.orElse(mode.flags());
    }
}
