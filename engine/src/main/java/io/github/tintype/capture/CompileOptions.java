package io.github.tintype.capture;

import io.github.tintype.compile.CompileFlags;
import io.github.tintype.compile.RegionPolicy;
import io.github.tintype.device.Search;
import io.github.tintype.device.TuningBudget;
import io.github.tintype.runtime.ProgramUse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a function is compiled. Source: torch.compile and the flags of torch._inductor.config that diffusers' guide sets.
 *
 * @param backend whether the graph is improved at all
 * @param mode a preset
 * @param overrides flags by their names in torch._inductor.config, over what the mode says of them
 * @param regions which parts are compiled, and which of them share a program
 * @param dynamic which sizes stay open
 * @param useDuckShape whether open sizes that are equal when recorded are taken to be equal at each call
 * @param fullgraph whether a graph break, or a recompile beyond the limit, is an error
 * @param recompileLimit graphs kept for one function; beyond it calls that fit none run uncompiled, with one warning
 * @param requestArguments paths of arguments, or of records of arguments, that are the very same tensors at each step of a request;
 *     what depends on nothing else is computed once for them
 * @param tuningBudget the most time that measuring kernels takes, in all that is compiled for one function; empty for as much as it takes
 */
public record CompileOptions(
        Backend backend,
        Mode mode,
        Map<String, Boolean> overrides,
        RegionPolicy regions,
        Dynamic dynamic,
        boolean useDuckShape,
        boolean fullgraph,
        int recompileLimit,
        List<String> requestArguments,
        Optional<Duration> tuningBudget) {
    private static final String CONV_1X1_AS_MM = "conv_1x1_as_mm";
    private static final String EPILOGUE_FUSION = "epilogue_fusion";
    private static final String MAX_AUTOTUNE = "max_autotune";
    private static final String COORDINATE_DESCENT_TUNING = "coordinate_descent_tuning";
    private static final String CHECK_ALL_DIRECTIONS = "coordinate_descent_check_all_directions";
    private static final String FORCE_FUSE_INT_MM_WITH_MUL = "force_fuse_int_mm_with_mul";

    /** torch.compile's defaults. */
    public static final CompileOptions DEFAULT = new CompileOptions(
            Backend.TINTYPE,
            Mode.DEFAULT,
            Map.of(),
            new RegionPolicy.WholeGraph(),
            Dynamic.AUTO,
            true,
            false,
            8,
            List.of(),
            Optional.empty());

    /** No compiling: a graph for each set of sizes, run as it was recorded. */
    public static final CompileOptions EAGER = new CompileOptions(
            Backend.EAGER,
            Mode.DEFAULT,
            Map.of(),
            new RegionPolicy.WholeGraph(),
            Dynamic.NEVER,
            true,
            false,
            Integer.MAX_VALUE,
            List.of(),
            Optional.empty());

    public CompileOptions {
        overrides = Map.copyOf(overrides);
        requestArguments = List.copyOf(requestArguments);
        if (recompileLimit < 1) {
            throw new CompileException("recompileLimit: got %d, wanted 1 or more".formatted(recompileLimit));
        }
        tuningBudget.filter(Duration::isNegative).ifPresent(time -> {
            throw new CompileException("tuningBudget: got %s, wanted 0 or more".formatted(time));
        });
    }

    public CompileOptions withMode(Mode other) {
        return new CompileOptions(
                backend,
                other,
                overrides,
                regions,
                dynamic,
                useDuckShape,
                fullgraph,
                recompileLimit,
                requestArguments,
                tuningBudget);
    }

    public CompileOptions withRegions(RegionPolicy other) {
        return new CompileOptions(
                backend,
                mode,
                overrides,
                other,
                dynamic,
                useDuckShape,
                fullgraph,
                recompileLimit,
                requestArguments,
                tuningBudget);
    }

    /** Only modules of these classes are compiled, equal ones once; the rest runs as recorded. Source: diffusers' regional compilation. */
    public CompileOptions withRepeatedBlocks(List<String> classes) {
        return withRegions(new RegionPolicy.RepeatedBlocks(classes));
    }

    public CompileOptions withDynamic(Dynamic other) {
        return new CompileOptions(
                backend,
                mode,
                overrides,
                regions,
                other,
                useDuckShape,
                fullgraph,
                recompileLimit,
                requestArguments,
                tuningBudget);
    }

    public CompileOptions withDuckShape(boolean use) {
        return new CompileOptions(
                backend,
                mode,
                overrides,
                regions,
                dynamic,
                use,
                fullgraph,
                recompileLimit,
                requestArguments,
                tuningBudget);
    }

    public CompileOptions withFullgraph(boolean whole) {
        return new CompileOptions(
                backend,
                mode,
                overrides,
                regions,
                dynamic,
                useDuckShape,
                whole,
                recompileLimit,
                requestArguments,
                tuningBudget);
    }

    public CompileOptions withRecompileLimit(int limit) {
        return new CompileOptions(
                backend,
                mode,
                overrides,
                regions,
                dynamic,
                useDuckShape,
                fullgraph,
                limit,
                requestArguments,
                tuningBudget);
    }

    /**
     * The function is called in steps, and these arguments are the very same tensors at each step of one request: what depends only on
     * them is computed at the first and kept while the tensors exist, for a few requests at once. Other tensors give other results, so
     * that a wrong name costs speed and nothing else. Uncompiled calls and functions whose graph breaks compute everything.
     *
     * @param paths as in {@link Dynamic.Axis}; that of a record stands for all tensors in it
     */
    public CompileOptions withRequestArguments(List<String> paths) {
        return new CompileOptions(
                backend,
                mode,
                overrides,
                regions,
                dynamic,
                useDuckShape,
                fullgraph,
                recompileLimit,
                paths,
                tuningBudget);
    }

    /**
     * Measuring kernels takes so long at most, in all that is compiled for one function. What it isn't enough for has the kernels that tables say, and a later compilation measures it.
     *
     * @param time 0 or more; 0 takes only what was measured before
     */
    public CompileOptions withTuningBudget(Duration time) {
        return new CompileOptions(
                backend,
                mode,
                overrides,
                regions,
                dynamic,
                useDuckShape,
                fullgraph,
                recompileLimit,
                requestArguments,
                Optional.of(time));
    }

    /**
     * These options with one of torch._inductor.config's flags set, over what any mode says of it.
     *
     * @param name {@code conv_1x1_as_mm}, {@code epilogue_fusion}; {@code max_autotune}, {@code coordinate_descent_tuning} or {@code coordinate_descent_check_all_directions}, which say what
     *     is measured to choose among kernels; or {@code force_fuse_int_mm_with_mul}, which is always on
     * @throws CompileException for a flag of another name, and for the one that torch ignores
     */
    public CompileOptions withOption(String name, boolean value) {
        switch (name) {
            case CONV_1X1_AS_MM, EPILOGUE_FUSION, MAX_AUTOTUNE, COORDINATE_DESCENT_TUNING, CHECK_ALL_DIRECTIONS -> {}
            case FORCE_FUSE_INT_MM_WITH_MUL -> {
                if (!value) {
                    throw new CompileException(
                            "option: %s: got false, wanted true: scales are always applied where products are stored"
                                    .formatted(name));
                }
                return this;
            }
            case "use_mixed_mm" -> throw withoutEffect(name, "torch ignores it");
            default ->
                throw new CompileException("option: got \"%s\", wanted %s"
                        .formatted(
                                name,
                                String.join(
                                        ", ",
                                        CONV_1X1_AS_MM,
                                        EPILOGUE_FUSION,
                                        MAX_AUTOTUNE,
                                        COORDINATE_DESCENT_TUNING,
                                        CHECK_ALL_DIRECTIONS)));
        }
        Map<String, Boolean> more = new TreeMap<>(overrides);
        more.put(name, value);
        return new CompileOptions(
                backend,
                mode,
                more,
                regions,
                dynamic,
                useDuckShape,
                fullgraph,
                recompileLimit,
                requestArguments,
                tuningBudget);
    }

    private static CompileException withoutEffect(String name, String reason) {
        return new CompileException("option: %s would have no effect: %s".formatted(name, reason));
    }

    /**
     * How programs are planned and held: uncompiled ones by libraries, the others as mode and flags say. Its budget begins anew with each call.
     *
     * @throws CompileException for a flag or a budget that has no effect without another
     */
    public ProgramUse programUse() {
        Search search = search();
        if (search.isNone() && tuningBudget.isPresent()) {
            throw withoutEffect("tuningBudget", "neither the mode nor a flag has anything measured");
        }
        TuningBudget budget = tuningBudget.map(TuningBudget::of).orElseGet(TuningBudget::unlimited);
        return backend == Backend.EAGER
                ? ProgramUse.UNCOMPILED
                : new ProgramUse(mode.effort(), mode.slabUse(), search, budget);
    }

    private Search search() {
        Search preset = mode.search();
        boolean descent = overrides.getOrDefault(COORDINATE_DESCENT_TUNING, preset.descent());
        boolean all = overrides.getOrDefault(CHECK_ALL_DIRECTIONS, preset.allDirections());
        if (all && !descent) {
            throw withoutEffect(CHECK_ALL_DIRECTIONS, COORDINATE_DESCENT_TUNING + " is off");
        }
        return new Search(overrides.getOrDefault(MAX_AUTOTUNE, preset.grid()), descent, all);
    }

    /** What the passes may do: the mode's flags with the overrides over them. */
    public CompileFlags effectiveFlags() {
        CompileFlags preset = mode.flags();
        return new CompileFlags(
                overrides.getOrDefault(CONV_1X1_AS_MM, preset.conv1x1AsMm()),
                overrides.getOrDefault(EPILOGUE_FUSION, preset.epilogueFusion()));
    }
}
