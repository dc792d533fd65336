package io.github.tintype.quantization;

import io.github.tintype.io.AtomicFile;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.io.LayerForm;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which layers of which components of a checkpoint get which form, as a file:
 *
 * <pre>
 * {"format": "tintype-layer-choice", "version": 1, "components": {
 *   "unet": {"class": "UNet2DConditionModel", "layers": {
 *     "conv_in": {"shape": [320, 4, 3, 3], "type": "bf16"},
 *     "time_embedding.linear_1": {"shape": [1280, 320], "type": "int8-dynamic"},
 *     "time_embedding.linear_2": {"shape": [1280, 1280], "type": "kept"}}}}}
 * </pre>
 *
 * <p>Components go by their folders' names. All linear layers and convolutions are listed with the sizes of their weights, which is what tells that the file was made for a model; forms are
 * those of {@link LayerForm}, or {@code kept}. Weights play no part, so that a choice serves fine-tunes too.
 *
 * @param components by folder, in the order of their names
 */
public record LayerChoice(Map<String, ChosenLayers> components) {
    private static final String FORMAT = "tintype-layer-choice";
    private static final int VERSION = 1;
    private static final int LARGEST = 1 << 24;
    private static final String KEPT = "kept";

    public LayerChoice {
        components = Collections.unmodifiableMap(new TreeMap<>(components));
    }

    /**
     * The choice in {@code file}. Whether it fits a model is seen when that is loaded.
     *
     * @throws ModelFormatException naming file and field, if it is damaged
     */
    public static LayerChoice read(Path file) {
        ConfigNode root = Json.read(file, LARGEST);
        root.only(Set.of("format", "version", "components"));
        root.wantFormat(FORMAT, VERSION);
        ConfigNode components = root.child("components");
        Map<String, ChosenLayers> chosen = new LinkedHashMap<>();
        components.keys().forEach(name -> chosen.put(name, component(components.child(name))));
        return new LayerChoice(chosen);
    }

    private static ChosenLayers component(ConfigNode node) {
        node.only(Set.of("class", "layers"));
        ConfigNode layers = node.child("layers");
        Map<String, ChosenLayers.Layer> chosen = new LinkedHashMap<>();
        layers.keys().forEach(path -> chosen.put(path, layer(layers.child(path))));
        return new ChosenLayers(node.where(), node.getString("class"), chosen);
    }

    private static ChosenLayers.Layer layer(ConfigNode node) {
        List<Integer> sizes = node.getPositiveInts("shape");
        if (sizes.size() != 2 && sizes.size() != 4) {
            throw node.wrong("shape", "[out, in] or [out, in, kernel, kernel]");
        }
        Shape shape = Shape.of(sizes.stream().mapToLong(Integer::longValue).toArray());
        if (node.getString("type").equals(KEPT)) {
            node.only(Set.of("shape", "type"));
            return new ChosenLayers.Layer(shape, Optional.empty());
        }
        return new ChosenLayers.Layer(shape, Optional.of(LayerForm.parse(node, Set.of("shape"))));
    }

    /** Replaces {@code file} with this choice, atomically. @throws java.io.UncheckedIOException if it can't be written */
    public void write(Path file) {
        ByteBuffer bytes = ByteBuffer.wrap(json().getBytes(StandardCharsets.UTF_8));
        AtomicFile.write(file, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /** This choice as its file has it. */
    public String json() {
        List<String> parts = new ArrayList<>();
        components.forEach((name, chosen) -> parts.add(" %s: {\"class\": %s, \"layers\": {\n%s}}"
                .formatted(Json.string(name), Json.string(chosen.model()), layers(chosen))));
        return "{\"format\": \"%s\", \"version\": %d, \"components\": {\n%s}}\n"
                .formatted(FORMAT, VERSION, String.join(",\n", parts));
    }

    private static String layers(ChosenLayers chosen) {
        return chosen.layers().entrySet().stream()
                .map(layer -> "  %s: {\"shape\": %s, %s}"
                        .formatted(
                                Json.string(layer.getKey()),
                                layer.getValue().weight().dims(),
                                layer.getValue()
                                        .form()
                                        .map(LayerForm::json)
                                        .orElse("\"type\": \"%s\"".formatted(KEPT))))
                .collect(Collectors.joining(",\n"));
    }
}
