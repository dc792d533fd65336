package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.io.LayerForm;
import io.github.tintype.quantization.ChosenLayers;
import io.github.tintype.quantization.LayerChoice;
import io.github.tintype.quantization.QuantizationReport;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.QuantizationScheme.Float8;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that say the form of each layer, on a model of the fixtures. */
class LayerChoiceTest {
    private static final Engine ENGINE = Engine.on(CpuDevice.open(2));
    private static final Path SOURCE = Fixtures.path("checkpoints/sdxl-base");
    private static final String BLOCK = "mid_block.attentions.0.";
    private static final Map<String, LayerForm> FORMS = Map.of(
            "conv_in",
            new LayerForm.Narrow(DType.F16),
            BLOCK + "proj_in",
            new LayerForm.Quantized(new Int8(true)),
            BLOCK + "proj_out",
            new LayerForm.Quantized(new Int4(32, Int4.Zero.INTEGER)),
            BLOCK + "transformer_blocks.0.attn1.to_q",
            new LayerForm.Quantized(new Float8(true, false)));

    @TempDir
    Path folder = Path.of("");

    private Path file = folder;

    @BeforeEach
    void write() {
        file = folder.resolve("choice.json");
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(SOURCE, ENGINE, LoadOptions.DEFAULT)) {
            ChosenLayers unet = ChosenLayers.of(
                    "test", pipeline.modules(PipelineComponent.UNET).getFirst(), FORMS);
            new LayerChoice(Map.of("unet", unet)).write(file);
        }
    }

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    private static LoadOptions options(LayerChoice choice) {
        return LoadOptions.DEFAULT.withQuantization(choice.components());
    }

    @Test
    void whatIsWrittenIsReadAndDone() throws IOException {
        LayerChoice choice = LayerChoice.read(file);
        ChosenLayers unet = choice.components().values().iterator().next();
        assertThat(unet.model()).isEqualTo("UNet2DConditionModel");
        assertThat(unet.forms()).isEqualTo(FORMS);
        assertThat(unet.layers())
                .containsEntry("conv_out", new ChosenLayers.Layer(Shape.of(4, 16, 3, 3), Optional.empty()));
        assertThat(choice.json()).isEqualTo(Files.readString(file));
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(SOURCE, ENGINE, options(choice))) {
            QuantizationReport report = unet.report(pipeline.modules(PipelineComponent.UNET));
            assertThat(report.quantized()).hasSize(3);
            assertThat(report.summary())
                    .isEqualTo("3 of %d layers quantised, 1 narrowed"
                            .formatted(unet.layers().size()));
            assertThat(report.text())
                    .contains(
                            BLOCK + "proj_in (",
                            ": int8-dynamic",
                            "conv_in: f16",
                            "conv_out: kept: it hasn't been chosen");
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
    }

    /** What is written in place of a part of the file, and what is said about it when it is read or, after that, loaded. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "tintype-layer-choice" | "tintype-quantization" | choice.json: format: expected tintype-layer-choice, found "tintype-quantization"
            "version": 1 | "version": 2 | choice.json: version: expected 1, found 2
            "version": 1 | "version": "1" | choice.json: version: expected an integer, found "1"
            "version": 1, | | choice.json: version: expected an integer, found nothing
            "version": 1, | "version": 1, "code": "evil", | choice.json: got unknown keys "code"
            "version": 1, | "version": 1, "version": 1, | choice.json: not valid JSON
            "components": { | "components": [], "others": { | choice.json: got unknown keys "others"
            "unet": { | "transformer": { | choice.json: components.transformer: got a component that the model hasn't, wanted one of [
            "class": "UNet2DConditionModel" | "class": "UNet2DModel" | choice.json: components.unet.class: got UNet2DModel, wanted UNet2DConditionModel, the class of the model
            "class": "UNet2DConditionModel", | | choice.json: components.unet.class: expected a string, found nothing
            "class": "UNet2DConditionModel" | "class": "UNet2DConditionModel", "path": "/etc" | choice.json: components.unet: got unknown keys "path"
            "conv_out" | "conv_outer" | choice.json: components.unet.layers: got no conv_out, wanted all layers of the model
            "layers": { | "layers": {"no.such.layer": {"shape": [1, 1], "type": "kept"}, | choice.json: components.unet.layers.no.such.layer: got a layer that isn't there, wanted one of the model
            "shape": [16, 4, 3, 3] | "shape": [16, 5, 3, 3] | choice.json: components.unet.layers.conv_in.shape: got [16,5,3,3], wanted [16,4,3,3], the sizes of the layer's weight
            "shape": [16, 4, 3, 3] | "shape": [16, 4, 3] | choice.json: components.unet.layers.conv_in.shape: expected [out, in] or [out, in, kernel, kernel], found a list
            "shape": [16, 4, 3, 3] | "shape": [16, -4, 3, 3] | choice.json: components.unet.layers.conv_in.shape[1]: expected positive integer, found -4
            "shape": [16, 4, 3, 3], | | choice.json: components.unet.layers.conv_in.shape: expected positive integer or a list of them, found nothing
            "type": "f16" | "type": "int3" | choice.json: components.unet.layers.conv_in.type: expected int8-dynamic, int8-weight-only, int4-weight-only, float8-dynamic, float8-weight-only, bf16, f16, f8_e4m3 or f8_e5m2, found "int3"
            "type": "f16" | "type": "f32" | choice.json: components.unet.layers.conv_in.type: expected
            "type": "f16" | "type": "int8-dynamic" | conv_in: got a Conv2d, wanted a linear layer
            "type": "f16" | "type": "f16", "group_size": 32 | choice.json: components.unet.layers.conv_in: got unknown keys "group_size"
            "type": "int8-dynamic" | "type": "kept", "zero": "middle" | proj_in: got unknown keys "zero"
            "group_size": 32 | "group_size": 48 | proj_out.group_size: expected one of [32, 64, 128, 256], found 48
            "zero": "integer" | "zero": "left" | proj_out.zero: expected middle, integer or float, found "left"
            "scales": "per_row" | "scales": "none" | to_q.scales: expected per_row or per_tensor, found "none"
            }}} | }} | choice.json: not valid JSON
            """)
    void whatIsWrongIsSaidInOneLine(String part, String replacement, String said) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(part);
        Files.writeString(file, text.replace(part, replacement == null ? "" : replacement));
        assertThatThrownBy(() -> DiffusionPipeline.load(SOURCE, ENGINE, options(LayerChoice.read(file)))
                        .close())
                .hasMessageContaining(said)
                .message()
                .hasLineCount(1);
    }

    /* Fusing comes first and makes other layers. */
    @Test
    void aChoiceForPlainProjectionsDoesNotFitFusedOnes() {
        LoadOptions fused = options(LayerChoice.read(file)).withFuseQkv();
        assertThatThrownBy(() -> DiffusionPipeline.load(SOURCE, ENGINE, fused))
                .hasMessageContaining("choice.json: components.unet.layers");
    }
}
