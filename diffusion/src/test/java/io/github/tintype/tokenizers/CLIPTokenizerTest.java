package io.github.tintype.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the golden suite doesn't show of the tokenizer. */
class CLIPTokenizerTest {
    private static final CLIPTokenizer SDXL = CLIPTokenizer.load(Fixtures.path("checkpoints/sdxl-base/tokenizer"));
    private static final String LONG =
            "a photo of the Red cat number 17, very-detailed! ".repeat(6).strip();

    @Test
    void keepsTheEndTokenLast() {
        assertThat(SDXL.encode(LONG).size()).isEqualTo(146);
        long[] ids = SDXL.encodePadded(LONG, 77);
        assertThat(ids).hasSize(77).startsWith(SDXL.bosTokenId()).endsWith(SDXL.eosTokenId());
        assertThat(Arrays.copyOf(ids, 76))
                .isEqualTo(Arrays.copyOf(SDXL.encode(LONG).ids(), 76));
    }

    @Test
    void namesTheTextThatIsCutOff() {
        assertThat(SDXL.truncatedText(LONG, 77))
                .contains(
                        "o of the red cat number 1 7 , very - detailed ! a photo of the red cat number 1 7 , very - detailed"
                                + " ! a photo of the red cat number 1 7 , very - detailed !");
        assertThat(SDXL.truncatedText("a cat", 77)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd2-v/tokenizer", "sdxl-base/tokenizer_2"})
    void padsWithTheTokenOfTheConfiguration(String folder) {
        CLIPTokenizer tokenizer = CLIPTokenizer.load(Fixtures.path("checkpoints/" + folder));
        assertThat(tokenizer.padTokenId()).isZero();
        assertThat(tokenizer.encodePadded("cat", 8)).containsExactly(766, 765, 767, 0, 0, 0, 0, 0);
        assertThat(SDXL.encodePadded("cat", 6)).containsExactly(766, 765, 767, 767, 767, 767);
    }

    @Test
    void tellsWhatItsFilesSay() {
        assertThat(List.of(SDXL.bosTokenId(), SDXL.eosTokenId(), SDXL.padTokenId()))
                .containsExactly(766L, 767L, 767L);
        assertThat(SDXL.modelMaxLength()).hasValue(77);
        assertThat(SDXL.size()).isEqualTo(768);
    }

    @Test
    void refusesHalfASurrogatePair() {
        assertThatThrownBy(() -> SDXL.encode("cat \ud83d"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompt: got half a surrogate pair at 4, wanted Unicode text");
        assertThat(SDXL.encode("cat \ud83d\ude00").size()).isGreaterThan(3);
    }

    @Test
    void takesAVeryLongWord() {
        assertThat(SDXL.encode("a".repeat(200_000)).size()).isGreaterThan(1000);
    }
}
