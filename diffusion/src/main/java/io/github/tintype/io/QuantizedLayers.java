package io.github.tintype.io;

import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizationScheme.Float8;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.QuantizedPart.Part;
import io.github.tintype.tensor.ShapeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which layers of a component are stored quantised, and how: its {@code quantization.json}, a format of our own beside the weights.
 *
 * <pre>
 * {"format": "tintype-quantization", "version": 1, "layers": {
 *   "down_blocks.0.attentions.0.proj_in": {"type": "int8-dynamic"},
 *   "mid_block.attentions.0.proj_out": {"type": "int4-weight-only", "group_size": 32, "zero": "middle"},
 *   "time_embedding.linear_1": {"type": "float8-dynamic", "scales": "per_row"}}}
 * </pre>
 *
 * <p>Types are int8-dynamic, int8-weight-only, int4-weight-only, float8-dynamic and float8-weight-only; zeros are middle, integer and float; scales are per_row and per_tensor. The
 * weights of such a layer are {@code weight} (I8, U8 with two numbers a byte, or F8_E4M3), {@code weight_scale} (F32) and, where there is a zero, {@code weight_zero} (I8 or F32), of the
 * shapes that {@link QuantizationScheme#type} gives.
 */
public record QuantizedLayers(Map<String, QuantizationScheme> schemes) {
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
        schemes = Collections.unmodifiableMap(new TreeMap<>(schemes));
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
        only(root, Set.of("format", "version", "layers"));
        if (!root.getString("format").equals(FORMAT)) {
            throw root.wrong("format", FORMAT);
        }
        if (root.getInt("version") != VERSION) {
            throw root.wrong("version", "" + VERSION);
        }
        ConfigNode layers = root.child("layers");
        Map<String, QuantizationScheme> schemes = new TreeMap<>();
        for (String layer : layers.keys()) {
            schemes.put(layer, scheme(layers.child(layer)));
        }
        return new QuantizedLayers(schemes);
    }

    private static QuantizationScheme scheme(ConfigNode layer) {
        return switch (layer.getString("type")) {
            case "int8-dynamic" -> int8(layer, true);
            case "int8-weight-only" -> int8(layer, false);
            case "int4-weight-only" -> int4(layer);
            case "float8-dynamic" -> float8(layer, true);
            case "float8-weight-only" -> float8(layer, false);
            default ->
                throw layer.wrong(
                        "type",
                        "int8-dynamic, int8-weight-only, int4-weight-only, float8-dynamic or float8-weight-only");
        };
    }

    private static QuantizationScheme int8(ConfigNode layer, boolean dynamic) {
        only(layer, Set.of("type"));
        return new Int8(dynamic);
    }

    private static QuantizationScheme int4(ConfigNode layer) {
        only(layer, Set.of("type", "group_size", "zero"));
        String zero = layer.getString("zero");
        Int4.Zero found = Arrays.stream(Int4.Zero.values())
                .filter(one -> word(one).equals(zero))
                .findFirst()
                .orElseThrow(() -> layer.wrong("zero", "middle, integer or float"));
        try {
            return new Int4(layer.getInt("group_size"), found);
        } catch (ShapeException e) {
            throw layer.wrong("group_size", "one of " + Int4.GROUP_SIZES);
        }
    }

    private static QuantizationScheme float8(ConfigNode layer, boolean dynamic) {
        only(layer, Set.of("type", "scales"));
        return switch (layer.getString("scales")) {
            case "per_row" -> new Float8(true, dynamic);
            case "per_tensor" -> new Float8(false, dynamic);
            default -> throw layer.wrong("scales", "per_row or per_tensor");
        };
    }

    private static void only(ConfigNode node, Set<String> keys) {
        Set<String> unknown = new TreeSet<>(node.keys());
        unknown.removeAll(keys);
        if (!unknown.isEmpty()) {
            throw new ModelFormatException("%s: got unknown keys %s, wanted some of %s"
                    .formatted(node.where(), Quoted.list(unknown), new TreeSet<>(keys)));
        }
    }

    private static String word(Int4.Zero zero) {
        return zero.name().toLowerCase(Locale.ROOT);
    }

    /** Replaces the file of a component's folder, atomically. */
    public void write(Path folder) {
        AtomicFile.write(folder.resolve(FILE), json().getBytes(StandardCharsets.UTF_8));
    }

    private String json() {
        List<String> lines = new ArrayList<>();
        schemes.forEach(
                (layer, scheme) -> lines.add("  %s: %s".formatted(SafetensorsWriter.string(layer), json(scheme))));
        return "{\"format\": \"%s\", \"version\": %d, \"layers\": {%n%s%n}}%n"
                .formatted(FORMAT, VERSION, lines.stream().collect(Collectors.joining(",\n")));
    }

    private static String json(QuantizationScheme scheme) {
        return switch (scheme) {
            case Int8(boolean dynamic) -> "{\"type\": \"int8-%s\"}".formatted(kind(dynamic));
            case Int4(int groupSize, Int4.Zero zero) ->
                "{\"type\": \"int4-weight-only\", \"group_size\": %d, \"zero\": \"%s\"}"
                        .formatted(groupSize, word(zero));
            case Float8(boolean perRow, boolean dynamic) ->
                "{\"type\": \"float8-%s\", \"scales\": \"per_%s\"}".formatted(kind(dynamic), perRow ? "row" : "tensor");
        };
    }

    private static String kind(boolean dynamic) {
        return dynamic ? "dynamic" : "weight-only";
    }

    /** How many layers have which scheme, for people: {@code 192 layers int8-dynamic}. */
    @Override
    public String toString() {
        Map<String, Integer> counts = new TreeMap<>();
        schemes.values().forEach(scheme -> counts.merge(scheme.toString(), 1, Integer::sum));
        return counts.entrySet().stream()
                .map(count -> "%d layers %s".formatted(count.getValue(), count.getKey()))
                .collect(Collectors.joining(", "));
    }
}
