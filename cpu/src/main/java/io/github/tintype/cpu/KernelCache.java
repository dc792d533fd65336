package io.github.tintype.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Kernels by what they were made for: two nodes of the same op, sizes and layouts share one. Owns them. */
final class KernelCache implements AutoCloseable {
    private final Map<Object, AutoCloseable> kernels = new ConcurrentHashMap<>();

    /** @param key a value that says everything about the kernel, and differs between types of kernels */
    <K extends AutoCloseable> K get(Class<K> type, Object key, Supplier<K> make) {
        return type.cast(kernels.computeIfAbsent(key, absent -> make.get()));
    }

    @Override
    public void close() {
        kernels.values().forEach(kernel -> {
            try {
                kernel.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        kernels.clear();
    }
}
