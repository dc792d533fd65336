package io.github.tintype.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.io.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tiny good folder, broken in one place at a time: an error that names the place, never a wrong id. */
class ClipFilesTest {
    private static final String VOCAB =
            "{\"a\":0,\"b\":1,\"a</w>\":2,\"b</w>\":3,\"ab</w>\":4,\"<|startoftext|>\":5,\"<|endoftext|>\":6}";

    @TempDir
    Path folder;

    @BeforeEach
    void writeAGoodFolder() throws IOException {
        write("vocab.json", VOCAB);
        write("merges.txt", "#version: 0.2\na b</w>\n");
        write("tokenizer_config.json", "{\"model_max_length\": 77, \"tokenizer_class\": \"CLIPTokenizer\"}");
    }

    @Test
    void readsAGoodFolder() {
        CLIPTokenizer tokenizer = CLIPTokenizer.load(folder);
        assertThat(tokenizer.encode("AB  a").ids()).containsExactly(5, 4, 2, 6);
        assertThat(tokenizer.padTokenId()).isEqualTo(6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "vocab.json | {} | vocabulary: got an empty one",
                "vocab.json | [] | content: got ARRAY, wanted a JSON object",
                "vocab.json | {\"a\": 0, | got text that isn't JSON",
                "vocab.json | {\"a\": 0, \"a\": 1} | Duplicate",
                "vocab.json | {\"a\": 0, \"b\": 0} | \"b\": got the id 0, wanted each of 0 to 1 once",
                "vocab.json | {\"a\": 0, \"b\": 2} | \"b\": got the id 2",
                "vocab.json | {\"a\": -1} | \"a\": got the id -1",
                "vocab.json | {\"a\": 4294967296} | \"a\": got the id 4294967296",
                "vocab.json | {\"a\": 0.5} | \"a\": got the id 0.5",
                "vocab.json | {\"a\": \"0\"} | \"a\": got the id \"0\"",
                "merges.txt | a c | line 1: got \"c\", wanted a token of the vocabulary",
                "merges.txt | b a</w> | line 1: got \"ba</w>\", wanted a token of the vocabulary",
                "merges.txt | a b b | line 1: got \"a b b\", wanted two tokens",
                "merges.txt | ab | line 1: got \"ab\", wanted two tokens",
                "tokenizer_config.json | {\"tokenizer_class\": \"T5Tokenizer\"} | tokenizer_class: got \"T5Tokenizer\"",
                "tokenizer_config.json | {\"model_max_length\": 0} | model_max_length: got 0",
                "tokenizer_config.json | {\"model_max_length\": \"77\"} | model_max_length: got \"77\"",
                "tokenizer_config.json | {\"pad_token\": \"!\"} | pad_token: got \"!\", wanted a token of the vocabulary",
                "tokenizer_config.json | {\"bos_token\": 5} | bos_token: got \"5\"",
                "tokenizer_config.json | {\"added_tokens_decoder\": {\"7\": {\"content\": \"a\"}}} | added token \"a\": got the id 7, wanted 0",
                "tokenizer_config.json | {\"added_tokens_decoder\": {\"6\": {\"content\": \"new\"}}} | wanted one after the vocabulary's",
                "tokenizer_config.json | {\"added_tokens_decoder\": {\"x\": {\"content\": \"a\"}}} | wanted an id and a text",
                "tokenizer.json | {\"model\": {\"type\": \"Unigram\"}} | wanted a BPE with the suffix </w>",
            })
    void refusesABrokenFile(String file, String content, String message) throws IOException {
        write(file, content);
        assertThatThrownBy(() -> CLIPTokenizer.load(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(file)
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @CsvSource({"vocab.json", "merges.txt"})
    void refusesAMissingFile(String file) throws IOException {
        Files.delete(folder.resolve(file));
        assertThatThrownBy(() -> CLIPTokenizer.load(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(file);
    }

    @Test
    void refusesAMergeThatComesTwiceAndBytesThatAreNoText() throws IOException {
        write("merges.txt", "a b</w>\na b</w>\n");
        assertThatThrownBy(() -> CLIPTokenizer.load(folder)).hasMessageContaining("line 2: got \"a b</w>\" again");
        Files.write(folder.resolve("merges.txt"), new byte[] {(byte) 0xff});
        assertThatThrownBy(() -> CLIPTokenizer.load(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("UTF-8");
    }

    @Test
    void takesWindowsLineEndsAndAMissingVersionLine() throws IOException {
        write("merges.txt", "a b</w>\r\n");
        assertThat(CLIPTokenizer.load(folder).encode("ab").ids()).containsExactly(5, 4, 6);
    }

    @Test
    void takesAHugeMaximumLengthForNone() throws IOException {
        write("tokenizer_config.json", "{\"model_max_length\": 1000000000000000019884624838656}");
        assertThat(CLIPTokenizer.load(folder).modelMaxLength()).isEmpty();
    }

    /** Checkpoints of 2022 name the end token with flags and repeat it bare as padding: the last one counts, as in transformers 5. */
    @Test
    void takesTheFlagsOfTheLastMention() throws IOException {
        String end = "{\"content\": \"<|endoftext|>\", \"normalized\": true}";
        String named = "{\"eos_token\": %1$s, \"unk_token\": %1$s, \"pad_token\": %2$s}";
        write("tokenizer_config.json", named.formatted(end, end));
        assertThat(ClipFiles.read(folder).added().get("<|endoftext|>")).isEqualTo(token(true));
        write("tokenizer_config.json", named.formatted(end, "\"<|endoftext|>\""));
        assertThat(ClipFiles.read(folder).added().get("<|endoftext|>")).isEqualTo(token(false));
    }

    @Test
    void takesTheVocabularyOfATokenizerJson() throws IOException {
        Files.delete(folder.resolve("vocab.json"));
        Files.delete(folder.resolve("merges.txt"));
        for (String merges : new String[] {"[\"a b</w>\"]", "[[\"a\", \"b</w>\"]]"}) {
            write(
                    "tokenizer.json",
                    "{\"added_tokens\": [{\"id\": 7, \"content\": \"<new>\"}], \"model\": {\"type\": \"BPE\","
                            + " \"end_of_word_suffix\": \"</w>\", \"vocab\": " + VOCAB + ", \"merges\": " + merges
                            + "}}");
            CLIPTokenizer tokenizer = CLIPTokenizer.load(folder);
            assertThat(tokenizer.encode("ab<new>a").ids()).containsExactly(5, 4, 7, 2, 6);
            assertThat(tokenizer.size()).isEqualTo(8);
        }
    }

    @Test
    void writesTheSameIdsAsTheGoldenFolder() {
        ClipFiles files = ClipFiles.read(Fixtures.path("checkpoints/sd15/tokenizer"));
        assertThat(files.vocab()).hasSize(768).containsEntry("!", 0).containsEntry("<|endoftext|>", 767);
    }

    private static ClipFiles.AddedToken token(boolean normalized) {
        return new ClipFiles.AddedToken(6, false, false, false, normalized, true);
    }

    private void write(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
    }
}
