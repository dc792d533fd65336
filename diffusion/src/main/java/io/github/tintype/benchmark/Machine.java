package io.github.tintype.benchmark;

/**
 * What ran a benchmark.
 *
 * @param processor its name and what it can do
 * @param processors that the JVM may use
 * @param memory bytes of it
 */
public record Machine(String processor, int processors, long memory, String system, String java, String tintype) {}
