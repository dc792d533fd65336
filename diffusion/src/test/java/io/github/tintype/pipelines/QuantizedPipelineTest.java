package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.io.LayerForm;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.io.QuantizedLayers;
import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.nn.Linear;
import io.github.tintype.quantization.LayerFilter;
import io.github.tintype.quantization.LayerwiseCasting;
import io.github.tintype.quantization.Quantization;
import io.github.tintype.quantization.QuantizationConfig;
import io.github.tintype.quantization.QuantizationConfig.Float8DynamicActivationFloat8Weight;
import io.github.tintype.quantization.QuantizationConfig.Float8DynamicActivationFloat8Weight.Granularity;
import io.github.tintype.quantization.QuantizationConfig.Float8WeightOnly;
import io.github.tintype.quantization.QuantizationConfig.Int4WeightOnly;
import io.github.tintype.quantization.QuantizationConfig.Int4WeightOnly.Mapping;
import io.github.tintype.quantization.QuantizationConfig.Int8DynamicActivationInt8Weight;
import io.github.tintype.quantization.QuantizationConfig.Int8WeightOnly;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Pipelines that are quantised while they are loaded, saved, and loaded again. */
class QuantizedPipelineTest {
    private static final Engine ENGINE = Engine.on(CpuDevice.open(2));
    private static final Path SOURCE = Fixtures.path("checkpoints/sdxl-base");
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
    private static final String LAYER = "mid_block.attentions.0.proj_in";

    @TempDir
    Path folder = Path.of("");

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    static Stream<QuantizationConfig> configs() {
        return Stream.of(
                new Int8DynamicActivationInt8Weight(),
                new Int8WeightOnly(),
                new Int4WeightOnly(32, Mapping.SYMMETRIC),
                new Int4WeightOnly(32, Mapping.ASYMMETRIC),
                new Int4WeightOnly(32, Mapping.TINYGEMM),
                new Float8WeightOnly(),
                new Float8DynamicActivationFloat8Weight(Granularity.PER_ROW),
                new Float8DynamicActivationFloat8Weight());
    }

    private static LoadOptions quantized(QuantizationConfig config) {
        LayerFilter filter = LayerFilter.all().and(LayerFilter.inputsDivisibleBy(32));
        Quantization how = new Quantization(config, filter);
        return LoadOptions.DEFAULT.withQuantization(
                Map.of("unet", how, "vae", how, "text_encoder", how, "text_encoder_2", how));
    }

    private static HostTensor draw(DiffusionPipeline pipeline) {
        return pipeline.generate(GenerateRequest.builder("a fox")
                        .height(32)
                        .width(32)
                        .numInferenceSteps(2)
                        .seed(5)
                        .build())
                .images()
                .getFirst();
    }

