package io.github.tintype.loop;

/** One axis of a kernel's grid: {@code variable} counts from 0 to {@code extent}, exclusive, which uses no variables. */
public record Axis(Var variable, Index extent) {}
