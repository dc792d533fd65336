package io.github.tintype.cpu;

/**
 * What masks do to a block of scores, f32 rows one after another, before their softmax; and to the results of rows that see no key, for which
 * the library's softmax gives NaN.
 */
final class ScoreMask {
    private ScoreMask() {}

    /** Causal: row i is query {@code first} + i and sees no key after itself. */
    static void hideLater(long scores, long first, long rows, long keys) {
        for (long i = 0; i < rows; i++) {
            long row = scores + i * keys * Float.BYTES;
            for (long key = first + i + 1; key < keys; key++) {
                Native.setFloat(row + key * Float.BYTES, Float.NEGATIVE_INFINITY);
            }
        }
    }

    /** Hides the keys where {@code allowed}, which begins at the block's first row, is false. */
    static void hide(long scores, long allowed, long rows, long keys, Attention.Strides strides) {
        for (long i = 0; i < rows; i++) {
            hideRow(scores + i * keys * Float.BYTES, allowed + i * strides.row(), keys, strides.column());
        }
    }

    private static void hideRow(long row, long allowed, long keys, long step) {
        for (long key = 0; key < keys; key++) {
            // Always stored: a branch costs five times as much where the mask has no pattern.
            float score = Native.getFloat(row + key * Float.BYTES);
            boolean hidden = Native.getByte(allowed + key * step) == 0;
            Native.setFloat(row + key * Float.BYTES, hidden ? Float.NEGATIVE_INFINITY : score);
        }
    }

    /** Adds to each row its one number, of those that begin at {@code added}. */
    static void add(long scores, long added, long rows, long keys, Attention.Strides strides) {
        for (long i = 0; i < rows; i++) {
            long row = scores + i * keys * Float.BYTES;
            float number = Native.getFloat(added + i * strides.row() * Float.BYTES);
            for (long key = 0; key < keys; key++) {
                Native.setFloat(row + key * Float.BYTES, Native.getFloat(row + key * Float.BYTES) + number);
            }
        }
    }

    /** Writes for each row a byte: 1 if all its scores are −∞. Most rows are told by their first score. */
    static void markBlind(long scores, long rows, long keys, long blind) {
        for (long i = 0; i < rows; i++) {
            Native.setByte(blind + i, isBlind(scores + i * keys * Float.BYTES, keys) ? (byte) 1 : 0);
        }
    }

    private static boolean isBlind(long row, long keys) {
        for (long key = 0; key < keys; key++) {
            if (Native.getFloat(row + key * Float.BYTES) != Float.NEGATIVE_INFINITY) {
                return false;
            }
        }
        return true;
    }

    /** Zeroes the results of marked rows, {@code bytes} each and {@code pitch} apart. */
    static void clearBlind(long results, long rows, long pitch, long bytes, long blind) {
        for (long i = 0; i < rows; i++) {
            if (Native.getByte(blind + i) == 1) {
                Native.clear(results + i * pitch, bytes);
            }
        }
    }
}
