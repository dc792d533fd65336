package io.github.tintype.code.cache;

import io.github.tintype.code.Image;

/** What came of looking for code. */
public sealed interface Lookup {
    /** It is there, whole and for exactly this key. */
    record Hit(Image image) implements Lookup {}

    /**
     * It has to be compiled.
     *
     * @param cause for counting
     * @param reason one line for people, e.g. {@code another processor: x86-64-v3, here x86-64-v4}
     */
    record Miss(Cause cause, String reason) implements Lookup {}

    /** Why it isn't there. */
    enum Cause {
        /** Nothing of this program is there. */
        NEVER_COMPILED,
        /** The program is there, for something else: the reason names each component that differs. */
        OTHER_KEY,
        /** The file isn't what was stored, or is somebody else's. */
        DAMAGED,
        /** The cache can't be used; the reason says why. */
        NO_CACHE
    }
}
