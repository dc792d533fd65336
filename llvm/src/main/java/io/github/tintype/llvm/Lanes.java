package io.github.tintype.llvm;

import io.github.tintype.loop.Var;
import java.util.Optional;

/**
 * The iterations of a vector loop that are done at once.
 *
 * @param variable the loop's counter
 * @param first its value in lane 0, by name
 * @param mask which lanes are inside of the loop, by name; all if there is none
 * @param chunk which of the registers of an accumulator these lanes belong to
 * @param last the last value inside of the loop, by name; only with a mask
 */
record Lanes(Var variable, String first, Optional<String> mask, int chunk, String last) {
    static Lanes all(Var variable, String first, int chunk) {
        return new Lanes(variable, first, Optional.empty(), chunk, first);
    }

    static Lanes some(Var variable, String first, String mask, int chunk, String last) {
        return new Lanes(variable, first, Optional.of(mask), chunk, last);
    }

    /** The counter in one lane, clamped to the loop. Written at each use: what is written in one serial loop inside isn't there in the next. */
    String counter(Emitter e, int lane) {
        if (lane == 0) {
            return first;
        }
        String plain = e.emit("add nsw i64 {}, {}", first, lane);
        if (mask.isEmpty()) {
            return plain;
        }
        String inside = e.emit("icmp slt i64 {}, {}", plain, last);
        return e.emit("select i1 {}, i64 {}, i64 {}", inside, plain, last);
    }
}
