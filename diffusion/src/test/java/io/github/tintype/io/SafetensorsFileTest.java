package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {
    /** One file of the corpus. */
    record Case(String id, String file, boolean valid) {
        @Override
        public String toString() {
            return id;
        }
    }

    static Stream<Case> corpus() {
        return Json.read(Fixtures.path("malformed/safetensors.json")).children("cases").stream()
                .map(node -> new Case(
                        node.getString("id"),
                        node.getString("file"),
                        node.getString("expected").equals("valid")
                                // lenient either way: the format's description knows no other fields
                                && !node.getString("id").equals("st/entry-extra-field")));
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("corpus")
    void judgesTheCorpus(Case test) {
        Path file = Fixtures.path(test.file());
        if (test.valid()) {
            try (SafetensorsFile opened = SafetensorsFile.open(file)) {
                for (String name : opened.names()) {
                    readWhole(opened, name);
                }
            }
            return;
        }
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(String.valueOf(file.getFileName()))
                .message()
                .hasSizeLessThan(500)
                .doesNotContain("\n");
    }

    @Test
    void theCorpusIsWhole() {
        assertThat(corpus()).hasSize(84);
        assertThat(corpus().filter(Case::valid)).hasSize(14);
    }

    /** Types that the engine hasn't got are refused when they are used, and only then. */
    private static void readWhole(SafetensorsFile file, String name) {
        try {
            assertThat(file.tensor(name).data().byteSize())
                    .isEqualTo(file.type(name).bytes());
        } catch (ModelFormatException e) {
            assertThat(e).hasMessageContaining("unsupported dtype U");
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{}{}                                                                  | 0 | expected the end of the header",
                "{} x                                                                  | 0 | expected the end",
                "{/**/}                                                                | 0 | expected a string",
                "null                                                                  | 0 | expected '{' as the first byte",
                "7                                                                     | 0 | expected '{' as the first byte",
                "{}                                                                    | 1 | trailing bytes",
                "{\"a\":[\"F32\",[1],[0,4]]}                                           | 4 | expected '{'",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}} | 4 | found the field \"x\"",
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 | dtype is there twice",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,4]}}           | 4 | expected '['",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":null,\"data_offsets\":[0,4]}}        | 4 | expected '['",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-0],\"data_offsets\":[0,0]}}        | 0 | expected a whole number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}        | 4 | expected a whole number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1e0],\"data_offsets\":[0,4]}}       | 4 | expected a whole number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[NaN],\"data_offsets\":[0,4]}}       | 4 | expected a whole number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[٣],\"data_offsets\":[0,12]}}        | 12 | expected a whole number",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551616],\"data_offsets\":[0,4]}} | 4 | below 2^63",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[562949953421312,0],\"data_offsets\":[0,0]}} | 0 | up to 2^48",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0,1099511627776,1099511627776],\"data_offsets\":[0,0]}} | 0 | too many elements",
                "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}          | 2 | whole byte",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[2,2]}} | 4 | overlap",
                "{\"__metadata__\":null}                                               | 0 | expected '{'",
                "{\"__metadata__\":{\"a\":\"b\",\"a\":\"b\"}}                          | 0 | the key \"a\" twice",
                "{\"__metadata__\":{},\"__metadata__\":{}}                             | 0 | __metadata__ is there twice",
                "{\"__metadata__\":{\"a\":{}}}                                         | 0 | expected a string",
                "{\"__metadata__\":{\"a\":\"\\x\"}}                                    | 0 | invalid escape",
                "{\"__metadata__\":{\"a\":\"\\u12g4\"}}                                | 0 | invalid \\u escape",
                "{\"__metadata__\":{\"a\":\"\\ud800\"}}                                | 0 | half a surrogate pair",
                "{\"__metadata__\":{\"a\":\"b                                          | 0 | expected the end of a string",
            })
    void refuses(String header, int data, String message) throws IOException {
        Path file = write(header, data);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{ \"a\" : { \"dtype\" : \"F32\" , \"shape\" : [ 1 ] , \"data_offsets\" : [ 0 , 4 ] } } | 4 | a",
                "{\"\":{\"data_offsets\":[0,1],\"shape\":[],\"dtype\":\"BOOL\"}}          | 1 | ``",
                "{\"../../x\":{\"dtype\":\"U8\",\"shape\":[2,0],\"data_offsets\":[0,0]}}  | 0 | ../../x",
                "{\"\\u0061\\ud83d\\ude00\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}} | 1 | a😀",
            })
    void accepts(String header, int data, String name) throws IOException {
        try (SafetensorsFile opened = SafetensorsFile.open(write(header, data))) {
            assertThat(opened.names()).containsExactly(name);
        }
    }

    @Test
    void tenThousandDimensionsParse() throws IOException {
        String ones = "1,".repeat(9_999) + "1";
        String header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[%s],\"data_offsets\":[0,1]}}".formatted(ones);
        try (SafetensorsFile opened = SafetensorsFile.open(write(header, 1))) {
            assertThat(opened.type("a").shape().rank()).isEqualTo(10_000);
        }
    }

    @Test
    void readsTypesShapesValuesAndMetadata() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(Fixtures.path("malformed/safetensors/ok-basic.safetensors"))) {
            String name = file.names().iterator().next();
            assertThat(file.type(name)).isEqualTo(TensorType.of(DType.F32, 2, 2));
            assertThat(file.tensor(name).toFloats()).hasSize(4);
            assertThat(file.tensor(name).data().isReadOnly()).isTrue();
            assertThatThrownBy(() -> file.tensor("none"))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("no tensor \"none\"");
        }
        Path withMetadata = write("{\"__metadata__\":{\"format\":\"pt\"}}", 0);
        try (SafetensorsFile file = SafetensorsFile.open(withMetadata)) {
            assertThat(file.metadata()).containsEntry("format", "pt").hasSize(1);
        }
    }

    @Test
    void unsupportedTypesAreRefusedOnlyWhenUsed() throws IOException {
        Path path = write("{\"a\":{\"dtype\":\"U16\",\"shape\":[1],\"data_offsets\":[0,2]}}", 2);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThatThrownBy(() -> file.tensor("a"))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("tensor \"a\": unsupported dtype U16");
        }
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(Fixtures.path("malformed/safetensors/ok-all-dtypes.safetensors"));
        Path path = folder.resolve("short.safetensors");
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> SafetensorsFile.open(path))
                    .as("first %d bytes", length)
                    .isInstanceOf(ModelFormatException.class);
        }
    }

    /** Any damage is found or harmless: no other exception ever comes out. */
    @Test
    void everyChangedHeaderByteIsRefusedOrHarmless() throws IOException {
        byte[] whole = Files.readAllBytes(Fixtures.path("malformed/safetensors/ok-metadata.safetensors"));
        Path path = folder.resolve("changed.safetensors");
        int refused = 0;
        for (int at = 0; at < whole.length; at++) {
            for (int mask : new int[] {1, 0x20, 0x80, 0xff}) {
                byte[] changed = whole.clone();
                changed[at] ^= (byte) mask;
                Files.write(path, changed);
                try (SafetensorsFile file = SafetensorsFile.open(path)) {
                    assertThat(file.names()).hasSizeLessThan(4);
                } catch (ModelFormatException e) {
                    refused++;
                }
            }
        }
        assertThat(refused).isGreaterThan(whole.length);
    }

    @Test
    void mapsMoreThanTwoGibibytes() throws IOException {
        long large = (1L << 31) + 8;
        String header =
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},\"b\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[%d,%d]}}"
                        .formatted(large, large, large, large + 8);
        Path path = write(header, 0);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            ByteBuffer last =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 42);
            channel.write(last, 8 + header.length() + large); // the file is sparse
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.tensor("a").getLong(large - 1)).isZero();
            assertThat(file.tensor("b").toLongs()).containsExactly(42);
        }
    }

    @Test
    void aChangedFileIsNoticed() throws IOException {
        Path path = write("{}", 0);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            file.verifyUnchanged();
            Files.setLastModifiedTime(path, FileTime.fromMillis(1));
            assertThatThrownBy(file::verifyUnchanged)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("changed");
            Files.delete(path);
            assertThatThrownBy(file::verifyUnchanged)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("removed");
        }
    }

    @Test
    void tensorsEndWithTheFile() {
        SafetensorsFile file = SafetensorsFile.open(Fixtures.path("malformed/safetensors/ok-basic.safetensors"));
        var tensor = file.tensor(file.names().iterator().next());
        file.close();
        assertThatThrownBy(() -> tensor.getDouble(0)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "lfs-pointer, git lfs pull",
        "html-page, web page",
        "pickle-zip, convert the model to safetensors",
        "gguf-magic, GGUF"
    })
    void saysWhatAStrangeFileIs(String file, String message) {
        assertThatThrownBy(() ->
                        SafetensorsFile.open(Fixtures.path("malformed/safetensors/%s.safetensors".formatted(file))))
                .hasMessageContaining(message);
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors")))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("none.safetensors: the file is missing");
    }

    private Path write(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        return Files.write(folder.resolve("made.safetensors"), bytes.array());
    }
}
