package io.github.tintype.trace;

/** A value was asked for while tracing, so that what comes next can't be known: the graph ends here. */
public final class GraphBreakException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String WAY_OUT =
            "choose with Tensor.where, pass the choice as an argument, or compile without fullgraph";

    private final String text;
    private final String operator;
    private final String place;

    private GraphBreakException(String message, String operator, String place) {
        super(message);
        this.text = message;
        this.operator = operator;
        this.place = place;
    }

    /** For the value of {@code tensor}, asked for in this thread right now. */
    public static GraphBreakException reading(Tensor tensor) {
        String operator = tensor.node().op().name();
        String region = tensor.node().scope().toString();
        String line = JavaLine.of(new Throwable());
        String place = region.isEmpty() ? line : line + " in " + region;
        return new GraphBreakException(
                "graph break at %s: the value of %s, made by %s, is read while tracing: %s"
                        .formatted(place, tensor.type(), operator, WAY_OUT),
                operator,
                place);
    }

    /** The message. */
    public String text() {
        return text;
    }

    /** What made the value, e.g. {@code gt}. */
    public String operator() {
        return operator;
    }

    /** Java line and module. */
    public String place() {
        return place;
    }
}
