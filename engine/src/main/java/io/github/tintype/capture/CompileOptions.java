package io.github.tintype.capture;

import io.github.tintype.compile.CompileFlags;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a function is compiled. Source: torch.compile and the flags of torch._inductor.config that diffusers' guide sets.
 *
 * @param backend whether the graph is improved at all
 * @param mode a preset
 * @param overrides flags by their names in torch._inductor.config, over what the mode says of them
 * @param dynamic which sizes stay open
 * @param useDuckShape whether open sizes that are equal when recorded are taken to be equal at each call
 * @param fullgraph whether a graph break, or a recompile beyond the limit, is an error
 * @param recompileLimit graphs kept for one function; beyond it calls that fit none run uncompiled, with one warning
 */
public record CompileOptions(
        Backend backend,
        Mode mode,
        Map<String, Boolean> overrides,
        Dynamic dynamic,
        boolean useDuckShape,
        boolean fullgraph,
        int recompileLimit) {
    private static final String CONV_1X1_AS_MM = "conv_1x1_as_mm";
    private static final String EPILOGUE_FUSION = "epilogue_fusion";

    /** torch.compile's defaults. */
    public static final CompileOptions DEFAULT =
            new CompileOptions(Backend.TINTYPE, Mode.DEFAULT, Map.of(), Dynamic.AUTO, true, false, 8);

    /** No compiling: a graph for each set of sizes, run as it was recorded. */
    public static final CompileOptions EAGER =
            new CompileOptions(Backend.EAGER, Mode.DEFAULT, Map.of(), Dynamic.NEVER, true, false, Integer.MAX_VALUE);

    public CompileOptions {
        overrides = Map.copyOf(overrides);
        if (recompileLimit < 1) {
            throw new CompileException("recompileLimit: got %d, wanted 1 or more".formatted(recompileLimit));
        }
    }

    public CompileOptions withMode(Mode other) {
        return new CompileOptions(backend, other, overrides, dynamic, useDuckShape, fullgraph, recompileLimit);
    }

    public CompileOptions withDynamic(Dynamic other) {
        return new CompileOptions(backend, mode, overrides, other, useDuckShape, fullgraph, recompileLimit);
    }

    public CompileOptions withDuckShape(boolean use) {
        return new CompileOptions(backend, mode, overrides, dynamic, use, fullgraph, recompileLimit);
    }

    public CompileOptions withFullgraph(boolean whole) {
        return new CompileOptions(backend, mode, overrides, dynamic, useDuckShape, whole, recompileLimit);
    }

    public CompileOptions withRecompileLimit(int limit) {
        return new CompileOptions(backend, mode, overrides, dynamic, useDuckShape, fullgraph, limit);
    }

    /**
     * These options with one of torch._inductor.config's flags set, over what any mode says of it.
     *
     * @param name {@code conv_1x1_as_mm} or {@code epilogue_fusion}
     * @throws CompileException for a flag of another name, and for those of the guide that nothing here obeys yet
     */
    public CompileOptions withOption(String name, boolean value) {
        switch (name) {
            case CONV_1X1_AS_MM, EPILOGUE_FUSION -> {}
            case "coordinate_descent_tuning", "coordinate_descent_check_all_directions" ->
                throw notYet(name, "no kernel here has parameters to tune");
            case "force_fuse_int_mm_with_mul", "use_mixed_mm" -> throw notYet(name, "no weight here is quantised");
            default ->
                throw new CompileException(
                        "option: got \"%s\", wanted %s or %s".formatted(name, CONV_1X1_AS_MM, EPILOGUE_FUSION));
        }
        Map<String, Boolean> more = new TreeMap<>(overrides);
        more.put(name, value);
        return new CompileOptions(backend, mode, more, dynamic, useDuckShape, fullgraph, recompileLimit);
    }

    private static CompileException notYet(String name, String reason) {
        return new CompileException("option: %s would have no effect: %s".formatted(name, reason));
    }

    /** What the passes may do: the mode's flags with the overrides over them. */
    public CompileFlags effectiveFlags() {
        CompileFlags preset = mode.flags();
        return new CompileFlags(
                overrides.getOrDefault(CONV_1X1_AS_MM, preset.conv1x1AsMm()),
                overrides.getOrDefault(EPILOGUE_FUSION, preset.epilogueFusion()));
    }
}
