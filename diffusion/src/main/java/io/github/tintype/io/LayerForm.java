package io.github.tintype.io;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizationScheme.Float8;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.StoredWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * In which form the weight of a layer is kept, other than the type that it computes in. In files it is an object:
 *
 * <pre>
 * {"type": "int8-dynamic"}
 * {"type": "int4-weight-only", "group_size": 32, "zero": "middle"}
 * {"type": "float8-dynamic", "scales": "per_row"}
 * {"type": "bf16"}
 * </pre>
 *
 * <p>Types are int8-dynamic, int8-weight-only, int4-weight-only, float8-dynamic, float8-weight-only, bf16, f16, f8_e4m3 and f8_e5m2; zeros are middle, integer and float; scales
 * are per_row and per_tensor.
 */
public sealed interface LayerForm {
    /** What stands for types in messages. */
    String TYPES =
            "int8-dynamic, int8-weight-only, int4-weight-only, float8-dynamic, float8-weight-only, bf16, f16, f8_e4m3 or f8_e5m2";

    /** {@code weight} in this form. @throws ShapeException if it doesn't fit, or is quantised already */
    Weight of(Weight weight);

    /** Bytes of a weight of {@code type}. @throws ShapeException if it doesn't fit */
    long bytes(TensorType type);

    /** The members of its object, without braces. */
    String json();

    /** In 8 or 4 bits with scales; of linear layers. */
    record Quantized(QuantizationScheme scheme) implements LayerForm {
        @Override
        public Weight of(Weight weight) {
            return QuantizedWeight.of(weight, scheme);
        }

        @Override
        public long bytes(TensorType type) {
            return scheme.parts().stream()
                    .mapToLong(part -> scheme.type(part, type.shape()).bytes())
                    .sum();
        }

        @Override
        public String json() {
            return switch (scheme) {
                case Int8(boolean dynamic) -> "\"type\": \"int8-%s\"".formatted(kind(dynamic));
                case Int4(int groupSize, Int4.Zero zero) ->
                    "\"type\": \"int4-weight-only\", \"group_size\": %d, \"zero\": \"%s\""
                            .formatted(groupSize, lower(zero));
                case Float8(boolean perRow, boolean dynamic) ->
                    "\"type\": \"float8-%s\", \"scales\": \"per_%s\""
                            .formatted(kind(dynamic), perRow ? "row" : "tensor");
            };
        }

        private static String kind(boolean dynamic) {
            return dynamic ? "dynamic" : "weight-only";
        }

        @Override
        public String toString() {
            return scheme.toString();
        }
    }

    /**
     * In a narrower float type, widened whenever the layer runs; of linear layers and convolutions.
     *
     * @throws IllegalArgumentException for another type than BF16, F16, F8_E4M3 and F8_E5M2
     */
    record Narrow(DType dtype) implements LayerForm {
        private static final List<DType> TYPES = List.of(DType.BF16, DType.F16, DType.F8_E4M3, DType.F8_E5M2);

        public Narrow {
            if (!TYPES.contains(dtype)) {
                throw new IllegalArgumentException("layer form: got %s, wanted one of %s".formatted(dtype, TYPES));
            }
        }

        /** The one of this name, if there is one. */
        public static Optional<LayerForm> find(String name) {
            return TYPES.stream()
                    .filter(dtype -> lower(dtype).equals(name))
                    .findFirst()
                    .map(Narrow::new);
        }

        @Override
        public Weight of(Weight weight) {
            return new StoredWeight(weight, dtype);
        }

        @Override
        public long bytes(TensorType type) {
            return type.with(dtype).bytes();
        }

        @Override
        public String json() {
            return "\"type\": \"%s\"".formatted(lower(dtype));
        }

        @Override
        public String toString() {
            return lower(dtype);
        }
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /**
     * The form that an object says.
     *
     * @param besides keys of the object that say something else
     * @throws ModelFormatException naming file and key, if it isn't one
     */
    static LayerForm parse(ConfigNode node, Set<String> besides) {
        String type = node.getString("type");
        Set<String> more = switch (type) {
            case "int4-weight-only" -> Set.of("group_size", "zero");
            case "float8-dynamic", "float8-weight-only" -> Set.of("scales");
            default -> Set.of();
        };
        Set<String> keys = new TreeSet<>(besides);
        keys.add("type");
        keys.addAll(more);
        LayerForm form = switch (type) {
            case "int8-dynamic" -> new Quantized(new Int8(true));
            case "int8-weight-only" -> new Quantized(new Int8(false));
            case "int4-weight-only" -> new Quantized(int4(node));
            case "float8-dynamic" -> new Quantized(new Float8(perRow(node), true));
            case "float8-weight-only" -> new Quantized(new Float8(perRow(node), false));
            default -> Narrow.find(type).orElseThrow(() -> node.wrong("type", TYPES));
        };
        node.only(keys);
        return form;
    }

    private static QuantizationScheme int4(ConfigNode node) {
        String zero = node.getString("zero");
        Int4.Zero found = Arrays.stream(Int4.Zero.values())
                .filter(one -> lower(one).equals(zero))
                .findFirst()
                .orElseThrow(() -> node.wrong("zero", "middle, integer or float"));
        try {
            return new Int4(node.getInt("group_size"), found);
        } catch (ShapeException e) {
            throw node.wrong("group_size", "one of " + Int4.GROUP_SIZES);
        }
    }

    private static boolean perRow(ConfigNode node) {
        return switch (node.getString("scales")) {
            case "per_row" -> true;
            case "per_tensor" -> false;
            default -> throw node.wrong("scales", "per_row or per_tensor");
        };
    }
}
