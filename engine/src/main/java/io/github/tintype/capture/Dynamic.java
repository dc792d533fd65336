package io.github.tintype.capture;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which sizes of the arguments stay open in a compiled graph. */
public sealed interface Dynamic {
    /** None at first; a size that is another one at a later call opens then. 0 and 1 never do. torch's {@code dynamic=None}. */
    Dynamic AUTO = new Auto();

    /** All. Those that the function fixes, such as channels, are fixed then. torch's {@code dynamic=True}. */
    Dynamic ALWAYS = new Always();

    /** None: a graph for each set of sizes. torch's {@code dynamic=False}. */
    Dynamic NEVER = new Never();

    /** The named ones, and no others: a contract. Inside its range a size never compiles anything; outside it is an error. */
    static Dynamic declared(Axis... axes) {
        return new Declared(List.of(axes));
    }

    /**
     * One open size of an argument.
     *
     * @param argument its path in the arguments: names of record components and list positions joined by dots; {@code x} where the
     *     argument is a tensor itself
     * @param axis from the front
     * @param symbol the size's name; sizes of one name are equal at each call
     * @param min least value, 1 or more
     * @param max largest value
     */
    record Axis(String argument, int axis, String symbol, long min, long max) {
        public Axis {
            if (axis < 0) {
                throw new CompileException("%s: got axis %d, wanted 0 or more".formatted(argument, axis));
            }
            if (min < 1 || max < min) {
                throw new CompileException(
                        "%s[%d]: got the range %d to %d, wanted 1 ≤ min ≤ max".formatted(argument, axis, min, max));
            }
        }

        String place() {
            return "%s[%d]".formatted(argument, axis);
        }
    }

    record Auto() implements Dynamic {}

    record Always() implements Dynamic {}

    record Never() implements Dynamic {}

    /** @param axes each place once; one range for each name */
    record Declared(List<Axis> axes) implements Dynamic {
        public Declared {
            axes = List.copyOf(axes);
            Set<String> places = new HashSet<>();
            Map<String, Axis> names = new HashMap<>();
            for (Axis axis : axes) {
                if (!places.add(axis.place())) {
                    throw new CompileException("%s: declared twice".formatted(axis.place()));
                }
                Axis first = names.putIfAbsent(axis.symbol, axis);
                if (first != null && (first.min != axis.min || first.max != axis.max)) {
                    throw new CompileException("%s: got the range %d to %d, wanted %d to %d, as %s has for %s"
                            .formatted(
                                    axis.place(),
                                    axis.min,
                                    axis.max,
                                    first.min,
                                    first.max,
                                    first.place(),
                                    axis.symbol));
                }
            }
        }
    }
}
