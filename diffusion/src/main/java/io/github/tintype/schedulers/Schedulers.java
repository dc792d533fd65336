package io.github.tintype.schedulers;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** The closed table from diffusers' class names to schedulers; a scheduler is one line here. */
public final class Schedulers {
    private record Entry(String className, Function<Keys, Scheduler> parse, List<String> keys) {}

    private static final Map<String, Entry> TABLE = table(List.of(
            new Entry("EulerDiscreteScheduler", EulerDiscreteScheduler::parse, EulerDiscreteScheduler.KEYS),
            new Entry(
                    "EulerAncestralDiscreteScheduler",
                    EulerAncestralDiscreteScheduler::parse,
                    EulerAncestralDiscreteScheduler.KEYS),
            new Entry("DDIMScheduler", DDIMScheduler::parse, DDIMScheduler.KEYS),
            new Entry("PNDMScheduler", PNDMScheduler::parse, PNDMScheduler.KEYS),
            new Entry(
                    "DPMSolverMultistepScheduler",
                    DPMSolverMultistepScheduler::parse,
                    DPMSolverMultistepScheduler.KEYS)));

    /** Read by no class of the table, but by others that diffusers treats as interchangeable. */
    private static final Set<String> OTHERS_KEYS = Set.of(
            "variance_type",
            "use_corrector",
            "disable_corrector",
            "predict_x0",
            "solver_p",
            "invert_sigmas",
            "shift",
            "base_shift",
            "max_shift",
            "base_image_seq_len",
            "max_image_seq_len",
            "original_inference_steps",
            "timestep_scaling",
            "noise_sampler_seed");

    private Schedulers() {}

    /**
     * The scheduler of that class with that configuration. Keys of other classes and unknown keys are ignored, as diffusers does
     * ({@link #unknownKeys} lists the latter); a missing or null value is the class's default.
     *
     * @throws ModelFormatException if the class is not in the table or cannot do what the configuration says
     */
    public static Scheduler fromConfig(String className, ConfigNode config) {
        return entry(className, config).parse().apply(new Keys(config));
    }

    /** Keys of the configuration that no scheduler reads: worth a warning. */
    public static List<String> unknownKeys(String className, ConfigNode config) {
        Set<String> known = new TreeSet<>(OTHERS_KEYS);
        TABLE.values().forEach(entry -> known.addAll(entry.keys()));
        known.addAll(entry(className, config).keys());
        return config.keys().stream()
                .filter(key -> !key.startsWith("_") && !known.contains(key))
                .toList();
    }

    /** The class names of the table. */
    public static Set<String> classNames() {
        return TABLE.keySet();
    }

    private static Entry entry(String className, ConfigNode config) {
        if (!TABLE.containsKey(className)) {
            throw new ModelFormatException("%s: scheduler class: expected one of %s, found \"%s\""
                    .formatted(config.where(), String.join(", ", TABLE.keySet()), className));
        }
        return TABLE.get(className);
    }

    private static Map<String, Entry> table(List<Entry> entries) {
        Map<String, Entry> table = new LinkedHashMap<>();
        entries.forEach(entry -> table.put(entry.className(), entry));
        return Collections.unmodifiableMap(table);
    }
}
