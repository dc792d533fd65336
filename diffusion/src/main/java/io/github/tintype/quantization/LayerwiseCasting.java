package io.github.tintype.quantization;

import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Linear;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.StoredWeight;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Keeps the weights of linear layers and convolutions in a type of 8 bits and widens them whenever a layer runs, which takes time and saves memory. Source: diffusers hooks/layerwise_casting.py
 * apply_layerwise_casting.
 *
 * @param storage {@link DType#F8_E4M3} or {@link DType#F8_E5M2}
 * @param skip regular expressions: layers in whose path one of them is found keep their type
 * @throws IllegalArgumentException for another type
 */
public record LayerwiseCasting(DType storage, List<Pattern> skip) implements UnaryOperator<Module> {
    /** diffusers' {@code DEFAULT_SKIP_MODULES_PATTERN}. */
    public static final List<String> DEFAULT_SKIP =
            List.of("pos_embed", "patch_embed", "norm", "^proj_in$", "^proj_out$");

    public LayerwiseCasting {
        skip = List.copyOf(skip);
        if (storage != DType.F8_E4M3 && storage != DType.F8_E5M2) {
            throw new IllegalArgumentException(
                    "layerwise casting: got %s, wanted F8_E4M3 or F8_E5M2".formatted(storage));
        }
    }

    /** With diffusers' patterns. @throws IllegalArgumentException for a type that isn't one of 8 bits */
    public static LayerwiseCasting to(DType storage) {
        return new LayerwiseCasting(
                storage, DEFAULT_SKIP.stream().map(Pattern::compile).toList());
    }

    /** A layer with narrow weights in the place of {@code module}; other modules stay. */
    @Override
    public Module apply(Module module) {
        if (skip.stream().anyMatch(pattern -> pattern.matcher(module.path()).find())) {
            return module;
        }
        return switch (module) {
            case Linear linear -> new Linear(linear.path(), stored(linear.weight()), stored(linear.bias()));
            case Conv2d conv ->
                new Conv2d(conv.path(), stored(conv.weight()), stored(conv.bias()), conv.stride(), conv.padding());
            default -> module;
        };
    }

    private Weight stored(Weight weight) {
        return weight instanceof StoredWeight(Weight of, DType _)
                ? new StoredWeight(of, storage)
                : new StoredWeight(weight, storage);
    }

    private Optional<Weight> stored(Optional<Weight> bias) {
        return bias.map(this::stored);
    }
}
