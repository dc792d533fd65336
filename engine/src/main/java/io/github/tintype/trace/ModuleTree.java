package io.github.tintype.trace;

import io.github.tintype.tensor.Weight;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A model as the tree of its modules. Models are immutable records: whatever changes one (other weights, another way to attend, fused
 * projections) makes a new one that shares all that didn't change.
 *
 * <p>Modules are found in records, lists and optionals. A module that isn't a record is a leaf: it can be replaced, but not looked into.
 */
public final class ModuleTree {
    private ModuleTree() {}

    /** The modules of {@code model}, itself included if it is one: each before its children, in the order of their components. */
    public static List<Module> modules(Object model) {
        List<Module> found = new ArrayList<>();
        collect(model, found);
        return List.copyOf(found);
    }

    private static void collect(Object value, List<Module> found) {
        if (value instanceof Module module) {
            found.add(module);
        }
        switch (value) {
            case Optional<?> optional -> optional.ifPresent(part -> collect(part, found));
            case List<?> list -> list.forEach(part -> collect(part, found));
            case Record parts -> RecordParts.of(parts).values().forEach(part -> collect(part, found));
            default -> {}
        }
    }

    /** The weights that the modules of {@code model} hold, in the order of their components; one that is shared as often as it is held. */
    public static List<Weight> weights(Object model) {
        List<Weight> found = new ArrayList<>();
        collectWeights(model, found);
        return List.copyOf(found);
    }

    private static void collectWeights(Object value, List<Weight> found) {
        switch (value) {
            case Weight weight -> found.add(weight);
            case Optional<?> optional -> optional.ifPresent(part -> collectWeights(part, found));
            case List<?> list -> list.forEach(part -> collectWeights(part, found));
            case Record parts -> RecordParts.of(parts).values().forEach(part -> collectWeights(part, found));
            default -> {}
        }
    }

    /**
     * {@code model} with {@code change(module)} in the place of each of its modules, children first: what {@code change} gets has its new
     * children. What nothing changes in is the same object afterwards.
     *
     * @throws StructureException if a module becomes something that its place doesn't take, naming the place
     */
    @SuppressWarnings("unchecked") // a record's own class, or what change made of the root
    public static <M> M map(M model, UnaryOperator<Module> change) {
        return (M) mapped(model, change);
    }

    private static Object mapped(Object value, UnaryOperator<Module> change) {
        Object rebuilt = switch (value) {
            case Optional<?> optional -> {
                List<Object> parts = new ArrayList<>();
                optional.ifPresent(part -> parts.add(mapped(part, change)));
                yield same(optional.stream().toList(), parts) ? optional : Optional.of(parts.getFirst());
            }
            case List<?> list -> {
                List<Object> parts = new ArrayList<>();
                list.forEach(part -> parts.add(mapped(part, change)));
                yield same(list, parts) ? list : List.copyOf(parts);
            }
            case Record parts -> mapped(parts, change);
            default -> value;
        };
        return rebuilt instanceof Module module ? change.apply(module) : rebuilt;
    }

    private static Object mapped(Record record, UnaryOperator<Module> change) {
        List<Object> before = List.copyOf(RecordParts.of(record).values());
        List<Object> after = new ArrayList<>();
        before.forEach(part -> after.add(mapped(part, change)));
        return same(before, after) ? record : make(record, after);
    }

    private static Object make(Record like, List<Object> parts) {
        for (int i = 0; i < parts.size(); i++) {
            RecordComponent component = like.getClass().getRecordComponents()[i];
            refused(component.getGenericType(), parts.get(i)).ifPresent(refusal -> {
                String place = like instanceof Module module && !module.path().isEmpty()
                        ? module.path()
                        : like.getClass().getSimpleName();
                throw new StructureException("%s: %s: %s".formatted(place, component.getName(), refusal));
            });
        }
        return RecordParts.make(like.getClass(), parts);
    }

    /* Why something can't be where a type is declared: also of the elements of lists and optionals, which Java doesn't check when a record is made. */
    private static Optional<String> refused(Type type, Object value) {
        return switch (type) {
            case Class<?> plain when plain.isPrimitive() || plain.isInstance(value) -> Optional.empty();
            case Class<?> plain ->
                Optional.of("got a %s, wanted a %s".formatted(value.getClass().getSimpleName(), plain.getSimpleName()));
            case ParameterizedType generic when value instanceof List<?> list -> refused(generic, list.stream());
            case ParameterizedType generic
            when value instanceof Optional<?> optional -> refused(generic, optional.stream());
            default -> Optional.empty();
        };
    }

    private static Optional<String> refused(ParameterizedType collection, Stream<?> parts) {
        Type element = collection.getActualTypeArguments()[0];
        return parts.flatMap(part -> refused(element, part).stream()).findFirst();
    }

    @SuppressWarnings("ReferenceEquality") // equal isn't enough: what is rebuilt must be seen to be
    private static boolean same(List<?> before, List<?> after) {
        for (int i = 0; i < before.size(); i++) {
            if (before.get(i) != after.get(i)) {
                return false;
            }
        }
        return true;
    }
}
