package io.github.tintype.quantization;

/** A model can't be quantised as it was asked for; the message names the layer, or the setting and what it may be. */
public final class QuantizationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public QuantizationException(String message) {
        super(message);
    }

    public QuantizationException(String message, Throwable cause) {
        super(message, cause);
    }
}
