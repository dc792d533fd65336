package io.github.tintype.capture;

import io.github.tintype.trace.Tree;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Texts about the forms of arguments. */
final class FormDifference {
    private FormDifference() {}

    /** The first place where {@code got} isn't {@code wanted}: {@code options.causal: got true, wanted false}. */
    static String text(Tree wanted, Tree got) {
        return first(wanted, got, "").orElse("arguments: got another form");
    }

    private static Optional<String> first(Tree wanted, Tree got, String path) {
        if (wanted.equals(got)) {
            return Optional.empty();
        }
        return switch (wanted) {
            case Tree.Present(Tree inner) when got instanceof Tree.Present(Tree other) -> first(inner, other, path);
            case Tree.Items(List<Tree> items)
            when got instanceof Tree.Items(List<Tree> others) && items.size() == others.size() ->
                firstOf(items, others, path, i -> "" + i);
            case Tree.Fields(Class<?> type, List<Tree> fields)
            when got instanceof Tree.Fields(Class<?> same, List<Tree> others) && type.equals(same) ->
                firstOf(fields, others, path, i -> type.getRecordComponents()[i].getName());
            default -> Optional.of("%s: got %s, wanted %s".formatted(place(path), describe(got), describe(wanted)));
        };
    }

    private interface Name {
        String of(int index);
    }

    private static Optional<String> firstOf(List<Tree> wanted, List<Tree> got, String path, Name name) {
        for (int i = 0; i < wanted.size(); i++) {
            Optional<String> difference = first(wanted.get(i), got.get(i), join(path, name.of(i)));
            if (difference.isPresent()) {
                return difference;
            }
        }
        return Optional.empty();
    }

    private static String describe(Tree tree) {
        return switch (tree) {
            case Tree.Leaf(int _) -> "a tensor";
            case Tree.Fixed(Object value) -> value.toString();
            case Tree.Empty() -> "nothing";
            case Tree.Present(Tree value) -> describe(value);
            case Tree.Items(List<Tree> items) -> "a list of %d".formatted(items.size());
            case Tree.Fields(Class<?> type, List<Tree> _) -> "a " + type.getSimpleName();
        };
    }

    /** The values in {@code form} that steer control flow: {@code options.causal = true}. */
    static List<String> fixed(Tree form) {
        List<String> lines = new ArrayList<>();
        collect(form, "", lines);
        return lines;
    }

    private static void collect(Tree tree, String path, List<String> lines) {
        switch (tree) {
            case Tree.Leaf(int _) -> {}
            case Tree.Empty() -> lines.add(place(path) + " is absent");
            case Tree.Fixed(Object value) -> lines.add(place(path) + " = " + value);
            case Tree.Present(Tree value) -> collect(value, path, lines);
            case Tree.Items(List<Tree> items) -> {
                for (int i = 0; i < items.size(); i++) {
                    collect(items.get(i), join(path, "" + i), lines);
                }
            }
            case Tree.Fields(Class<?> type, List<Tree> fields) -> {
                RecordComponent[] components = type.getRecordComponents();
                for (int i = 0; i < components.length; i++) {
                    collect(fields.get(i), join(path, components[i].getName()), lines);
                }
            }
        }
    }

    private static String place(String path) {
        return path.isEmpty() ? "arguments" : path;
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
