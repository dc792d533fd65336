package io.github.tintype.code.cache;

/**
 * What came of looking for something.
 *
 * @param <V> what was looked for
 */
public sealed interface Lookup<V> {
    /** It is there, whole and for exactly this key. */
    record Hit<V>(V value) implements Lookup<V> {}

    /**
     * It has to be compiled.
     *
     * @param cause for counting
     * @param reason one line for people, e.g. {@code another processor: x86-64-v3, here x86-64-v4}
     */
    record Miss<V>(Cause cause, String reason) implements Lookup<V> {}

    /** Why it isn't there. */
    enum Cause {
        /** Nothing of this content is there. */
        NEVER_COMPILED,
        /** It is there, for something else: the reason names each component that differs. */
        OTHER_KEY,
        /** The file isn't what was stored, or is somebody else's. */
        DAMAGED,
        /** The cache can't be used; the reason says why. */
        NO_CACHE
    }
}
