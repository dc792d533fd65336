package io.github.tintype.nn;

import io.github.tintype.trace.Tensor;
import java.util.Optional;

/** The activation functions that configurations name. Sources: diffusers models/activations.py, transformers activations.py. */
public enum Activation {
    SILU,
    /** The exact one, with erf. */
    GELU,
    /** The tanh approximation. */
    GELU_TANH,
    /** x · sigmoid(1.702 x). */
    QUICK_GELU,
    RELU,
    /** x · tanh(log(1 + eˣ)). */
    MISH;

    /** The names that {@link #named} knows, for messages. */
    public static final String NAMES = "silu, swish, gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu or mish";

    /** The function that configurations call {@code name}. */
    public static Optional<Activation> named(String name) {
        return switch (name) {
            case "silu", "swish" -> Optional.of(SILU);
            case "gelu" -> Optional.of(GELU);
            case "gelu_new", "gelu_pytorch_tanh" -> Optional.of(GELU_TANH);
            case "quick_gelu" -> Optional.of(QUICK_GELU);
            case "relu" -> Optional.of(RELU);
            case "mish" -> Optional.of(MISH);
            default -> Optional.empty();
        };
    }

    /** This function of each element. */
    public Tensor apply(Tensor x) {
        return switch (this) {
            case SILU -> x.silu();
            case GELU -> x.gelu();
            case GELU_TANH -> x.geluTanh();
            case QUICK_GELU -> x.quickGelu();
            case RELU -> x.relu();
            case MISH -> x.mul(softplus(x).tanh());
        };
    }

    /* max(x, 0) + log(1 + e^-|x|): doesn't overflow. */
    private static Tensor softplus(Tensor x) {
        return x.relu().add(x.abs().neg().exp().add(1).log());
    }
}
