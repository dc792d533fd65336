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

/** One graph serves all sizes: models traced with symbols for batch, height, width and length of the text. */
class SymbolicTraceTest {
    private static final Dim B = Dim.symbol("b");
    private static final Dim H = Dim.symbol("h");
    private static final Dim W = Dim.symbol("w");
    private static final Dim S = Dim.symbol("s");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sd15/unet",
                "sd2-v/unet",
                "sdxl-base/unet",
                "sdxl-inpaint/unet",
                "sdxl-refiner/unet",
                "sdxl-unet-mish/unet"
            })
    void theUnetKeepsTheSampleSize(String folder) {
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(Golden.config(folder));
        UNet2DConditionModel unet = UNet2DConditionModel.load(new Weights.Recorder(DType.F32), config);
        Tensor symbolic = unet.call(input(config, B, H, W, S));
        assertThat(symbolic.shape()).isEqualTo(Shape.of(B, Dim.of(config.outChannels()), H, W));
        Tensor fixed = unet.call(input(config, Dim.of(3), Dim.of(9), Dim.of(13), Dim.of(77)));
        assertThat(ops(symbolic)).isEqualTo(ops(fixed));
    }

    static UNet2DConditionModel.Input input(UNet2DConditionConfig config, Dim b, Dim h, Dim w) {
        return input(config, b, h, w, Dim.of(77));
    }

    private static UNet2DConditionModel.Input input(UNet2DConditionConfig config, Dim b, Dim h, Dim w, Dim s) {
        Optional<UNet2DConditionModel.AddedCond> added = config.textTime().map(textTime -> {
            int ids = timeIds(textTime);
            int pooled = textTime.projectionClassEmbeddingsInputDim() - ids * textTime.additionTimeEmbedDim();
            return new UNet2DConditionModel.AddedCond(
                    tensor(3, DType.F32, b, Dim.of(pooled)), tensor(4, DType.F32, b, Dim.of(ids)));
        });
        return new UNet2DConditionModel.Input(
                tensor(0, DType.F32, b, Dim.of(config.inChannels()), h, w),
                tensor(1, DType.F32, Dim.ONE),
                tensor(2, DType.F32, b, s, Dim.of(config.crossAttentionDim().getFirst())),
                added);
    }

    private static int timeIds(UNet2DConditionConfig.TextTime textTime) {
        return textTime.additionTimeEmbedDim() == 8 && textTime.projectionClassEmbeddingsInputDim() != 88 ? 5 : 6;
    }

    @ParameterizedTest
    @ValueSource(strings = {"sdxl-base/vae", "sd15/vae", "sd15-latents-mean/vae"})
    void theAutoencoderScalesBothSides(String folder) {
        AutoencoderKLConfig config = AutoencoderKLConfig.parse(Golden.config(folder));
        AutoencoderKL vae = AutoencoderKL.load(new Weights.Recorder(DType.F32), config);
        int scale = config.scaleFactor();
        Dim channels = Dim.of(config.latentChannels());
        Tensor picture = vae.decode(tensor(0, DType.F32, B, channels, H, W));
        assertThat(picture.shape()).isEqualTo(Shape.of(B, Dim.of(3), H.times(scale), W.times(scale)));
        assertThat(ops(picture))
                .isEqualTo(ops(vae.decode(tensor(0, DType.F32, Dim.of(2), channels, Dim.of(3), Dim.of(5)))));
        Tensor mean = vae.encode(tensor(0, DType.F32, B, Dim.of(3), H.times(scale), W.times(scale)))
                .mean();
        assertThat(mean.shape()).isEqualTo(Shape.of(B, channels, H, W));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sdxl-base/text_encoder", "sd15/text_encoder", "sd2-v/text_encoder"})
    void theTextEncoderTakesAnyBatchAndLength(String folder) {
        CLIPTextConfig config = CLIPTextConfig.parse(Golden.config(folder));
        CLIPTextModel model = CLIPTextModel.load(new Weights.Recorder(DType.F32), config);
        CLIPTextModel.Output output = model.call(new CLIPTextModel.Input(tensor(0, DType.I64, B, S)));
        assertThat(output.lastHiddenState().shape()).isEqualTo(Shape.of(B, S, Dim.of(config.hiddenSize())));
        assertThat(output.pooled().shape()).isEqualTo(Shape.of(B, Dim.of(config.hiddenSize())));
        CLIPTextModel.Output fixed = model.call(new CLIPTextModel.Input(tensor(0, DType.I64, Dim.of(2), Dim.of(77))));
        assertThat(ops(output.pooled())).isEqualTo(ops(fixed.pooled()));
    }

    @Test
    void theTextEncoderWithProjectionTakesAnyBatchAndLength() {
        CLIPTextModelWithProjection model = CLIPTextModelWithProjection.load(
                new Weights.Recorder(DType.F32), CLIPTextConfig.parse(Golden.config("sdxl-base/text_encoder_2")));
        CLIPTextModelWithProjection.Output output = model.call(new CLIPTextModel.Input(tensor(0, DType.I64, B, S)));
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
