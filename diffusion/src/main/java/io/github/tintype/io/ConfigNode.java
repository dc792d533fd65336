package io.github.tintype.io;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object whose values are read by key and type. Nothing is converted: a number in quotes, {@code 64.0} for an integer or a
 * number too large for its type is a {@link ModelFormatException} that says file, key, what was expected and what was found, e.g.
 * {@code unet/config.json: attention_head_dim: expected positive integer, found "abc"}.
 *
 * <p>{@code null}, which diffusers writes for Python's {@code None}, counts as absent: a required key may not be {@code null}, an
 * optional one is empty, and one with a default takes it.
 */
public final class ConfigNode {
    private final String file;
    private final String path;
    private final ObjectNode node;

    ConfigNode(String file, String path, ObjectNode node) {
        this.file = file;
        this.path = path;
        this.node = node;
    }

    /** What messages call this object: the file, and the keys that lead here. */
    public String where() {
        return path.isEmpty() ? file : file + ": " + path;
    }

    /** All keys, those with {@code null} too, in the file's order. */
    public Set<String> keys() {
        return new LinkedHashSet<>(node.propertyNames());
    }

    /** Whether {@code key} is there and isn't {@code null}. */
    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** Whether {@code key} is a list. */
    public boolean isList(String key) {
        return has(key) && node.get(key).isArray();
    }

    /** Whether {@code key} is an object. */
    public boolean isObject(String key) {
        return has(key) && node.get(key).isObject();
    }

    public String getString(String key) {
        return string(key, required(key, "a string"));
    }

    public String getString(String key, String otherwise) {
        return optionalString(key).orElse(otherwise);
    }

    public Optional<String> optionalString(String key) {
        return optional(key, this::string);
    }

    public boolean getBoolean(String key) {
        return bool(key, required(key, "true or false"));
    }

    public boolean getBoolean(String key, boolean otherwise) {
        return optionalBoolean(key).orElse(otherwise);
    }

    public Optional<Boolean> optionalBoolean(String key) {
        return optional(key, this::bool);
    }

    /** An integer of 32 bits. */
    public int getInt(String key) {
        return integer(key, required(key, "an integer"));
    }

    public int getInt(String key, int otherwise) {
        return optionalInt(key).orElse(otherwise);
    }

    public Optional<Integer> optionalInt(String key) {
        return optional(key, this::integer);
    }

    /** An integer from 1 to 2³¹−1: sizes, counts. */
    public int getPositiveInt(String key) {
        return positive(key, required(key, "positive integer"));
    }

    public int getPositiveInt(String key, int otherwise) {
        return optionalPositiveInt(key).orElse(otherwise);
    }

    public Optional<Integer> optionalPositiveInt(String key) {
        return optional(key, this::positive);
    }

    /** An integer of 64 bits. */
    public long getLong(String key) {
        return longInteger(key, required(key, "an integer"));
    }

    public long getLong(String key, long otherwise) {
        return optionalLong(key).orElse(otherwise);
    }

    public Optional<Long> optionalLong(String key) {
        return optional(key, this::longInteger);
    }

    /** A finite number. */
    public double getDouble(String key) {
        return number(key, required(key, "a number"));
    }

    public double getDouble(String key, double otherwise) {
        return optionalDouble(key).orElse(otherwise);
    }

    public Optional<Double> optionalDouble(String key) {
        return optional(key, this::number);
    }

    /** A number that may be infinite, but not NaN. Python writes infinities into JSON as bare words. */
    public double getExtendedDouble(String key, double otherwise) {
        return optional(key, this::extendedNumber).orElse(otherwise);
    }

    /** A list of integers; a single one is a list of one. */
    public List<Integer> getInts(String key) {
        return list(key, required(key, "an integer or a list of them"), this::integer);
    }

    public Optional<List<Integer>> optionalInts(String key) {
        return optional(key, (at, value) -> list(at, value, this::integer));
    }

    /** A list of positive integers; a single one is a list of one. */
    public List<Integer> getPositiveInts(String key) {
        return list(key, required(key, "positive integer or a list of them"), this::positive);
    }

    public Optional<List<Integer>> optionalPositiveInts(String key) {
        return optional(key, (at, value) -> list(at, value, this::positive));
    }

    /** A list of lists of integers from 0 on; a single list, or a single integer, is one of one. */
    public Optional<List<List<Integer>>> optionalCountLists(String key) {
        return optional(key, (at, value) -> list(at, value, (inner, member) -> list(inner, member, this::count)));
    }

    /** A list of finite numbers; a single one is a list of one. */
    public List<Double> getDoubles(String key) {
        return list(key, required(key, "a number or a list of them"), this::number);
    }

    public Optional<List<Double>> optionalDoubles(String key) {
        return optional(key, (at, value) -> list(at, value, this::number));
    }

    /** A list of booleans; a single one is a list of one. */
    public List<Boolean> getBooleans(String key) {
        return list(key, required(key, "true, false or a list of them"), this::bool);
    }

    public Optional<List<Boolean>> optionalBooleans(String key) {
        return optional(key, (at, value) -> list(at, value, this::bool));
    }

    /** A list of strings; a single one is a list of one. */
    public List<String> getStrings(String key) {
        return list(key, required(key, "a string or a list of them"), this::string);
    }

    public Optional<List<String>> optionalStrings(String key) {
        return optional(key, (at, value) -> list(at, value, this::string));
    }

