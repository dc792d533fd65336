package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestCheckTest {
    private static Arguments refused(UnaryOperator<GenerateRequest.Builder> change, String message) {
        return Arguments.of(change, message);
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                refused(
                        b -> b.negativePrompts(List.of("a", "b")),
                        "negativePrompts: got 2, wanted 1 or 3 (one for each prompt)"),
                refused(b -> b.numImagesPerPrompt(0), "numImagesPerPrompt: got 0, wanted at least 1"),
                refused(b -> b.numInferenceSteps(0), "numInferenceSteps: got 0, wanted at least 1"),
                refused(
                        b -> b.timesteps(List.of(1.0)).sigmas(List.of(1.0)),
                        "timesteps, sigmas: got both, wanted one of them"),
                refused(b -> b.timesteps(List.of()), "timesteps: got an empty list, wanted at least 1"),
                refused(b -> b.guidanceRescale(Double.NaN), "guidanceRescale: got NaN, wanted 0.0 to 1.0"),
                refused(b -> b.eta(2), "eta: got 2.0, wanted 0.0 to 1.0"),
                refused(b -> b.clipSkip(-1), "clipSkip: got -1, wanted at least 0"),
                refused(b -> b.seeds(List.of(1L, 2L)), "seeds: got 2, wanted 1 or 3 (one for each picture)"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void saysInOneLineWhatIsWrong(UnaryOperator<GenerateRequest.Builder> change, String message) {
        GenerateRequest request =
                change.apply(GenerateRequest.builder("a", "b", "c")).build();
        assertThatThrownBy(() -> RequestCheck.common(request, new Size(64, 64), 8))
                .isInstanceOf(RequestException.class)
                .hasMessage(message);
    }

    @Test
    void refusesSizesThatDontFillTheLatents() {
        GenerateRequest request = GenerateRequest.builder("a").build();
        assertThatThrownBy(() -> RequestCheck.common(request, new Size(64, 60), 8))
                .isInstanceOf(RequestException.class)
                .hasMessage("size: got 64 × 60, wanted multiples of 8");
    }

    @Test
    void acceptsOneSeedOrOneForEachPicture() {
        GenerateRequest.Builder builder = GenerateRequest.builder("a").numImagesPerPrompt(2);
        assertThatNoException()
                .isThrownBy(() -> RequestCheck.common(builder.seed(-1).build(), new Size(8, 8), 8));
        assertThatNoException()
                .isThrownBy(
                        () -> RequestCheck.common(builder.seeds(List.of(1L, 2L)).build(), new Size(8, 8), 8));
    }
}
