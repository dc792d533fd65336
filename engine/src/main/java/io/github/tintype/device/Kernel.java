package io.github.tintype.device;

import java.util.List;
import java.util.function.Supplier;

/** Computes one op for the types and layouts that it was lowered for. May be run from several threads at once. */
@FunctionalInterface
public interface Kernel {
    void run(KernelArguments arguments);

    /** What a generated kernel was made from and into, for dumps; none for a library's. */
    default List<Listing> listings() {
        return List.of();
    }

    /**
     * One text about a kernel.
     *
     * @param name of what was generated; kernels of equal names have equal texts
     * @param kind what the text is, as the end of a file's name: {@code loops}, {@code ll}, {@code s}
     * @param text makes it, which may take as long as compiling
     */
    record Listing(String name, String kind, Supplier<String> text) {}
}
