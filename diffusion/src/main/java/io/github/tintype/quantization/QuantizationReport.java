package io.github.tintype.quantization;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.DerivedWeight;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.StoredWeight;
import io.github.tintype.trace.Module;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** What became of the layers of a model. */
public record QuantizationReport(List<Layer> layers) {
    /**
     * One layer.
     *
     * @param size if it is linear
     */
    public record Layer(String path, Optional<LayerSize> size, Outcome outcome) {
        @Override
        public String toString() {
            return "%s%s: %s".formatted(path, size.map(of -> " " + of).orElse(""), outcome);
        }
    }

    /** What became of it. */
    public sealed interface Outcome {
        record Quantized(QuantizationScheme scheme) implements Outcome {
            @Override
            public String toString() {
                return scheme.toString();
            }
        }

        /** It is kept in a narrower type. */
        record Narrow(DType dtype) implements Outcome {
            @Override
            public String toString() {
                return dtype.name().toLowerCase(Locale.ROOT);
            }
        }

        /** It is as it was. */
        record Kept(String reason) implements Outcome {
            @Override
            public String toString() {
                return reason;
            }
        }
    }

    public QuantizationReport {
        layers = List.copyOf(layers);
    }

    /** The linear layers and convolutions of {@code modules}, with the reason that {@code kept} gives for those that are as they were. */
    static QuantizationReport of(List<Module> modules, Function<Module, String> kept) {
        List<Layer> layers = new ArrayList<>();
        for (Module module : modules) {
            ChosenLayers.weight(module)
                    .ifPresent(weight -> layers.add(new Layer(
                            module.path(),
                            LayerSize.of(module),
                            switch (weight) {
                                case QuantizedWeight quantized -> new Outcome.Quantized(quantized.scheme());
                                case StoredWeight narrow -> new Outcome.Narrow(narrow.storage());
                                case DenseWeight _, DerivedWeight _ -> new Outcome.Kept(kept.apply(module));
                            })));
        }
        return new QuantizationReport(layers);
    }

    /** The layers that are quantised, in order. */
    public List<Layer> quantized() {
        return layers.stream()
                .filter(layer -> layer.outcome() instanceof Outcome.Quantized)
                .toList();
    }

    /** E.g. {@code 192 of 340 layers quantised, 12 narrowed}. */
    public String summary() {
        long narrowed = layers.stream()
                .filter(layer -> layer.outcome() instanceof Outcome.Narrow)
                .count();
        return "%d of %d layers quantised%s"
                .formatted(quantized().size(), layers.size(), narrowed == 0 ? "" : ", %d narrowed".formatted(narrowed));
    }

    /** The summary, and one line for each layer. */
    public String text() {
        StringBuilder text = new StringBuilder(summary()).append('\n');
        layers.forEach(layer -> text.append("  ").append(layer).append('\n'));
        return text.toString();
    }
}
