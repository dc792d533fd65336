package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.graph.Graph;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One graph serves all sizes: models traced with symbols for batch, height and width. */
class SymbolicTraceTest {
    private static final Dim B = Dim.symbol("b");
    private static final Dim H = Dim.symbol("h");
    private static final Dim W = Dim.symbol("w");

    @ParameterizedTest
    @ValueSource(strings = {"sd15/unet", "sd2-v/unet", "sdxl-base/unet", "sdxl-inpaint/unet", "sdxl-refiner/unet"})
    void theUnetKeepsTheSampleSize(String folder) {
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(Golden.config(folder));
        UNet2DConditionModel unet = UNet2DConditionModel.load(new Weights.Recorder(DType.F32), config);
        Tensor symbolic = unet.call(input(config, B, H, W));
        assertThat(symbolic.shape()).isEqualTo(Shape.of(B, Dim.of(config.outChannels()), H, W));
        Tensor fixed = unet.call(input(config, Dim.of(3), Dim.of(9), Dim.of(13)));
        assertThat(ops(symbolic)).isEqualTo(ops(fixed));
    }

    static UNet2DConditionModel.Input input(UNet2DConditionConfig config, Dim b, Dim h, Dim w) {
        Optional<UNet2DConditionModel.AddedCond> added = config.textTime().map(textTime -> {
            int ids = timeIds(textTime);
            int pooled = textTime.projectionClassEmbeddingsInputDim() - ids * textTime.additionTimeEmbedDim();
            return new UNet2DConditionModel.AddedCond(
                    tensor(3, DType.F32, b, Dim.of(pooled)), tensor(4, DType.F32, b, Dim.of(ids)));
        });
        return new UNet2DConditionModel.Input(
                tensor(0, DType.F32, b, Dim.of(config.inChannels()), h, w),
                tensor(1, DType.F32, Dim.ONE),
                tensor(
                        2,
                        DType.F32,
                        b,
                        Dim.of(77),
                        Dim.of(config.crossAttentionDim().getFirst())),
                added);
    }

    private static int timeIds(UNet2DConditionConfig.TextTime textTime) {
        return textTime.projectionClassEmbeddingsInputDim() == 88 ? 6 : 5;
    }

    @Test
    void theAutoencoderScalesBothSides() {
        AutoencoderKL vae = AutoencoderKL.load(
                new Weights.Recorder(DType.F32), AutoencoderKLConfig.parse(Golden.config("sdxl-base/vae")));
        Tensor picture = vae.decode(tensor(0, DType.F32, B, Dim.of(4), H, W));
        assertThat(picture.shape()).isEqualTo(Shape.of(B, Dim.of(3), H.times(8), W.times(8)));
        Tensor mean = vae.encode(tensor(0, DType.F32, B, Dim.of(3), H.times(8), W.times(8)))
                .mean();
        assertThat(mean.shape()).isEqualTo(Shape.of(B, Dim.of(4), H, W));
    }

    @Test
    void theTextEncoderTakesAnyBatch() {
        CLIPTextModelWithProjection model = CLIPTextModelWithProjection.load(
                new Weights.Recorder(DType.F32), CLIPTextConfig.parse(Golden.config("sdxl-base/text_encoder_2")));
        CLIPTextModelWithProjection.Output output =
                model.call(new CLIPTextModel.Input(tensor(0, DType.I64, B, Dim.of(77))));
        assertThat(output.textEmbeds().shape()).isEqualTo(Shape.of(B, Dim.of(40)));
        assertThat(output.hiddenStates()).hasSize(6);
    }

    private static Tensor tensor(int index, DType dtype, Dim... dims) {
        return Oracle.input(index, new TensorType(dtype, Shape.of(dims)));
    }

    private static List<String> ops(Tensor output) {
        return Graph.of(List.of(output.node())).nodes().stream()
                .map(node -> node.op().name())
                .toList();
    }
}