    /** A list whose members may be {@code null}, e.g. {@code [null, null]} for a component that isn't there. */
    List<Optional<String>> getOptionalStrings(String key) {
        if (!isList(key)) {
            throw wrong(key, "[library, class]");
        }
        return node.get(key)
                .valueStream()
                .map(value -> value.isNull() ? Optional.<String>empty() : Optional.of(string(key, value)))
                .toList();
    }

    /** The object at {@code key}. */
    public ConfigNode child(String key) {
        return object(key, required(key, "an object"));
    }

    public Optional<ConfigNode> optionalChild(String key) {
        return optional(key, this::object);
    }

    /** The objects in the list at {@code key}. */
    public List<ConfigNode> children(String key) {
        return list(key, required(key, "a list of objects"), this::object);
    }

    /** @throws ModelFormatException naming the keys that aren't among {@code keys} */
    public void only(Set<String> keys) {
        Set<String> unknown = new TreeSet<>(keys());
        unknown.removeAll(keys);
        if (!unknown.isEmpty()) {
            throw new ModelFormatException("%s: got unknown keys %s, wanted some of %s"
                    .formatted(where(), Quoted.list(unknown), new TreeSet<>(keys)));
        }
    }

    /** @throws ModelFormatException if this isn't the root of a file of our own of this format and version */
    public void wantFormat(String format, int version) {
        if (!getString("format").equals(format)) {
            throw wrong("format", format);
        }
        if (getInt("version") != version) {
            throw wrong("version", "" + version);
        }
    }

    /** This object with some values replaced or added: strings, booleans, numbers, or lists of them. */
    public ConfigNode with(Map<String, ?> values) {
        ObjectNode changed = node.deepCopy();
        values.forEach((key, value) -> changed.set(key, toNode(key, value)));
        return new ConfigNode(file, path, changed);
    }

    /** An object that no file holds. */
    public static ConfigNode of(String where, Map<String, ?> values) {
        return new ConfigNode(where, "", JsonNodeFactory.instance.objectNode()).with(values);
    }

    /** The error for the value at {@code key}: "where: key: expected …, found …". For callers that know more about it. */
    public ModelFormatException wrong(String key, String expected) {
        JsonNode value = node.get(key);
        return wrong(key, expected, value == null ? "nothing" : Json.kind(value));
    }

    private ModelFormatException wrong(String key, String expected, String found) {
        String shown = path.isEmpty() ? key : path + "." + key;
        return new ModelFormatException(
                "%s: %s: expected %s, found %s".formatted(file, Quoted.plain(shown), expected, found));
    }

    private JsonNode required(String key, String expected) {
        if (!has(key)) {
            throw wrong(key, expected);
        }
        return node.get(key);
    }

    private <T> Optional<T> optional(String key, BiFunction<String, JsonNode, T> read) {
        return has(key) ? Optional.of(read.apply(key, node.get(key))) : Optional.empty();
    }

    private <T> List<T> list(String key, JsonNode value, BiFunction<String, JsonNode, T> read) {
        if (!value.isArray()) {
            return List.of(read.apply(key, value));
        }
        List<T> values = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            values.add(read.apply("%s[%d]".formatted(key, i), value.get(i)));
        }
        return List.copyOf(values);
    }

    private String string(String key, JsonNode value) {
        if (!value.isString()) {
            throw wrong(key, "a string", Json.kind(value));
        }
        return value.stringValue();
    }

    private boolean bool(String key, JsonNode value) {
        if (!value.isBoolean()) {
            throw wrong(key, "true or false", Json.kind(value));
        }
        return value.booleanValue();
    }

    private int integer(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(key, "an integer", Json.kind(value));
        }
        return value.intValue();
    }

    private int positive(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() <= 0) {
            throw wrong(key, "positive integer", Json.kind(value));
        }
        return value.intValue();
    }

    private int count(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw wrong(key, "an integer from 0 on", Json.kind(value));
        }
        return value.intValue();
    }

    private long longInteger(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(key, "an integer", Json.kind(value));
        }
        return value.longValue();
    }

    private double number(String key, JsonNode value) {
        // 1e400 is valid JSON, and infinite
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw wrong(key, "a finite number", Json.kind(value));
        }
        return value.doubleValue();
    }

    private double extendedNumber(String key, JsonNode value) {
        if (!value.isNumber() || Double.isNaN(value.doubleValue())) {
            throw wrong(key, "a number", Json.kind(value));
        }
        return value.doubleValue();
    }

    private ConfigNode object(String key, JsonNode value) {
        if (!(value instanceof ObjectNode object)) {
            throw wrong(key, "an object", Json.kind(value));
        }
        return new ConfigNode(file, path.isEmpty() ? key : path + "." + key, object);
    }

    private static JsonNode toNode(String key, Object value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (value) {
            case String text -> nodes.stringNode(text);
            case Boolean truth -> nodes.booleanNode(truth);
            case Integer number -> nodes.numberNode(number);
            case Long number -> nodes.numberNode(number);
            case Double number -> nodes.numberNode(number);
            case List<?> members ->
                nodes.arrayNode()
                        .addAll(members.stream()
                                .map(member -> toNode(key, member))
                                .toList());
            default ->
                throw new IllegalArgumentException("%s: got a %s, wanted a string, boolean, number or list"
                        .formatted(key, value.getClass().getSimpleName()));
        };
    }

    @Override
    public String toString() {
        return "%s %s".formatted(where(), Quoted.plain(node.toString()));
    }
}
