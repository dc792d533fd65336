package io.github.tintype.trace;

import io.github.tintype.tensor.Weight;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
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
        return all(model, Module.class);
    }

    /** The weights that the modules of {@code model} hold, in the order of their components; one that is shared as often as it is held. */
    public static List<Weight> weights(Object model) {
        return all(model, Weight.class);
    }

    private static <T> List<T> all(Object model, Class<T> wanted) {
        List<T> found = new ArrayList<>();
        collect(model, wanted, found);
        return List.copyOf(found);
    }

    private static <T> void collect(Object value, Class<T> wanted, List<T> found) {
        if (wanted.isInstance(value)) {
            found.add(wanted.cast(value));
        }
        switch (value) {
            case Weight _ -> {}
            case Optional<?> optional -> optional.ifPresent(part -> collect(part, wanted, found));
            case List<?> list -> list.forEach(part -> collect(part, wanted, found));
            case Record parts -> RecordParts.of(parts).values().forEach(part -> collect(part, wanted, found));
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
        return (M) new Mapping(change, UnaryOperator.identity()).of(model);
    }

    /**
     * {@code model} with {@code change(weight)} in the place of each of its weights, which is asked once for a weight that several modules share. What nothing changes in is the same object afterwards.
     *
     * @throws StructureException if a weight becomes something that its place doesn't take, naming the place
     */
    @SuppressWarnings("unchecked") // a record's own class
    public static <M> M mapWeights(M model, UnaryOperator<Weight> change) {
        IdentityHashMap<Weight, Weight> changed = new IdentityHashMap<>();
        return (M) new Mapping(UnaryOperator.identity(), weight -> changed.computeIfAbsent(weight, change)).of(model);
    }

    private record Mapping(UnaryOperator<Module> modules, UnaryOperator<Weight> weights) {
        Object of(Object value) {
            Object rebuilt = switch (value) {
                case Weight weight -> weights.apply(weight);
                case Optional<?> optional -> {
                    List<Object> before = List.copyOf(optional.stream().toList());
                    List<Object> after = all(before);
                    yield same(before, after) ? optional : Optional.of(after.getFirst());
                }
                case List<?> list -> {
                    List<Object> after = all(list);
                    yield same(list, after) ? list : List.copyOf(after);
                }
                case Record record -> {
                    List<Object> before = List.copyOf(RecordParts.of(record).values());
                    List<Object> after = all(before);
                    yield same(before, after) ? record : make(record, after);
                }
                default -> value;
            };
            return rebuilt instanceof Module module ? modules.apply(module) : rebuilt;
        }

        private List<Object> all(List<?> values) {
            List<Object> mapped = new ArrayList<>();
            values.forEach(value -> mapped.add(of(value)));
            return mapped;
        }
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
