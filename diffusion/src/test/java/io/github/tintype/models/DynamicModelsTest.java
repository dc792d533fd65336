package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models compiled once for declared ranges: twelve mixed sizes, no recompile, and what the uncompiled model gives. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DynamicModelsTest {
    /** Batch, height and width of latents. */
    private static final long[][] SIZES = {
        {1, 8, 8},
        {2, 8, 8},
        {4, 8, 8},
        {1, 9, 13},
        {2, 25, 41},
        {3, 16, 8},
        {1, 16, 16},
        {4, 9, 13},
        {2, 13, 9},
        {1, 25, 41},
        {3, 10, 24},
        {2, 32, 8}
    };

    private final Engine engine = Engine.on(CpuDevice.open(2));
    private final Compiler compiler = new Compiler(engine, CompileListener.NONE);
    private final TorchGenerator noise = new TorchGenerator(5);

    @AfterAll
    void close() {
        engine.close();
    }

    private Tensor randn(long... sizes) {
        return engine.tensor(noise.randn(sizes));
    }

    private static CompileOptions declared(Dynamic.Axis... axes) {
        return CompileOptions.DEFAULT.withFullgraph(true).withRecompileLimit(1).withDynamic(Dynamic.declared(axes));
    }

    private static Dynamic.Axis batch(String argument) {
        return new Dynamic.Axis(argument, 0, "batch", 1, 4);
    }

    private static <A> void assertOneGraphThatEqualsEager(
            Compiled<A, Tensor> compiled, Compiled<A, Tensor> eager, List<A> inputs) {
        for (A input : inputs) {
            Golden.assertClose(
                    "compiled", compiled.call(input).toHost(), eager.call(input).toHost());
        }
        assertThat(compiled.explain().graphs()).hasSize(1);
        assertThat(compiled.explain().recompiles()).isEmpty();
        assertThat(compiled.explain().breaks()).isEmpty();
        assertThat(compiled.explain().eagerCalls()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15", "sd2-v", "sdxl-base"})
    void theUNetServesTwelveSizesWithOneGraph(String folder) {
        try (Checkpoint checkpoint = Golden.checkpoint(folder + "/unet")) {
            UNet2DConditionConfig config = UNet2DConditionConfig.parse(Golden.config(folder + "/unet"));
            UNet2DConditionModel unet = Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config));
            boolean sdxl = config.textTime().isPresent();
            CompileOptions options = sdxl
                    ? declared(
                            batch("sample"),
                            new Dynamic.Axis("sample", 2, "height", 4, 64),
                            new Dynamic.Axis("sample", 3, "width", 4, 64),
                            batch("encoderHiddenStates"),
                            new Dynamic.Axis("encoderHiddenStates", 1, "length", 1, 231),
                            batch("addedCond.textEmbeds"),
                            batch("addedCond.timeIds"))
                    : declared(
                            batch("sample"),
                            new Dynamic.Axis("sample", 2, "height", 4, 64),
                            new Dynamic.Axis("sample", 3, "width", 4, 64),
                            batch("encoderHiddenStates"),
                            new Dynamic.Axis("encoderHiddenStates", 1, "length", 1, 231));
            List<UNet2DConditionModel.Input> inputs =
                    Arrays.stream(SIZES).map(size -> input(config, size)).toList();
            assertOneGraphThatEqualsEager(
                    compiler.compile("unet", unet::call, options),
                    compiler.compile("unet", unet::call, CompileOptions.EAGER),
                    inputs);
        }
    }

    private UNet2DConditionModel.Input input(UNet2DConditionConfig config, long[] size) {
        Optional<UNet2DConditionModel.AddedCond> added = config.textTime().map(textTime -> {
            int pooled = textTime.projectionClassEmbeddingsInputDim() - 6 * textTime.additionTimeEmbedDim();
            return new UNet2DConditionModel.AddedCond(randn(size[0], pooled), randn(size[0], 6));
        });
        return new UNet2DConditionModel.Input(
                randn(size[0], config.inChannels(), size[1], size[2]),
                engine.tensor(HostTensor.ofFloats(new float[] {500 + size[1]}, 1)),
                randn(size[0], 60 + size[2], config.crossAttentionDim().getFirst()),
                added);
    }

    @Test
    void theAutoencoderServesTwelveSizesWithOneGraphEachWay() {
        try (Checkpoint checkpoint = Golden.checkpoint("sdxl-base/vae")) {
            AutoencoderKLConfig config = AutoencoderKLConfig.parse(Golden.config("sdxl-base/vae"));
            AutoencoderKL vae = Weights.load(checkpoint, DType.F32, w -> AutoencoderKL.load(w, config));
            CompileOptions options = declared(
                    batch("x"), new Dynamic.Axis("x", 2, "height", 4, 512), new Dynamic.Axis("x", 3, "width", 4, 512));
            assertOneGraphThatEqualsEager(
                    compiler.compile("decode", vae::decode, options),
                    compiler.compile("decode", vae::decode, CompileOptions.EAGER),
                    Arrays.stream(SIZES)
                            .map(size -> randn(size[0], 4, size[1], size[2]))
                            .toList());
            assertOneGraphThatEqualsEager(
                    compiler.compile("encode", (Tensor x) -> vae.encode(x).mean(), options),
                    compiler.compile("encode", (Tensor x) -> vae.encode(x).mean(), CompileOptions.EAGER),
                    Arrays.stream(SIZES)
                            .map(size -> randn(size[0], 3, 8 * size[1] + 3, 8 * size[2]))
                            .toList());
        }
    }

    @Test
    void theTextEncoderServesAnyBatchAndLength() {
        try (Checkpoint checkpoint = Golden.checkpoint("sdxl-base/text_encoder")) {
            CLIPTextConfig config = CLIPTextConfig.parse(Golden.config("sdxl-base/text_encoder"));
            CLIPTextModel model = Weights.load(checkpoint, DType.F32, w -> CLIPTextModel.load(w, config));
            CompileOptions options = declared(batch("ids"), new Dynamic.Axis("ids", 1, "length", 1, 77));
            List<CLIPTextModel.Input> inputs = Stream.of(
                            new long[] {1, 77}, new long[] {4, 77}, new long[] {2, 1}, new long[] {3, 40})
                    .map(size -> new CLIPTextModel.Input(ids(size[0], size[1])))
                    .toList();
            assertOneGraphThatEqualsEager(
                    compiler.compile("text_encoder", in -> model.call(in).lastHiddenState(), options),
                    compiler.compile("text_encoder", in -> model.call(in).lastHiddenState(), CompileOptions.EAGER),
                    inputs);
        }
    }

    private Tensor ids(long batch, long length) {
        long[] ids = new long[(int) (batch * length)];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (i * 37L) % 700;
        }
        return engine.tensor(HostTensor.ofLongs(ids, batch, length));
    }
}
