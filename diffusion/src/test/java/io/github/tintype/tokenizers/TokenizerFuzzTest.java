package io.github.tintype.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.tintype.io.ModelFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Any bytes for one file of a tokenizer's folder, beside good ones: a tokenizer's files, or our own error. */
class TokenizerFuzzTest {
    private static final String VOCABULARY =
            "{\"a\":0,\"a</w>\":1,\"b\":2,\"ab</w>\":3,\"<|startoftext|>\":4,\"<|endoftext|>\":5}";
    private static final String MERGES = "#version: 0.2\na b</w>\n";

    @TempDir
    static Path folder = Path.of("");

    @FuzzTest(maxDuration = "10m")
    void vocabulary(byte[] file) {
        read("vocab.json", file);
    }

    @FuzzTest(maxDuration = "10m")
    void merges(byte[] file) {
        read("merges.txt", file);
    }

    @FuzzTest(maxDuration = "10m")
    void tokenizerJson(byte[] file) {
        read("tokenizer.json", file);
    }

    @FuzzTest(maxDuration = "10m")
    void config(byte[] file) {
        read("tokenizer_config.json", file);
    }

    private static void read(String name, byte[] file) {
        Path own = folder.resolve(name.replace('.', '-'));
        try {
            Files.createDirectories(own);
            Files.write(own.resolve("vocab.json"), VOCABULARY.getBytes(StandardCharsets.UTF_8));
            Files.write(own.resolve("merges.txt"), MERGES.getBytes(StandardCharsets.UTF_8));
            Files.write(own.resolve(name), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            ClipFiles files = ClipFiles.read(own);
            assertThat(ClipDefinition.json(files)).isNotEmpty();
        } catch (ModelFormatException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }
}
