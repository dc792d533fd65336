package io.github.tintype.graph.stored;

/** Bytes that should be a graph aren't one, or one over other weights. */
public final class GraphFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public GraphFormatException(String message) {
        super(message);
    }

    GraphFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
