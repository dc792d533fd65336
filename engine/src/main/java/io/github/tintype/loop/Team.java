package io.github.tintype.loop;

/**
 * The threads of a GPU that compute one point of a grid together: one, a warp, or all of a block. Each runs the kernel's body;
 * iterations of {@link Statement.Deal} are shared out among them, everything else all do alike, and the first one stores it.
 *
 * @param threads 1, or a power of two from {@link #WARP} to 1024
 */
public record Team(int threads) {
    /** Threads that run in step and can read each other's registers. */
    public static final int WARP = 32;
    /* Of blocks made of smaller teams: enough that an SM is full within its 32 blocks (sm_90, sm_100; 16 on sm_86). */
    private static final int BLOCK_OF_SINGLES = 256;
    private static final int BLOCK_OF_WARPS = 128;

    public Team {
        boolean known = Integer.bitCount(threads) == 1 && threads <= 1024 && (threads == 1 || threads >= WARP);
        if (!known) {
            throw new IllegalArgumentException("team: got %d threads, wanted 1, or 32 to 1024".formatted(threads));
        }
    }

    /** Threads of a block. */
    public int block() {
        return threads == 1 ? BLOCK_OF_SINGLES : threads == WARP ? BLOCK_OF_WARPS : threads;
    }

    /** Points that a block computes side by side. */
    public int points() {
        return block() / threads;
    }

    /** Whether the team is a block, so that its threads share memory. */
    public boolean isBlock() {
        return threads == block();
    }

    /** How many warps it has; 1 for a single thread. */
    public int warps() {
        return Math.max(1, threads / WARP);
    }

    /**
     * Where the part of a laned accumulator stands that a thread's lane adds to, among all of them: they are joined as those of a vector loop, each in the
     * first half with its like in the second, so lanes of a thread first, then threads of a warp, then warps.
     */
    int part(int thread, int lane) {
        return lane * threads + thread % WARP * warps() + thread / WARP;
    }
}
