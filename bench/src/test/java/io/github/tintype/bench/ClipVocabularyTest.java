package io.github.tintype.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.benchmark.TrueSize;
import io.github.tintype.tokenizers.CLIPTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipVocabularyTest {
    @Test
    void hasClipsSizeAndSpecialTokens() {
        assertThat(new ClipVocabulary().tokens())
                .hasSize(49408)
                .doesNotHaveDuplicates()
                .startsWith("!", "\"", "#")
                .endsWith("<|startoftext|>", "<|endoftext|>");
    }

    @Test
    void isReadAsClipsTokenizer(@TempDir Path folder) throws IOException {
        new TrueSizeFolder(TrueSize.SDXL, folder, Long.MAX_VALUE).tokenizer("tokenizer_2");
        CLIPTokenizer tokenizer = CLIPTokenizer.load(folder.resolve("tokenizer_2"));
        assertThat(tokenizer.size()).isEqualTo(49408);
        long[] ids = tokenizer.encodePadded("a house", 77);
        assertThat(ids).startsWith(49406, 320).endsWith(0, 0).contains(49407); // "a</w>" is 320 in CLIP too
        assertThat(Files.exists(folder.resolve("tokenizer_2/merges.txt"))).isTrue();
    }
}
