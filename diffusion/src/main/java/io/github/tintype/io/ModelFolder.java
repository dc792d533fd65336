package io.github.tintype.io;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A diffusers model folder: {@code model_index.json} and one folder per component.
 *
 * <p>The index may only name what {@link PipelineFamily} lists: another pipeline, another class, a library of its own (custom code)
 * or an unknown component is refused. Other keys are options ({@link #options()}), unknown ones are ignored.
 */
public final class ModelFolder {
    private static final String INDEX = "model_index.json";

    private final Path path;
    private final String className;
    private final PipelineFamily family;
    private final Map<String, Component> components;
    private final ConfigNode options;

    private ModelFolder(
            Path path, String className, PipelineFamily family, Map<String, Component> components, ConfigNode options) {
        this.path = path;
        this.className = className;
        this.family = family;
        this.components = components;
        this.options = options;
    }

    /**
     * Reads the index of the model in {@code path} and checks it; weights and configurations are read later.
     *
     * @throws ModelFormatException if the index is missing or names something else than the closed table, or a component's folder is
     *     missing
     * @throws UncheckedIOException if the index can't be read
     */
    public static ModelFolder open(Path path) {
        if (!Files.isDirectory(path)) {
            throw new ModelFormatException("%s: expected a model's folder, found %s"
                    .formatted(path, Files.exists(path) ? "a file" : "nothing"));
        }
        ConfigNode index = Json.read(path.resolve(INDEX), INDEX, Json.LARGEST_CONFIG);
        if (index.isList("_class_name")) {
            throw new ModelFormatException("%s: _class_name: a pipeline with custom code is refused".formatted(INDEX));
        }
        String className = index.getString("_class_name");
        PipelineFamily family =
                PipelineFamily.of(className).orElseThrow(() -> index.wrong("_class_name", "one of " + allClassNames()));
        Map<String, Component> components = components(path, index, family.slots(className));
        return new ModelFolder(path, className, family, components, index);
    }

    private static Map<String, Component> components(
            Path path, ConfigNode index, Map<String, PipelineFamily.Slot> slots) {
        for (String key : index.keys()) {
            if (!slots.containsKey(key) && index.isList(key)) {
                throw index.wrong(SafeName.check(key, INDEX), "one of the components " + new TreeSet<>(slots.keySet()));
            }
        }
        Map<String, Component> components = new LinkedHashMap<>();
        for (String name : new TreeSet<>(slots.keySet())) {
            PipelineFamily.Slot slot = slots.get(name);
            if (slot == null || (slot.nullable() && !index.has(name))) {
                continue;
            }
            component(path, index, name, slot).ifPresent(component -> components.put(name, component));
        }
        return components;
    }

    private static Optional<Component> component(Path path, ConfigNode index, String name, PipelineFamily.Slot slot) {
        List<Optional<String>> declared = index.getOptionalStrings(name);
        if (declared.size() != 2) {
            throw index.wrong(name, "[library, class]");
        }
        Optional<String> library = declared.get(0);
        Optional<String> className = declared.get(1);
        if (library.isEmpty() && className.isEmpty() && slot.nullable()) {
            return Optional.empty();
        }
        if (library.isEmpty() || className.isEmpty()) {
            throw new ModelFormatException("%s: %s: expected %s, found null: the pipeline can't run without it"
                    .formatted(INDEX, name, wanted(slot)));
        }
        if (!PipelineFamily.libraries().contains(library.get())) {
            throw new ModelFormatException("%s: %s: library %s is custom code, which is refused; expected %s"
                    .formatted(INDEX, name, Quoted.of(library.get()), wanted(slot)));
        }
        if (!slot.library().equals(library.get()) || !slot.classNames().contains(className.get())) {
            throw new ModelFormatException("%s: %s: expected %s, found %s.%s"
                    .formatted(INDEX, name, wanted(slot), library.get(), Quoted.plain(className.get())));
        }
        Path folder = path.resolve(name);
        if (!Files.isDirectory(folder) && !slot.nullable()) {
            throw new ModelFormatException("%s: %s: the folder %s is missing".formatted(INDEX, name, folder));
        }
        return Optional.of(new Component(name, library.get(), className.get(), folder));
    }

    private static String wanted(PipelineFamily.Slot slot) {
        return "%s.%s".formatted(slot.library(), String.join("|", slot.classNames()));
    }

    private static String allClassNames() {
        return String.join(
                ", ",
                List.of(PipelineFamily.values()).stream()
                        .flatMap(family -> family.classNames().stream())
                        .toList());
    }

    public Path path() {
        return path;
    }

    /** The pipeline's diffusers class, e.g. {@code StableDiffusionXLPipeline}; one of {@link PipelineFamily#classNames()}. */
    public String className() {
        return className;
    }

    public PipelineFamily family() {
        return family;
    }

    /** The names of the components that are there, sorted. */
    public Set<String> components() {
        return new TreeSet<>(components.keySet());
    }

    /** The component {@code name}, e.g. {@code unet}; empty where the index has none, or null. */
    public Optional<Component> component(String name) {
        return Optional.ofNullable(components.get(name));
    }

    /** The component {@code name}. @throws ModelFormatException if the index has none */
    public Component require(String name) {
        return component(name)
                .orElseThrow(() -> new ModelFormatException(
                        "%s: %s has no component %s".formatted(INDEX, className, Quoted.of(name))));
    }

    /**
     * The configuration of component {@code name}: {@code config.json}, {@code scheduler_config.json} or
     * {@code tokenizer_config.json} in its folder.
     *
     * @throws ModelFormatException if there is no such component or file, or the file isn't a JSON object
     */
    public ConfigNode config(String name) {
        return Json.read(require(name).configFile());
    }

    /**
     * Opens the weights of component {@code name}: those of {@code variant}, or the plain ones where only other components have that
     * variant; {@link Checkpoint#variant()} says which.
     *
     * @throws ModelFormatException as {@link Checkpoint#open}, and if no component has that variant
     */
    public Checkpoint checkpoint(String name, Optional<String> variant) {
        Path folder = require(name).folder();
        variant.filter(wanted -> components.values().stream()
                        .noneMatch(component -> WeightFiles.hasVariant(component.folder(), wanted)))
                .ifPresent(wanted -> {
                    throw new ModelFormatException(
                            "%s: no component has weights of the variant %s".formatted(className, Quoted.of(wanted)));
                });
        return Checkpoint.open(folder, variant);
    }

    /** All of {@code model_index.json}: {@code force_zeros_for_empty_prompt}, {@code requires_aesthetics_score} … */
    public ConfigNode options() {
        return options;
    }
}
