package io.github.tintype.cpu;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Kernels by what they were made for: two nodes of the same op, sizes and layouts share one. Whoever plans holds on to them; one that nobody holds is
 * garbage and forgotten, so that planning for ever new sizes takes no ever larger memory. Thread-safe.
 */
final class KernelCache {
    private final Map<Object, Known> kernels = new ConcurrentHashMap<>();
    private final ReferenceQueue<Object> gone = new ReferenceQueue<>();

    private static final class Known extends WeakReference<Object> {
        private final Object key;

        Known(Object key, Object kernel, ReferenceQueue<Object> gone) {
            super(kernel, gone);
            this.key = key;
        }
    }

    /** @param key a value that says everything about the kernel, doesn't hold it, and differs between types of kernels */
    <K> K get(Class<K> type, Object key, Supplier<K> make) {
        forgetGone();
        AtomicReference<Optional<Object>> kernel = new AtomicReference<>(Optional.empty()); // the map holds it weakly
        kernels.compute(key, (_, known) -> {
            Optional<Object> there = Optional.ofNullable(known).flatMap(some -> Optional.ofNullable(some.get()));
            Object used = there.orElseGet(make);
            kernel.set(Optional.of(used));
            return there.isPresent() && known != null ? known : new Known(key, used, gone);
        });
        return type.cast(kernel.get().orElseThrow());
    }

    private void forgetGone() {
        for (Object known = gone.poll(); known != null; known = gone.poll()) {
            kernels.remove(((Known) known).key, known); // unless there is another by now
        }
    }

    /** How many kernels are known. */
    int size() {
        forgetGone();
        return kernels.size();
    }
}
