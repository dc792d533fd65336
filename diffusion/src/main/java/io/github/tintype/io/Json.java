package io.github.tintype.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeType;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON objects from files, strictly: UTF-8 without a byte order mark, no duplicate keys, no comments, nothing after the
 * object, 32 levels at most.
 */
public final class Json {
    /** The largest configuration, in bytes. */
    public static final int LARGEST_CONFIG = 1 << 20;

    private static final int DEEPEST = 32;
    private static final int LONGEST_NUMBER = 64;
    private static final int LONGEST_NAME = 10_000;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxNumberLength(LONGEST_NUMBER)
                            .maxNameLength(LONGEST_NAME)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // diffusers writes "lambda_min_clipped": -Infinity; who reads a number says whether it may be
                    // infinite
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /**
     * The object in {@code path}, which has {@link #LARGEST_CONFIG} bytes at most. Messages call it {@code folder/file}.
     *
     * @throws ModelFormatException if the file is missing, or isn't such an object
     * @throws UncheckedIOException if it can't be read
     */
    public static ConfigNode read(Path path) {
        return read(path, LARGEST_CONFIG);
    }

    /** {@link #read(Path)} for files that may be larger than a configuration, such as vocabularies. */
    public static ConfigNode read(Path path, int largest) {
        return read(path, Label.of(path), largest);
    }

    static ConfigNode read(Path path, String where, int largest) {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(largest + 1);
            if (bytes.length > largest) {
                throw new ModelFormatException("%s: expected at most %d bytes, found more".formatted(where, largest));
            }
            return parse(bytes, where);
        } catch (NoSuchFileException e) {
            throw new ModelFormatException("%s: the file is missing".formatted(where), e);
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be read: %s".formatted(where, e), e);
        }
    }

    /**
     * The object in {@code text}.
     *
     * @param where what messages call it
     * @throws ModelFormatException if it isn't such an object
     */
    public static ConfigNode parse(String text, String where) {
        return parse(text.getBytes(StandardCharsets.UTF_8), where);
    }

    private static ConfigNode parse(byte[] bytes, String where) {
        if (bytes.length == 0) {
            throw new ModelFormatException("%s: expected a JSON object, found an empty file".formatted(where));
        }
        if (bytes.length >= 3 && (bytes[0] & 0xff) == 0xef && (bytes[1] & 0xff) == 0xbb && (bytes[2] & 0xff) == 0xbf) {
            throw new ModelFormatException(
                    "%s: expected plain UTF-8, found a byte order mark: save the file without it".formatted(where));
        }
        String text = decoded(bytes, where);
        try {
            JsonNode root = MAPPER.readTree(text);
            if (!(root instanceof ObjectNode object)) {
                throw new ModelFormatException("%s: expected a JSON object, found %s".formatted(where, kind(root)));
            }
            return new ConfigNode(where, "", object);
        } catch (JacksonException e) {
            String sniffed = Sniff.explain(Arrays.copyOf(bytes, Math.min(bytes.length, Sniff.BYTES)))
                    .filter(sentence -> bytes[0] != '{')
                    .orElse("not valid JSON: " + firstLine(e));
            throw new ModelFormatException("%s: %s".formatted(where, sniffed), e);
        }
    }

    private static String decoded(byte[] bytes, String where) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException("%s: expected UTF-8, found other bytes".formatted(where), e);
        }
    }

    /* Jackson's own words, which may quote the file, on one short line and with the place. */
    private static String firstLine(JacksonException e) {
        // Jackson adds where the text came from, which it doesn't know.
        String message = Quoted.plain(e.getOriginalMessage().replaceFirst("(?s) \\(start marker at .*", ""));
        if (e.getLocation() == null || e.getLocation().getLineNr() < 1) {
            return message;
        }
        return "%s (line %d, column %d)"
                .formatted(message, e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    }

    /** What kind of value {@code node} is, for messages. */
    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case JsonNodeType.ARRAY -> "a list";
            case JsonNodeType.OBJECT -> "an object";
            case JsonNodeType.STRING -> Quoted.of(node.stringValue());
            case JsonNodeType.MISSING -> "nothing";
            case JsonNodeType.NULL -> "null";
            case JsonNodeType.NUMBER, JsonNodeType.BOOLEAN -> node.toString();
            case JsonNodeType.BINARY, JsonNodeType.POJO -> "something that is not JSON";
        };
    }

    /** {@code value} as JSON has it, in quotes. @throws ModelFormatException if it has half a surrogate pair */
    public static String string(String value) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
            throw new ModelFormatException("%s: half a surrogate pair can't be written".formatted(Quoted.of(value)));
        }
        StringBuilder quoted = new StringBuilder("\"");
        value.chars().forEach(c -> {
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                default -> {
                    if (c < 0x20) {
                        quoted.append("\\u%04x".formatted(c));
                    } else {
                        quoted.append((char) c);
                    }
                }
            }
        });
        return quoted.append('"').toString();
    }
}
