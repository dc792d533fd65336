package io.github.tintype.random;

/**
 * The 32-bit Mersenne twister as torch seeds it.
 *
 * <p>Source: Matsumoto and Nishimura's mt19937; ATen/core/MT19937RNGEngine.h. Only the low 32 bits of a seed count.
 */
final class MersenneTwister {
    private static final int SIZE = 624;
    private static final int SHIFT = 397;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    MersenneTwister(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** 32 random bits. */
    int nextInt() {
        if (next == SIZE) {
            twist();
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    /** 64 random bits; the first draw is the upper half. */
    long nextLong() {
        long high = nextInt();
        return (high << 32) | (nextInt() & 0xffffffffL);
    }

    private void twist() {
        for (int i = 0; i < SIZE - SHIFT; i++) {
            state[i] = state[i + SHIFT] ^ mix(state[i], state[i + 1]);
        }
        for (int i = SIZE - SHIFT; i < SIZE - 1; i++) {
            state[i] = state[i + SHIFT - SIZE] ^ mix(state[i], state[i + 1]);
        }
        state[SIZE - 1] = state[SHIFT - 1] ^ mix(state[SIZE - 1], state[0]);
        next = 0;
    }

    private static int mix(int upper, int lower) {
        int y = (upper & 0x80000000) | (lower & 0x7fffffff);
        return (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
    }
}
