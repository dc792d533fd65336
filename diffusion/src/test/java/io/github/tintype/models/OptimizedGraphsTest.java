package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.compile.CompileFlags;
import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.PassListener;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GraphText;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the graph passes make of each model, with symbols for batch, height and width, on the CPU device: approved files, so that a change
 * of a pass or of a model shows in review. {@code -Dtintype.approve=true} writes them anew.
 */
class OptimizedGraphsTest {
    private static final CpuDevice DEVICE = CpuDevice.open(2);
    private static final boolean APPROVE = Boolean.getBoolean("tintype.approve");
    private static final Dim B = Dim.symbol("b");
    private static final Dim H = Dim.symbol("h");
    private static final Dim W = Dim.symbol("w");

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15", "sd2-v", "sdxl-base"})
    void unet(String checkpoint) {
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(Golden.config(checkpoint + "/unet"));
        UNet2DConditionModel unet = UNet2DConditionModel.load(new Weights.Recorder(DType.F32), config);
        check(checkpoint + "-unet", CompileFlags.DEFAULT, unet.call(SymbolicTraceTest.input(config, B, H, W)));
    }

    @ParameterizedTest
    @ValueSource(strings = "sdxl-base")
    void autoencoder(String checkpoint) {
        AutoencoderKL vae = AutoencoderKL.load(
                new Weights.Recorder(DType.F32), AutoencoderKLConfig.parse(Golden.config(checkpoint + "/vae")));
        Tensor decoded = vae.decode(input(DType.F32, B, Dim.of(4), H, W));
        check(checkpoint + "-vae-decode", CompileFlags.DEFAULT, decoded);
        check(checkpoint + "-vae-decode-conv-1x1-as-mm", new CompileFlags(true, true), decoded);
        check(
                checkpoint + "-vae-encode",
                CompileFlags.DEFAULT,
                vae.encode(input(DType.F32, B, Dim.of(3), H.times(8), W.times(8)))
                        .mean());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15/text_encoder", "sd2-v/text_encoder", "sdxl-base/text_encoder"})
    void textEncoder(String folder) {
        CLIPTextModel model =
                CLIPTextModel.load(new Weights.Recorder(DType.F32), CLIPTextConfig.parse(Golden.config(folder)));
        CLIPTextModel.Output output = model.call(new CLIPTextModel.Input(input(DType.I64, B, Dim.of(77))));
        check(folder.replace('/', '-'), CompileFlags.DEFAULT, output.lastHiddenState(), output.pooled());
    }

    @ParameterizedTest
    @ValueSource(strings = "sdxl-base/text_encoder_2")
    void textEncoderWithProjection(String folder) {
        CLIPTextModelWithProjection model = CLIPTextModelWithProjection.load(
                new Weights.Recorder(DType.F32), CLIPTextConfig.parse(Golden.config(folder)));
        CLIPTextModelWithProjection.Output output =
                model.call(new CLIPTextModel.Input(input(DType.I64, B, Dim.of(77))));
        List<Tensor> outputs = new ArrayList<>(output.hiddenStates());
        outputs.add(output.textEmbeds());
        check(folder.replace('/', '-'), CompileFlags.DEFAULT, outputs.toArray(Tensor[]::new));
    }

    private static Tensor input(DType dtype, Dim... dims) {
        return Oracle.input(0, new TensorType(dtype, Shape.of(dims)));
    }

    private static void check(String name, CompileFlags flags, Tensor... outputs) {
        Graph traced = Graph.of(List.of(outputs).stream().map(Tensor::node).toList());
        String text = GraphText.of(
                Optimizer.optimize(traced, flags, DEVICE, PassListener.NONE).graph());
        Path approved = Path.of("src/test/resources/graphs").resolve(name + ".txt");
        try {
            if (APPROVE) {
                Files.writeString(approved, text);
            }
            assertThat(approved).as("approve with -Dtintype.approve=true").hasContent(text);
        } catch (IOException e) {
            throw new AssertionError("no approved graph", e);
        }
    }
}
