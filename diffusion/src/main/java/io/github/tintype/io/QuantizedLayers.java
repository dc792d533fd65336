package io.github.tintype.io;

import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizedPart.Part;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which layers of a component are stored in another form than the type that they compute in, each in its own: its {@code quantization.json}, a format of our own beside the weights.
 *
 * <pre>
 * {"format": "tintype-quantization", "version": 1, "layers": {
 *   "down_blocks.0.attentions.0.proj_in": {"type": "int8-dynamic"},
 *   "mid_block.attentions.0.proj_out": {"type": "int4-weight-only", "group_size": 32, "zero": "middle"},
 *   "conv_in": {"type": "bf16"}}}
 * </pre>
 *
 * <p>Forms are those of {@link LayerForm}. The weights of a quantised layer are {@code weight} (I8, U8 with two numbers a byte, or F8_E4M3), {@code weight_scale} (F32) and, where there
 * is a zero, {@code weight_zero} (I8 or F32), of the shapes that {@link QuantizationScheme#type} gives. That of a narrow one is {@code weight} in its type.
 */
public record QuantizedLayers(Map<String, LayerForm> forms) {
    /** The file's name. */
    public static final String FILE = "quantization.json";

    /** The tensor of a layer's values. */
    public static final String WEIGHT = "weight";

    /** No layer. */
    public static final QuantizedLayers NONE = new QuantizedLayers(Map.of());

    private static final String FORMAT = "tintype-quantization";
    private static final int VERSION = 1;
    private static final int LARGEST = 1 << 24;

    public QuantizedLayers {
        forms = Collections.unmodifiableMap(new TreeMap<>(forms));
    }

    /** What the tensor of {@code part} is called in its layer. */
    public static String name(Part part) {
        return switch (part) {
            case VALUES -> WEIGHT;
            case SCALES -> "weight_scale";
            case ZEROS -> "weight_zero";
        };
    }

    /** Those of a component's folder; none if it has no such file. @throws ModelFormatException if the file is damaged */
    public static QuantizedLayers read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return NONE;
        }
        ConfigNode root = Json.read(SafeName.resolve(folder, FILE, Label.of(folder)), LARGEST);
        root.only(Set.of("format", "version", "layers"));
        root.wantFormat(FORMAT, VERSION);
        ConfigNode layers = root.child("layers");
        Map<String, LayerForm> forms = new TreeMap<>();
        for (String layer : layers.keys()) {
            forms.put(layer, LayerForm.parse(layers.child(layer), Set.of()));
        }
        return new QuantizedLayers(forms);
    }

    /** Replaces the file of a component's folder, atomically. */
    public void write(Path folder) {
        AtomicFile.write(folder.resolve(FILE), json().getBytes(StandardCharsets.UTF_8));
    }

    private String json() {
        List<String> lines = new ArrayList<>();
        forms.forEach((layer, form) -> lines.add("  %s: {%s}".formatted(Json.string(layer), form.json())));
        return "{\"format\": \"%s\", \"version\": %d, \"layers\": {%n%s%n}}%n"
                .formatted(FORMAT, VERSION, lines.stream().collect(Collectors.joining(",\n")));
    }

    /** How many layers have which form, for people: {@code 192 layers int8-dynamic}. */
    @Override
    public String toString() {
        Map<String, Integer> counts = new TreeMap<>();
        forms.values().forEach(form -> counts.merge(form.toString(), 1, Integer::sum));
        return counts.entrySet().stream()
                .map(count -> "%d layers %s".formatted(count.getValue(), count.getKey()))
                .collect(Collectors.joining(", "));
    }
}
