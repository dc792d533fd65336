package io.github.tintype.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.Collection;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrueSizeTest {
    /** What {@code sum(p.numel() for p in model.parameters())} says of the published models, the VAEs with their encoders. */
    @ParameterizedTest
    @CsvSource({
        "sd15-unet, 859520964",
        "sd15-vae-decode, 83653863",
        "sd15-text-encoder, 123060480",
        "sdxl-unet, 2567463684",
        "sdxl-vae-decode, 83653863",
        "sdxl-text-encoder, 123060480",
        "sdxl-text-encoder-2, 694659840"
    })
    void modelsHaveAsManyParametersAsThePublishedOnes(String label, long parameters) {
        Weights.Recorder recorder = new Weights.Recorder(DType.F32);
        assertThat(BenchmarkModel.find(label).orElseThrow().forward(recorder)).isNotNull();
        Collection<TensorType> types = recorder.parameters().values();
        assertThat(types.stream().mapToLong(type -> type.shape().elements()).sum())
                .isEqualTo(parameters);
    }
}
