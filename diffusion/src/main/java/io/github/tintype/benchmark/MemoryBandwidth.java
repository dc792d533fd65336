package io.github.tintype.benchmark;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** How fast this machine copies memory: what a kernel that only moves data can reach. */
public final class MemoryBandwidth {
    /* Larger than the caches of most processors; many rounds, since the first finds pages missing and others use the machine, too. */
    private static final long BYTES_PER_THREAD = 64L << 20;
    private static final double DURATION = 0.5;

    private MemoryBandwidth() {}

    /** Bytes read and written a second by so many threads at once, the best of many rounds. Takes half a second. */
    public static double measure(int threads) {
        try (Arena arena = Arena.ofShared()) {
            List<MemorySegment> from = new ArrayList<>();
            List<MemorySegment> to = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                from.add(arena.allocate(BYTES_PER_THREAD, 64));
                to.add(arena.allocate(BYTES_PER_THREAD, 64));
            }
            double seconds =
                    FastestRound.seconds(threads, DURATION, i -> () -> to.get(i).copyFrom(from.get(i)));
            return 2.0 * threads * BYTES_PER_THREAD / seconds;
        }
    }
}
