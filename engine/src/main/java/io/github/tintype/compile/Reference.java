package io.github.tintype.compile;

/** An operand's place: {@code bytes} of {@code storage}, {@code offset} bytes after its begin. */
public record Reference(Storage storage, long offset, long bytes) {}
