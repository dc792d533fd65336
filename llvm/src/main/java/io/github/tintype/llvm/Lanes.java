package io.github.tintype.llvm;

import io.github.tintype.loop.Var;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The iterations of a vector loop that are done at once.
 *
 * @param variable the loop's counter
 * @param first its value in lane 0, by name
 * @param mask which lanes are inside of the loop, by name; all if there is none
 * @param chunk which of the registers of an accumulator these lanes belong to
 * @param counters its value in each lane, by name, as far as needed so far; clamped to the loop
 * @param last the last value inside of the loop, by name; only with a mask
 */
record Lanes(Var variable, String first, Optional<String> mask, int chunk, List<String> counters, String last) {
    static Lanes all(Var variable, String first, int chunk) {
        return new Lanes(variable, first, Optional.empty(), chunk, new ArrayList<>(), first);
    }

    static Lanes some(Var variable, String first, String mask, int chunk, String last) {
        return new Lanes(variable, first, Optional.of(mask), chunk, new ArrayList<>(), last);
    }

    /** The counter in one lane. */
    String counter(Emitter e, int lane) {
        while (counters.size() <= lane) {
            int next = counters.size();
            String plain = next == 0 ? first : e.emit("add nsw i64 {}, {}", first, next);
            if (mask.isEmpty() || next == 0) {
                counters.add(plain);
                continue;
            }
            String inside = e.emit("icmp slt i64 {}, {}", plain, last);
            counters.add(e.emit("select i1 {}, i64 {}, i64 {}", inside, plain, last));
        }
        return counters.get(lane);
    }
}
