package io.github.tintype.cpu;

import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Frees native things with their last user, and what is left when it is closed. Thread-safe. */
final class NativeOwner implements AutoCloseable {
    private final Cleaner cleaner = Cleaner.create();
    private final Set<Owned> living = ConcurrentHashMap.newKeySet();

    private final class Owned implements Runnable {
        private final Runnable free;

        Owned(Runnable free) {
            this.free = free;
        }

        @Override
        public void run() {
            if (living.remove(this)) {
                free.run();
            }
        }
    }

    /**
     * @param user of the native thing, which must be reachable while it is used
     * @param free must not hold {@code user}. Runs once: when the user is garbage, when the result is run, or when this is closed
     */
    Runnable own(Object user, Runnable free) {
        Owned owned = new Owned(free);
        living.add(owned);
        cleaner.register(user, owned);
        return owned;
    }

    /** How many native things are there. */
    int living() {
        return living.size();
    }

    @Override
    public void close() {
        living.forEach(Owned::run);
    }
}
