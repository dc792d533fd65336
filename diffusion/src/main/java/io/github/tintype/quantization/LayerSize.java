package io.github.tintype.quantization;

import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Linear;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import java.util.Optional;

/** How many inputs and outputs a linear layer has. */
public record LayerSize(long in, long out) {
    /** Of a linear layer, or of a 1×1 convolution that was made one; empty for all other modules. */
    public static Optional<LayerSize> of(Module module) {
        return weight(module).map(weight -> {
            Shape shape = weight.type().shape();
            return new LayerSize(shape.size(1), shape.size(0));
        });
    }

    /** The weight [out,in] of what is a linear layer. */
    static Optional<Weight> weight(Module module) {
        return switch (module) {
            case Linear linear -> Optional.of(linear.weight());
            case Conv2d conv when conv.isLinear() -> Optional.of(conv.weight());
            default -> Optional.empty();
        };
    }

    @Override
    public String toString() {
        return "(%d,%d)".formatted(in, out);
    }
}
