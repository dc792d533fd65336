package io.github.tintype.trace;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Records by their components, whoever wrote them: how values and models are taken apart and put together without code for each. */
final class RecordParts {
    private RecordParts() {}

    /** The components of {@code value} by name, in order. @throws StructureException if they can't be read */
    static Map<String, Object> of(Record value) {
        Map<String, Object> parts = new LinkedHashMap<>();
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            parts.put(component.getName(), get(component, value));
        }
        return parts;
    }

    private static Object get(RecordComponent component, Record record) {
        try {
            component.getAccessor().trySetAccessible();
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw unreadable(record.getClass(), e);
        }
    }

    /** A record of this class with these components, in order. @throws StructureException if it can't be made of them */
    static Object make(Class<?> type, List<Object> parts) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.trySetAccessible();
            return constructor.newInstance(parts.toArray());
        } catch (ReflectiveOperationException e) {
            throw unreadable(type, e);
        }
    }

    private static StructureException unreadable(Class<?> type, Exception cause) {
        StructureException exception = new StructureException(
                "%s: got a record that can't be read or made (%s)".formatted(type.getName(), cause));
        exception.initCause(cause);
        return exception;
    }
}
