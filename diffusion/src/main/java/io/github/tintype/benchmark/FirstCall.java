package io.github.tintype.benchmark;

/**
 * Where the time of a first call goes, in seconds.
 *
 * @param record the function is recorded
 * @param passes the graph is improved, or read from the cache
 * @param plan kernels are chosen, generated ones compiled or read from the cache, and memory is laid out
 * @param weights weights are brought into the forms that kernels want
 * @param run what is left of the call: the kernels, in a JVM and caches that are cold
 * @param cache what the cache on disk had of the graph and of its kernels' code: a compile that finds everything is a short one
 */
public record FirstCall(double record, double passes, double plan, double weights, double run, String cache) {
    /** Compiling alone, without weights. */
    public double compile() {
        return record + passes + plan;
    }

    public double total() {
        return compile() + weights + run;
    }
}
