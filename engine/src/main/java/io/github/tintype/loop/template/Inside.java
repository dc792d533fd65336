package io.github.tintype.loop.template;

import io.github.tintype.loop.Index;

/** What is inside of an image, in indices from which it is proved. */
final class Inside {
    private static final Index ZERO = Index.of(0);
    private static final Index ONE = Index.of(1);

    private Inside() {}

    /** 1 if so many pixels from one on are among the first {@code end}, else 0: how often a loop is passed. Its bounds show that it is 0 if there are fewer at all. */
    static Index times(Index from, long pixels, Index end) {
        Index least = from.plus(ONE).min(ONE).max(ZERO);
        Index room = end.minus(Index.of(pixels - 1));
        return least.min(room.minus(from)).min(room).max(ZERO);
    }

    /** An index that is from 0 to {@code last} by the bounds of the loops around or by what was asked before, so that this is proved without them. */
    static Index within(Index index, Index last) {
        return index.max(ZERO).min(last);
    }
}
