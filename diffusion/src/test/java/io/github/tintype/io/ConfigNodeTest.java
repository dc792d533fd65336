package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigNodeTest {
    private static final String WHERE = "unet/config.json";

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "``                    | found an empty file",
                "[]                    | expected a JSON object, found a list",
                "7                     | expected a JSON object, found 7",
                "null                  | expected a JSON object, found null",
                "{\"a\":1,\"a\":1}     | not valid JSON",
                "{\"b\":{\"a\":1,\"a\":2}} | not valid JSON",
                "{\"a\":1} x           | not valid JSON",
                "{\"a\":1}{}           | not valid JSON",
                "{\"a\":1,}            | not valid JSON",
                "{\"a\":              | not valid JSON",
                "{\"a\":02}            | not valid JSON",
                "{\"a\":+1}            | not valid JSON",
                "{'a':1}               | not valid JSON",
                "{a:1}                 | not valid JSON",
                "{/*x*/\"a\":1}        | not valid JSON",
                "{\"a\":\"\\x\"}       | not valid JSON",
                "\uFEFF{}              | byte order mark",
                "<!DOCTYPE html>       | web page",
                "version https://git-lfs.github.com/spec/v1 | git lfs pull",
            })
    void refusesWhatIsNotAStrictObject(String text, String message) {
        assertThatThrownBy(() -> Json.parse(text, WHERE))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("unet/config.json: ")
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n")
                .hasSizeLessThan(300);
    }

    @Test
    void refusesOtherEncodingsDepthsAndSizes() throws IOException {
        Path file = folder.resolve("config.json");
        Files.write(file, new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        assertThatThrownBy(() -> Json.read(file)).hasMessageContaining("expected UTF-8");
        Files.write(file, "{\"a\":1}".getBytes(StandardCharsets.UTF_16LE));
        assertThatThrownBy(() -> Json.read(file)).isInstanceOf(ModelFormatException.class);
        Files.writeString(file, "{\"a\":" + "[".repeat(100_000));
        assertThatThrownBy(() -> Json.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("depth");
        assertThat(Json.parse("{\"a\":" + "[".repeat(31) + "]".repeat(31) + "}", WHERE)
                        .keys())
                .hasSize(1);
        assertThatThrownBy(() -> Json.parse("{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}", WHERE))
                .isInstanceOf(ModelFormatException.class);
        Files.writeString(file, "{}" + " ".repeat(Json.LARGEST_CONFIG));
        assertThatThrownBy(() -> Json.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("at most 1048576 bytes");
        assertThat(Json.read(file, 2 * Json.LARGEST_CONFIG).keys()).isEmpty();
        assertThatThrownBy(() -> Json.read(folder.resolve("none.json")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("none.json: the file is missing");
    }

    static Stream<Arguments> wrongValues() {
        return Stream.of(
                wrong("\"abc\"", node -> node.getPositiveInt("k"), "expected positive integer, found \"abc\""),
                wrong("\"64\"", node -> node.getInt("k"), "expected an integer, found \"64\""),
                wrong("64.5", node -> node.getInt("k"), "expected an integer, found 64.5"),
                wrong("64.0", node -> node.getInt("k"), "expected an integer, found 64.0"),
                wrong("true", node -> node.getInt("k"), "expected an integer, found true"),
                wrong("null", node -> node.getInt("k"), "expected an integer, found null"),
                wrong("[1]", node -> node.getInt("k"), "expected an integer, found a list"),
                wrong("2147483648", node -> node.getInt("k"), "expected an integer, found 2147483648"),
                wrong("0", node -> node.getPositiveInt("k"), "expected positive integer, found 0"),
                wrong("-1", node -> node.getPositiveInt("k", 3), "expected positive integer, found -1"),
                wrong(
                        "9223372036854775808",
                        node -> node.getLong("k"),
                        "expected an integer, found 9223372036854775808"),
                wrong("1e400", node -> node.getDouble("k"), "expected a finite number, found"),
                wrong("NaN", node -> node.getDouble("k"), "expected a finite number, found"),
                wrong("-Infinity", node -> node.getDouble("k"), "expected a finite number, found"),
                wrong("NaN", node -> node.getExtendedDouble("k", 0), "expected a number, found"),
                wrong("\"NaN\"", node -> node.getDouble("k"), "expected a finite number, found \"NaN\""),
                wrong("1", node -> node.getBoolean("k"), "expected true or false, found 1"),
                wrong("1", node -> node.getString("k"), "expected a string, found 1"),
                wrong("1", node -> node.child("k"), "expected an object, found 1"),
                wrong("[[]]", node -> node.child("k"), "expected an object, found a list"));
    }

    private static Arguments wrong(String value, Function<ConfigNode, Object> read, String message) {
        return Arguments.of(value, read, message);
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("wrongValues")
    void wrongValuesAreLocated(String value, Function<ConfigNode, Object> read, String message) {
        ConfigNode node = Json.parse("{\"k\":%s}".formatted(value), WHERE);
        assertThatThrownBy(() -> read.apply(node))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("unet/config.json: k: " + message);
    }

    @Test
    void placesInListsAndObjectsAreNamed() {
        ConfigNode node = Json.parse("{\"a\":{\"b\":[1,\"x\"]}}", WHERE);
        assertThatThrownBy(() -> node.child("a").getInts("b"))
                .hasMessage("unet/config.json: a.b[1]: expected an integer, found \"x\"");
        assertThatThrownBy(() -> node.child("a").getInt("c"))
                .hasMessage("unet/config.json: a.c: expected an integer, found nothing");
        assertThat(node.child("a").where()).isEqualTo("unet/config.json: a");
        assertThat(node.wrong("z", "one of x, y"))
                .hasMessage("unet/config.json: z: expected one of x, y, found nothing");
    }

    @Test
    void hostileTextCannotForgeALogLine() {
        ConfigNode node = Json.parse("{\"k\":\"a\\nERROR \\u202e\\\"%s\"}".formatted("x".repeat(500)), WHERE);
        assertThatThrownBy(() -> node.getInt("k"))
                .message()
                .contains("\"a\\u000aERROR \\u202e\\\"xxx")
                .doesNotContain("\n", "\u202e")
                .hasSizeLessThan(250);
    }

    @Test
    void readsEveryKind() {
        ConfigNode node = Json.parse("""
                {"s": "x", "b": true, "i": 7, "l": 9007199254740993, "d": 1, "e": 1e-5, "n": null,
                 "is": [1, 2], "ds": [0.5, 1], "ss": ["p", "q"], "bs": [true, false], "o": {"k": 1}, "os": [{"k": 2}]}
                """, WHERE);
        assertThat(node.getString("s")).isEqualTo("x");
        assertThat(node.getBoolean("b")).isTrue();
        assertThat(node.getInt("i")).isEqualTo(7);
        assertThat(node.getLong("l")).isEqualTo(9007199254740993L);
        assertThat(node.getDouble("d")).isEqualTo(1.0);
        assertThat(node.getDouble("e")).isEqualTo(1e-5);
        assertThat(node.getInts("is")).containsExactly(1, 2);
        assertThat(node.getInts("i")).containsExactly(7);
        assertThat(node.getDoubles("ds")).containsExactly(0.5, 1.0);
        assertThat(node.getStrings("ss")).containsExactly("p", "q");
        assertThat(node.getBooleans("bs")).containsExactly(true, false);
        assertThat(node.child("o").getInt("k")).isEqualTo(1);
        assertThat(node.children("os").getFirst().getInt("k")).isEqualTo(2);
        assertThat(node.has("n")).isFalse();
        assertThat(node.keys()).contains("n").hasSize(13);
        assertThat(node.getInt("n", 5)).isEqualTo(5);
        assertThat(node.optionalString("n")).isEmpty();
        assertThat(node.optionalInts("i")).contains(List.of(7));
    }

    @Test
    void valuesCanBeReplaced() {
        ConfigNode node = ConfigNode.of("test", Map.of("a", 1, "b", List.of(0.5)));
        ConfigNode changed = node.with(Map.of("a", 2, "c", "x"));
        assertThat(changed.getInt("a")).isEqualTo(2);
        assertThat(changed.getString("c")).isEqualTo("x");
        assertThat(changed.getDoubles("b")).containsExactly(0.5);
        assertThat(node.getInt("a")).isEqualTo(1);
    }

    @Test
    void readsTheInfinityThatDiffusersWrites() {
        ConfigNode node = Json.parse("{\"lambda_min_clipped\":-Infinity}", WHERE);
        assertThat(node.getExtendedDouble("lambda_min_clipped", 0)).isEqualTo(Double.NEGATIVE_INFINITY);
    }
}
