package io.github.tintype.pipelines;

import io.github.tintype.tensor.DType;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The types that the components of a pipeline compute in. Source: the {@code torch_dtype} of diffusers' {@code from_pretrained}, one type or one for each
 * component; but a name that isn't one is an error, and so is a type that nothing computes in.
 *
 * @param otherwise of components without one of their own
 * @param byComponent of others, by their names in the folder: {@code unet}, {@code vae}, {@code text_encoder}, {@code text_encoder_2}
 */
public record ComponentTypes(DType otherwise, Map<String, DType> byComponent) {
    private static final String DEFAULT = "default";
    private static final Set<DType> COMPUTED = Set.of(DType.F32, DType.BF16, DType.F16);

    public ComponentTypes {
        byComponent = Map.copyOf(byComponent);
        requireComputed(DEFAULT, otherwise);
        byComponent.forEach(ComponentTypes::requireComputed);
    }

    private static void requireComputed(String component, DType dtype) {
        if (!COMPUTED.contains(dtype)) {
            throw new RequestException("dtype: got %s for %s, wanted F32, BF16 or F16%s"
                    .formatted(
                            dtype,
                            component,
                            dtype.isFloat() && dtype.bytes() == 1
                                    ? ": load the model in one of these, then store its layers in " + dtype
                                    : ""));
        }
    }

    /** One type for all. @throws RequestException if nothing computes in it */
    public static ComponentTypes all(DType dtype) {
        return new ComponentTypes(dtype, Map.of());
    }

    /** These, with another type for one component. @throws RequestException if nothing computes in it */
    public ComponentTypes with(String component, DType dtype) {
        Map<String, DType> types = new LinkedHashMap<>(byComponent);
        types.put(component, dtype);
        return new ComponentTypes(otherwise, types);
    }

    /**
     * {@code bf16}, or {@code unet=bf16,vae=f32,default=f16}: without a default, F32. Types go by their names here or in torch ({@code float16}).
     *
     * @throws RequestException if a type isn't one, or a component is named twice
     */
    public static ComponentTypes parse(String text) {
        if (!text.contains("=")) {
            return all(type(text));
        }
        Map<String, DType> types = new LinkedHashMap<>();
        for (String part : text.split(",", -1)) {
            String[] sides = part.split("=", -1);
            if (sides.length != 2 || sides[0].isBlank()) {
                throw new RequestException("dtype: got \"%s\", wanted component=type".formatted(part));
            }
            if (types.put(sides[0].strip(), type(sides[1])) != null) {
                throw new RequestException("dtype: got two types for " + sides[0].strip());
            }
        }
        DType otherwise = types.getOrDefault(DEFAULT, DType.F32);
        types.remove(DEFAULT);
        return new ComponentTypes(otherwise, types);
    }

    private static DType type(String name) {
        return switch (name.strip()) {
            case "f32", "float32" -> DType.F32;
            case "bf16", "bfloat16" -> DType.BF16;
            case "f16", "float16" -> DType.F16;
            default ->
                Arrays.stream(DType.values())
                        .filter(dtype -> dtype.name().equalsIgnoreCase(name.strip()))
                        .findFirst()
                        .orElseThrow(() -> new RequestException(
                                "dtype: got \"%s\", wanted f32, bf16 or f16".formatted(name.strip())));
        };
    }

    DType of(String component) {
        return byComponent.getOrDefault(component, otherwise);
    }

    /** @throws RequestException if one is named that isn't among them */
    void requireAmong(Collection<String> components) {
        for (String name : new TreeSet<>(byComponent.keySet())) {
            if (!components.contains(name)) {
                throw new RequestException("dtype: got a type for %s, wanted one of %s"
                        .formatted(name, String.join(", ", new TreeSet<>(components))));
            }
        }
    }

    /** As {@link #parse} takes it. */
    @Override
    public String toString() {
        String own = byComponent.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> "%s=%s".formatted(entry.getKey(), lower(entry.getValue())))
                .collect(Collectors.joining(","));
        return own.isEmpty() ? lower(otherwise) : "%s,%s=%s".formatted(own, DEFAULT, lower(otherwise));
    }

    private static String lower(DType dtype) {
        return dtype.name().toLowerCase(Locale.ROOT);
    }
}
