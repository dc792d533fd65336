package io.github.tintype.benchmark;

/**
 * Memory of one variant, in bytes, from before it is compiled to after some calls.
 *
 * @param weights in the forms that kernels want, by the plan
 * @param slab intermediates, by the plan
 * @param counted the most that its engine had allocated at once: weights, intermediates, arguments, results, scratch memory
 * @param anonymous the most that was resident of the whole process without files, less what variants beside it held: the JVM and {@code drawn} are in it
 * @param files the most that was resident of mapped files: clean pages, which cost nobody anything
 * @param drawn random weights, made in memory, where a checkpoint's would be clean pages of a file
 */
public record MemoryUse(long weights, long slab, long counted, long anonymous, long files, long drawn) {
    /** What is resident without files and without the random weights: what a process with a mapped checkpoint would need. */
    public long peak() {
        return anonymous - drawn;
    }
}
