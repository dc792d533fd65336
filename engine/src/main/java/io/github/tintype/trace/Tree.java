package io.github.tintype.trace;

import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The form of a value made of tensors: records, lists and optionals of them, and the integers, booleans, enums and strings beside
 * them. Two values of equal trees differ only in their tensors. Records are read by their components ({@link RecordParts}), so that users'
 * own inputs and outputs need no code for it.
 *
 * <p>A {@code float} or {@code double} is refused: traced, it would be frozen into the graph. What varies is a tensor.
 */
public sealed interface Tree {
    /** The tensor at this place in the list of tensors. */
    record Leaf(int index) implements Tree {}

    /** A value that steers Java control flow, and so is part of the form. */
    record Fixed(Object value) implements Tree {}

    record Empty() implements Tree {}

    record Present(Tree value) implements Tree {}

    record Items(List<Tree> items) implements Tree {}

    record Fields(Class<?> type, List<Tree> fields) implements Tree {}

    /**
     * A value taken apart.
     *
     * @param tensors in the order of their leaves
     * @param paths where each tensor was, e.g. {@code addedCond.textEmbeds} or {@code skips.0}
     */
    record Flat(Tree tree, List<Tensor> tensors, List<String> paths) {
        public Flat {
            tensors = List.copyOf(tensors);
            paths = List.copyOf(paths);
        }

        /** The types of the tensors. */
        public List<TensorType> types() {
            return tensors.stream().map(Tensor::type).toList();
        }
    }

    /** Takes {@code value} apart. @throws StructureException naming the part that is none of the kinds above */
    static Flat flatten(Object value) {
        List<Tensor> tensors = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        return new Flat(flatten(value, "", tensors, paths), tensors, paths);
    }

    private static Tree flatten(Object value, String path, List<Tensor> tensors, List<String> paths) {
        return switch (value) {
            case Tensor tensor -> {
                tensors.add(tensor);
                paths.add(path.isEmpty() ? "x" : path);
                yield new Leaf(tensors.size() - 1);
            }
            case Optional<?> optional when optional.isEmpty() -> new Empty();
            case Optional<?> optional -> new Present(flatten(optional.get(), path, tensors, paths));
            case List<?> list -> {
                List<Tree> items = new ArrayList<>();
                for (int i = 0; i < list.size(); i++) {
                    items.add(flatten(list.get(i), join(path, "" + i), tensors, paths));
                }
                yield new Items(List.copyOf(items));
            }
            case Record fields -> {
                List<Tree> parts = new ArrayList<>();
                RecordParts.of(fields)
                        .forEach((name, part) -> parts.add(flatten(part, join(path, name), tensors, paths)));
                yield new Fields(fields.getClass(), List.copyOf(parts));
            }
            case Integer _, Long _, Boolean _, String _, Enum<?> _ -> new Fixed(value);
            case Double _, Float _ ->
                throw new StructureException(
                        "%s: got the number %s, wanted a tensor: a number that may change is a tensor of rank 0, so that a change compiles nothing"
                                .formatted(place(path), value));
            default ->
                throw new StructureException(
                        "%s: got a %s, wanted tensors in records, lists and optionals, or an integer, boolean, enum or string"
                                .formatted(place(path), value.getClass().getName()));
        };
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String place(String path) {
        return path.isEmpty() ? "argument" : path;
    }

    /** A value of this form with other tensors. */
    default Object rebuild(List<Tensor> tensors) {
        return switch (this) {
            case Leaf(int index) -> tensors.get(index);
            case Fixed(Object value) -> value;
            case Empty() -> Optional.empty();
            case Present(Tree value) -> Optional.of(value.rebuild(tensors));
            case Items(List<Tree> items) ->
                items.stream().map(item -> item.rebuild(tensors)).toList();
            case Fields(Class<?> type, List<Tree> fields) ->
                RecordParts.make(
                        type,
                        fields.stream().map(field -> field.rebuild(tensors)).toList());
        };
    }
}
