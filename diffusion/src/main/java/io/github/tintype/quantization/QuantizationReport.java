package io.github.tintype.quantization;

import io.github.tintype.tensor.QuantizationScheme;
import java.util.List;
import java.util.Optional;

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

    /** The layers that are quantised, in order. */
    public List<Layer> quantized() {
        return layers.stream()
                .filter(layer -> layer.outcome() instanceof Outcome.Quantized)
                .toList();
    }

    /** E.g. {@code 192 of 340 layers quantised}. */
    public String summary() {
        return "%d of %d layers quantised".formatted(quantized().size(), layers.size());
    }

    /** The summary, and one line for each layer. */
    public String text() {
        StringBuilder text = new StringBuilder(summary()).append('\n');
        layers.forEach(layer -> text.append("  ").append(layer).append('\n'));
        return text.toString();
    }
}
