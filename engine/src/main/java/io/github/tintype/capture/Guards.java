package io.github.tintype.capture;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When a compiled graph is right for a call: form of the arguments, types, ranks, sizes, and what symbols may be. Never the identity
 * of an object; the device is the engine's and fixed, tensors at the boundary are dense and row-major.
 *
 * @param attention the choice of back ends that must be current, if the function asked for it
 */
record Guards(Tree form, SymbolicArguments arguments, Optional<SdpaChoice> attention) {
    /** The answer for one call. */
    sealed interface Outcome {
        /** They hold, with these values of the symbols. */
        record Match(Map<String, Long> symbols) implements Outcome {
            public Match {
                symbols = Map.copyOf(symbols);
            }
        }

        /** The first one that doesn't. */
        record Mismatch(String guard) implements Outcome {}
    }

    Outcome check(Tree got, List<TensorType> types, SdpaChoice choice) {
        if (!got.equals(form)) {
            return new Outcome.Mismatch(FormDifference.text(form, got));
        }
        if (attention.isPresent() && !attention.get().equals(choice)) {
            return new Outcome.Mismatch("attention: got %s, wanted %s".formatted(choice, attention.get()));
        }
        Map<String, Long> symbols = new HashMap<>();
        Map<String, String> boundBy = new HashMap<>();
        for (int i = 0; i < types.size(); i++) {
            TensorType wanted = arguments.types().get(i);
            TensorType type = types.get(i);
            if (type.dtype() != wanted.dtype()
                    || type.shape().rank() != wanted.shape().rank()) {
                return mismatch(i, "got %s, wanted %s".formatted(type, wanted));
            }
            for (int axis = 0; axis < type.shape().rank(); axis++) {
                Dim dim = wanted.shape().dim(axis);
                long size = type.shape().size(axis);
                if (isSymbol(dim)) {
                    String name = dim.toString();
                    Long known = symbols.putIfAbsent(name, size);
                    String place = place(i, axis);
                    if (known != null && known != size) {
                        return new Outcome.Mismatch("%s: got %d, wanted %d, which is %s at %s"
                                .formatted(place, size, known, name, boundBy.get(name)));
                    }
                    boundBy.putIfAbsent(name, place);
                }
            }
        }
        return checkSizes(types, symbols);
    }

    private Outcome checkSizes(List<TensorType> types, Map<String, Long> symbols) {
        for (int i = 0; i < types.size(); i++) {
            for (int axis = 0; axis < types.get(i).shape().rank(); axis++) {
                Dim dim = arguments.types().get(i).shape().dim(axis);
                long size = types.get(i).shape().size(axis);
                long wanted = dim.evaluate(symbol -> symbols.getOrDefault(symbol, 0L));
                if (size != wanted) {
                    String text = dim.isFixed() ? "" + wanted : "%d = %s".formatted(wanted, dim);
                    return new Outcome.Mismatch("%s: got %d, wanted %s".formatted(place(i, axis), size, text));
                }
                if (isSymbol(dim)) {
                    Range range = arguments.ranges().getOrDefault(dim.toString(), Range.ANY);
                    if (!range.contains(size)) {
                        return new Outcome.Mismatch(
                                "%s: got %d, wanted %s: %s".formatted(place(i, axis), size, dim, range));
                    }
                }
            }
        }
        return new Outcome.Match(symbols);
    }

    private static boolean isSymbol(Dim dim) {
        return dim.symbols().size() == 1 && dim.symbols().contains(dim.toString());
    }

    private String place(int argument, int axis) {
        return "%s[%d]".formatted(arguments.paths().get(argument), axis);
    }

    private Outcome mismatch(int argument, String text) {
        return new Outcome.Mismatch(arguments.paths().get(argument) + ": " + text);
    }

    /** One line a guard. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < arguments.types().size(); i++) {
            lines.add(arguments.paths().get(i) + ": " + arguments.types().get(i));
        }
        arguments.ranges().forEach((symbol, range) -> lines.add(symbol + ": " + range));
        FormDifference.fixed(form).forEach(lines::add);
        attention.ifPresent(choice -> lines.add("attention: " + choice));
        return lines;
    }
}
