package io.github.tintype.pipelines;

/** A request that the pipeline can't serve. The message is one line: argument, what it got, what it wanted. */
public final class RequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public RequestException(String message) {
        super(message);
    }
}
