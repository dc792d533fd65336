package io.github.tintype.capture;

import io.github.tintype.compile.CompileFlags;
import java.util.Optional;

/**
 * How a function is compiled. Source: torch.compile and the flags of torch._inductor.config that diffusers' guide sets.
 *
 * @param mode a preset
 * @param flags what the passes may do, in place of the mode's
 * @param dynamic which sizes stay open
 * @param useDuckShape whether open sizes that are equal when recorded are taken to be equal at each call
 * @param fullgraph whether a graph break, or a recompile beyond the limit, is an error
 * @param recompileLimit graphs kept for one function; beyond it calls that fit none run uncompiled, with one warning
 */
public record CompileOptions(
        Mode mode,
        Optional<CompileFlags> flags,
        Dynamic dynamic,
        boolean useDuckShape,
        boolean fullgraph,
        int recompileLimit) {
    /** torch.compile's defaults. */
    public static final CompileOptions DEFAULT =
            new CompileOptions(Mode.DEFAULT, Optional.empty(), Dynamic.AUTO, true, false, 8);

    public CompileOptions {
        if (recompileLimit < 1) {
            throw new CompileException("recompileLimit: got %d, wanted 1 or more".formatted(recompileLimit));
        }
    }

    public CompileOptions withMode(Mode other) {
        return new CompileOptions(other, flags, dynamic, useDuckShape, fullgraph, recompileLimit);
    }

    public CompileOptions withFlags(CompileFlags other) {
        return new CompileOptions(mode, Optional.of(other), dynamic, useDuckShape, fullgraph, recompileLimit);
    }

    public CompileOptions withDynamic(Dynamic other) {
        return new CompileOptions(mode, flags, other, useDuckShape, fullgraph, recompileLimit);
    }

    public CompileOptions withDuckShape(boolean use) {
        return new CompileOptions(mode, flags, dynamic, use, fullgraph, recompileLimit);
    }

    public CompileOptions withFullgraph(boolean whole) {
        return new CompileOptions(mode, flags, dynamic, useDuckShape, whole, recompileLimit);
    }

    public CompileOptions withRecompileLimit(int limit) {
        return new CompileOptions(mode, flags, dynamic, useDuckShape, fullgraph, limit);
    }

    /** What the passes may do: these flags, or else the mode's. */
    public CompileFlags effectiveFlags() {
        return flags.orElse(mode.flags());
    }
}