    private HostTensor saveAndDraw(QuantizationConfig config, Path target) {
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(SOURCE, ENGINE, quantized(config))) {
            pipeline.save(SOURCE, target);
            return draw(pipeline);
        }
    }

    @ParameterizedTest
    @MethodSource("configs")
    void whatWasSavedGivesTheSamePictureAndTheSameBytesAgain(QuantizationConfig config) throws IOException {
        Path first = folder.resolve("first");
        HostTensor picture = saveAndDraw(config, first);
        Path second = folder.resolve("second");
        try (DiffusionPipeline loaded = DiffusionPipeline.load(first, ENGINE, LoadOptions.DEFAULT)) {
            assertThat(draw(loaded).data().mismatch(picture.data())).isEqualTo(-1);
            loaded.save(first, second);
        }
        try (Stream<Path> files = Files.walk(first)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(second.resolve(first.relativize(file))).hasSameBinaryContentAs(file);
            }
        }
        assertThat(QuantizedLayers.read(first.resolve("unet")).forms())
                .containsEntry(LAYER, new LayerForm.Quantized(config.scheme()));
    }

    /* As layerwise casting leaves a model: what is narrow comes back narrow, with the values that it had. */
    @Test
    void aPipelineOfAnotherTypeIsSavedInIt() throws IOException {
        Path half = folder.resolve("half");
        HostTensor picture;
        try (DiffusionPipeline exact = DiffusionPipeline.load(SOURCE, ENGINE, LoadOptions.DEFAULT);
                DiffusionPipeline pipeline = exact.to(DType.BF16)) {
            pipeline.save(SOURCE, half);
            picture = draw(pipeline);
        }
        Path unet = Path.of("unet/diffusion_pytorch_model.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(half.resolve(unet))) {
            assertThat(file.names())
                    .isNotEmpty()
                    .allMatch(name -> file.tensor(name).dtype() == DType.BF16);
        }
        try (DiffusionPipeline loaded =
                DiffusionPipeline.load(half, ENGINE, LoadOptions.DEFAULT.withDtype(DType.BF16))) {
            assertThat(draw(loaded).data().mismatch(picture.data())).isEqualTo(-1);
        }
    }

    @Test
    void whatWasSavedInANarrowerTypeGivesTheSamePicture() {
        Path target = folder.resolve("narrow");
        try (DiffusionPipeline plain = DiffusionPipeline.load(SOURCE, ENGINE, LoadOptions.DEFAULT);
                DiffusionPipeline narrow =
                        plain.withLayerwiseCasting(PipelineComponent.UNET, LayerwiseCasting.to(DType.F8_E4M3))) {
            narrow.save(SOURCE, target);
            HostTensor wanted = draw(narrow);
            assertThat(wanted.data().mismatch(draw(plain).data())).isNotEqualTo(-1);
            try (DiffusionPipeline loaded = DiffusionPipeline.load(target, ENGINE, LoadOptions.DEFAULT)) {
                assertThat(draw(loaded).data().mismatch(wanted.data())).isEqualTo(-1);
            }
        }
        assertThat(QuantizedLayers.read(target.resolve("unet")).forms())
                .containsEntry("conv_in", new LayerForm.Narrow(DType.F8_E4M3));
        assertThat(Fixtures.tensors(target.resolve(WEIGHTS)).get("conv_in.weight"))
                .returns(DType.F8_E4M3, HostTensor::dtype);
    }

    @Test
    void aModelOf8BitsIsHalfOrLess() throws IOException {
        Path target = folder.resolve("q");
        saveAndDraw(new Int8WeightOnly(), target);
        Path encoder = Path.of("text_encoder_2/model.safetensors");
        assertThat(Files.size(target.resolve(encoder))).isLessThan(Files.size(SOURCE.resolve(encoder)));
        assertThat(target.resolve("tokenizer/vocab.json")).exists();
        assertThat(target.resolve("unet/config.json")).exists();
    }

    /* What plans say, and what is in use when a picture has been drawn: bytes, not floats. */
    @Test
    void inMemoryWeightsAreOf8Bits() {
        GenerateRequest request =
                GenerateRequest.builder("a fox").height(32).width(32).build();
        try (DiffusionPipeline plain = DiffusionPipeline.load(SOURCE, ENGINE, LoadOptions.DEFAULT);
                DiffusionPipeline quantized = DiffusionPipeline.load(SOURCE, ENGINE, quantized(new Int8WeightOnly()))) {
            long weights = ModuleTree.weights(
                            quantized.modules(PipelineComponent.TEXT_ENCODER_2).getFirst())
                    .stream()
                    .filter(Weight::isQuantized)
                    .mapToLong(weight -> weight.type().shape().elements())
                    .sum();
            assertThat(encoderBytes(plain.memory(request)) - encoderBytes(quantized.memory(request)))
                    .isGreaterThan(2 * weights); // a byte instead of four, and scales
        }
    }

    private static long encoderBytes(MemoryNeed need) {
        return need.parts().stream()
                .filter(part -> part.component() == PipelineComponent.TEXT_ENCODER_2)
                .mapToLong(part -> part.memory().weightBytes())
                .sum();
    }

    @Test
    void nothingIsWrittenOverAndNothingIsLeftBehind() throws IOException {
        Path target = Files.createDirectory(folder.resolve("there"));
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(SOURCE, ENGINE, LoadOptions.DEFAULT)) {
            assertThatThrownBy(() -> pipeline.save(SOURCE, target))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("can't be written");
            assertThatThrownBy(() -> pipeline.save(SOURCE, folder.resolve("no/such")))
                    .isInstanceOf(UncheckedIOException.class);
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(target);
        }
    }

    @Test
    void aComponentThatTheModelDoesNotHaveIsAnError() {
        Quantization how = new Quantization(new Int8WeightOnly(), LayerFilter.all());
        LoadOptions options = LoadOptions.DEFAULT.withQuantization(Map.of("transformer", how));
        assertThatThrownBy(() -> DiffusionPipeline.load(SOURCE, ENGINE, options))
                .isInstanceOf(RequestException.class)
                .hasMessageStartingWith("quantisation: got component \"transformer\", wanted one of [");
    }

    @Test
    void aQuantisedModelIsNotQuantisedAgain() {
        Path target = folder.resolve("q");
        saveAndDraw(new Int8WeightOnly(), target);
        assertThatThrownBy(() -> DiffusionPipeline.load(target, ENGINE, quantized(new Float8WeightOnly())))
                .hasMessageContaining("got a layer that is quantised already, as int8-weight-only");
    }

    /** What is written in place of a part of quantization.json, and what is said about it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "int4-weight-only" | "int5" | type: expected int8-dynamic, int8-weight-only, int4-weight-only, float8-dynamic, float8-weight-only, bf16, f16, f8_e4m3 or f8_e5m2, found "int5"
            "int4-weight-only" | 4 | type: expected a string, found 4
            "group_size": 32 | "group_size": 33 | group_size: expected one of [32, 64, 128, 256], found 33
            "group_size": 32 | "group_size": -32 | group_size: expected one of [32, 64, 128, 256], found -32
            "group_size": 32 | "group_size": 4294967328 | group_size: expected
            "group_size": 32 | "group_size": 64 | int4: got a weight
            "group_size": 32, | | group_size: expected
            "zero": "middle" | "zero": "left" | zero: expected middle, integer or float, found "left"
            "zero": "middle" | "zero": "integer" | missing
            "zero": "middle" | "zero": "middle", "class": "evil" | got unknown keys "class"
            "tintype-quantization" | "gguf" | format: expected tintype-quantization, found "gguf"
            "version": 1 | "version": 2 | version: expected 1, found 2
            "layers": { | "layers": {"no.such.layer": {"type": "int8-dynamic"}, | quantization.json names the layer no.such.layer, which there isn't
            "layers": { | "layers": {"conv_in": {"type": "int8-dynamic"}, | conv_in.weight: got a quantised weight, wanted
            "layers": { | "layers": {"conv_norm_out": {"type": "int8-dynamic"}, | conv_norm_out.weight: got a quantised weight, wanted
            "layers": { | "layers": {"mid_block.attentions.0.transformer_blocks.0.attn2.to_k": {"type": "int8-dynamic"}, | mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight: wanted i8[32,80], found f32[32,80]
            "version": 1 | "version": 1, "version": 1 | not valid JSON
            "layers": { | "layers": {"conv_in": {"type": "bf16"}, | conv_in.weight: wanted bf16, found f32[
            "layers": { | "layers": {"conv_norm_out": {"type": "bf16"}, | conv_norm_out.weight: got a weight in bf16, wanted
            "layers": { | "layers": {"conv_in": {"type": "f32"}, | type: expected
            "layers": { | "layers": {"conv_in": {"type": "bf16", "scales": "per_row"}, | got unknown keys "scales"
            {"type": "int4-weight-only" | {"type": "int8-dynamic" | got unknown keys
            }} | } | not valid JSON
            """)
    void damagedDescriptionsAreRefused(String part, String replacement, String said) throws IOException {
        Path target = folder.resolve("q");
        save(target);
        Path file = target.resolve("unet/" + QuantizedLayers.FILE);
        String text = Files.readString(file);
        assertThat(text).contains(part);
        Files.writeString(file, text.replace(part, replacement == null ? "" : replacement));
        refused(target, said);
    }

    private static void save(Path target) {
        try (DiffusionPipeline pipeline =
                DiffusionPipeline.load(SOURCE, ENGINE, quantized(new Int4WeightOnly(32, Mapping.SYMMETRIC)))) {
            pipeline.save(SOURCE, target);
        }
    }

    private static void refused(Path target, String said) {
        assertThatThrownBy(() -> DiffusionPipeline.load(target, ENGINE, LoadOptions.DEFAULT)
                        .close())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(said);
    }

    private void damaged(Consumer<Map<String, HostTensor>> damage, String said) {
        Path target = folder.resolve("q");
        save(target);
        Map<String, HostTensor> tensors = new TreeMap<>(Fixtures.tensors(target.resolve(WEIGHTS)));
        damage.accept(tensors);
        SafetensorsWriter.write(target.resolve(WEIGHTS), tensors, Map.of());
        refused(target, said);
    }

    @Test
    void damagedWeightsAreRefused() throws IOException {
        damaged(tensors -> tensors.remove(LAYER + ".weight_scale"), "missing " + LAYER + ".weight_scale, wanted f32[");
        deleteSaved();
        damaged(tensors -> tensors.remove(LAYER + ".weight"), "missing " + LAYER + ".weight, wanted u8[");
        deleteSaved();
        damaged(
                tensors ->
                        tensors.computeIfPresent(LAYER + ".weight", (_, values) -> values.reshape(values.elements())),
                LAYER + ".weight: wanted u8[");
        deleteSaved();
        damaged(
                tensors -> tensors.computeIfPresent(LAYER + ".weight_scale", (_, scales) -> scales.to(DType.F16)),
                LAYER + ".weight_scale: wanted f32[");
        deleteSaved();
        damaged(
                tensors -> tensors.put(LAYER + ".weight", HostTensor.allocate(TensorType.of(DType.I8, 32, 16))),
                LAYER + ".weight: wanted u8[32,16], found i8[32,16]");
    }

    private void deleteSaved() throws IOException {
        try (Stream<Path> paths = Files.walk(folder.resolve("q"))) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void fusedProjectionsThatAreQuantisedCannotBeSaved() {
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(SOURCE, ENGINE, LoadOptions.DEFAULT);
                DiffusionPipeline fused = pipeline.withModules(
                        PipelineComponent.UNET,
                        module -> quantizedOf(module, LAYER, "mid_block.attentions.0.proj_out"))) {
            assertThatThrownBy(() -> fused.save(SOURCE, folder.resolve("q")))
                    .isInstanceOf(RequestException.class)
                    .hasMessageStartingWith("save: " + LAYER
                            + ": got a quantised layer made of mid_block.attentions.0.proj_out.weight");
        }
        assertThat(folder).isEmptyDirectory();
    }

    /* The layer with the weight of another. */
    private Module quantizedOf(Module module, String path, String other) {
        if (!module.path().equals(path)) {
            return module;
        }
        QuantizationScheme scheme = new QuantizationScheme.Int8(true);
        Linear layer = (Linear) module;
        Weight from = layer.weight()
                .withParts(
                        part -> new DenseWeight(other + ".weight", part.type().dtype(), part.source()));
        return new Linear(path, QuantizedWeight.of(from, scheme), layer.bias());
    }

    @Test
    void compiledItDrawsWhatItDrawsUncompiled() {
        Compiler compiler = new Compiler(ENGINE, CompileListener.NONE);
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(SOURCE, ENGINE, quantized(new Int8WeightOnly()));
                DiffusionPipeline compiled = pipeline.compileRepeatedBlocks(compiler, CompileOptions.DEFAULT)) {
            float[] plain = draw(pipeline).toFloats();
            assertThat(draw(compiled).toFloats())
                    .usingComparatorWithPrecision(1e-3f)
                    .containsExactly(plain);
        }
    }
}
