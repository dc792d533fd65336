package io.github.tintype.capture;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The types of a function's tensors with symbols for the sizes that stay open.
 *
 * @param paths where each tensor is in the arguments
 * @param types its type; sizes are numbers, symbols, or what refinement made of symbols
 * @param hints what each symbol is in the call that is being recorded
 * @param ranges what each symbol may be
 * @param declared the symbols that the user declared
 */
record SymbolicArguments(
        List<String> paths,
        List<TensorType> types,
        Map<String, Long> hints,
        Map<String, Range> ranges,
        Set<String> declared) {
    SymbolicArguments {
        paths = List.copyOf(paths);
        types = List.copyOf(types);
        hints = new TreeMap<>(hints);
        ranges = new TreeMap<>(ranges);
        declared = new TreeSet<>(declared);
    }

    /** @param open which sizes of {@link Dynamic#AUTO} have been seen to change */
    static SymbolicArguments of(CompileOptions options, List<String> paths, List<TensorType> concrete, SeenSizes open) {
        return switch (options.dynamic()) {
            case Dynamic.Never() -> fixed(paths, concrete);
            case Dynamic.Declared(List<Dynamic.Axis> axes) -> declared(paths, concrete, axes);
            case Dynamic.Always() -> new Naming(options.useDuckShape(), 1).name(paths, concrete, (_, _) -> true);
            case Dynamic.Auto() -> new Naming(options.useDuckShape(), 2).name(paths, concrete, open::isOpen);
        };
    }

    /** No symbols. */
    static SymbolicArguments fixed(List<String> paths, List<TensorType> concrete) {
        return new SymbolicArguments(paths, concrete, Map.of(), Map.of(), Set.of());
    }

    private static SymbolicArguments declared(List<String> paths, List<TensorType> concrete, List<Dynamic.Axis> axes) {
        List<TensorType> types = new ArrayList<>(concrete);
        Map<String, Long> hints = new TreeMap<>();
        Map<String, Range> ranges = new TreeMap<>();
        for (Dynamic.Axis axis : axes) {
            int argument = paths.indexOf(axis.argument());
            if (argument < 0) {
                throw new CompileException("%s: declared, but the arguments are %s".formatted(axis.place(), paths));
            }
            Shape shape = types.get(argument).shape();
            if (axis.axis() >= shape.rank()) {
                throw new CompileException(
                        "%s: declared, but the argument is %s".formatted(axis.place(), types.get(argument)));
            }
            long size = concrete.get(argument).shape().size(axis.axis());
            Range range = new Range(axis.min(), axis.max());
            if (!range.contains(size)) {
                throw new CompileException(
                        "%s: got %d, declared %s: %s".formatted(axis.place(), size, axis.symbol(), range));
            }
            Long known = hints.putIfAbsent(axis.symbol(), size);
            if (known != null && known != size) {
                throw new CompileException(
                        "%s: got %d, declared %s, which is %d".formatted(axis.place(), size, axis.symbol(), known));
            }
            ranges.put(axis.symbol(), range);
            types.set(argument, types.get(argument).with(shape.with(axis.axis(), Dim.symbol(axis.symbol()))));
        }
        return new SymbolicArguments(paths, types, hints, ranges, hints.keySet());
    }

    /** Whether the size of one axis of one tensor stays open. */
    interface Open {
        boolean test(int argument, int axis);
    }

    /* Gives s0, s1, … to open sizes; equal sizes share a name under duck shaping. */
    private static final class Naming {
        private final boolean duck;
        private final long least;
        private final Map<Long, String> byHint = new HashMap<>();
        private final Map<String, Long> hints = new LinkedHashMap<>();

        Naming(boolean duck, long least) {
            this.duck = duck;
            this.least = least;
        }

        SymbolicArguments name(List<String> paths, List<TensorType> concrete, Open open) {
            List<TensorType> types = new ArrayList<>();
            for (int i = 0; i < concrete.size(); i++) {
                Shape shape = concrete.get(i).shape();
                for (int axis = 0; axis < shape.rank(); axis++) {
                    long size = shape.size(axis);
                    if (size >= least && open.test(i, axis)) {
                        shape = shape.with(axis, Dim.symbol(symbol(size)));
                    }
                }
                types.add(concrete.get(i).with(shape));
            }
            Map<String, Range> ranges = new TreeMap<>();
            hints.keySet().forEach(symbol -> ranges.put(symbol, new Range(least, Long.MAX_VALUE)));
            return new SymbolicArguments(paths, types, hints, ranges, Set.of());
        }

        private String symbol(long size) {
            String next = "s" + hints.size();
            String symbol = duck ? byHint.computeIfAbsent(size, _ -> next) : next;
            hints.put(symbol, size);
            return symbol;
        }
    }

    /** These arguments with {@code symbol} replaced by a number or an expression of other symbols. */
    SymbolicArguments refine(String symbol, Dim by) {
        Function<String, Dim> symbols = name -> name.equals(symbol) ? by : Dim.symbol(name);
        Map<String, Long> left = new TreeMap<>(hints);
        left.remove(symbol);
        Map<String, Range> known = new TreeMap<>(ranges);
        known.remove(symbol);
        return new SymbolicArguments(
                paths,
                types.stream()
                        .map(type -> type.with(type.shape().substitute(symbols)))
                        .toList(),
                left,
                known,
                declared);
    }

    /** What {@code size} is in the call that is being recorded. */
    long hint(Dim size) {
        return size.evaluate(symbol -> hints.getOrDefault(symbol, 0L));
    }
}
