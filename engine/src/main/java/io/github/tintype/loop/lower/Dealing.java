package io.github.tintype.loop.lower;

import io.github.tintype.loop.Team;
import java.util.Optional;

/**
 * How the elements of a kernel are shared out: to the lanes of a vector loop, or to the threads of a team.
 *
 * @param width neighbours that a thread takes at once
 * @param rounds how often it does at most, where registers keep a row; else 0
 */
record Dealing(Optional<Team> team, int width, int rounds) {
    /** On a processor, whose compiler knows how wide a vector is. */
    static final Dealing LANES = new Dealing(Optional.empty(), 1, 0);

    static Dealing of(int threads, int width) {
        return new Dealing(Optional.of(new Team(threads)), width, 0);
    }

    /** With rows of {@code extent} elements kept in registers. */
    Dealing keeping(long extent) {
        int rounds = 1;
        while ((long) threads() * width * rounds < extent) {
            rounds *= 2;
        }
        return new Dealing(team, width, rounds);
    }

    /** How many of {@code elements} each thread's chunks come to, at most. */
    long rounds(long elements) {
        return Math.ceilDiv(elements, (long) threads() * width);
    }

    /** Elements that registers keep of a row. */
    int registers() {
        return threads() * width * rounds;
    }

    /** One element at a time. */
    Dealing single() {
        return new Dealing(team, 1, 0);
    }

    private int threads() {
        return team.map(Team::threads).orElse(1);
    }
}
