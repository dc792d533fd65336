package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.quantization.ChosenLayers;
import io.github.tintype.quantization.LayerChoice;
import io.github.tintype.quantization.Quantization;
import io.github.tintype.quantization.QuantizationConfig;
import io.github.tintype.quantization.QuantizationReport;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizeCommandTest {
    private static final Path MODEL = Path.of("..", "models", Environment.EMBEDDED_MODEL, "pipeline");

    @TempDir
    Path folder = Path.of("");

    private CliFixture cli = new CliFixture(folder);

    @BeforeEach
    void model() throws IOException {
        cli = new CliFixture(folder);
        Path model = Files.createDirectories(folder.resolve("models/tiny-cartoon-sdxl/pipeline"));
        Files.createFile(model.resolve("model_index.json"));
    }

    @Test
    void theEmbeddedModelsUnetAndVaeWithTheGuidesFilter() {
        assertThat(cli.run("quantize", "-o", "DIR/q", "--config", "int8-dynamic"))
                .isZero();
        assertThat(cli.out()).isEqualTo("DIR/q%n".formatted());
        assertThat(cli.err()).isEqualTo("unet: 0 of 0 layers quantised%n".formatted());
        ModelQuantizer.Request request = cli.quantized.getFirst();
        assertThat(request.output()).isEqualTo(folder.resolve("q"));
        assertThat(request.what().byFolder()).containsOnlyKeys("unet", "vae");
        assertThat(configs(request.what())).containsOnly(new QuantizationConfig.Int8DynamicActivationInt8Weight());
    }

    @Test
    void allOptionsArrive() {
        assertThat(cli.run(
                        "quantize",
                        "--output",
                        "DIR/q",
                        "--config",
                        "int4-weight-only",
                        "--group-size",
                        "64",
                        "--filter",
                        ".*attn.*",
                        "--components",
                        "text_encoder_2,unet,unet"))
                .isZero();
        QuantizedComponents what = cli.quantized.getFirst().what();
        assertThat(what.byFolder().keySet()).containsExactly("text_encoder_2", "unet");
        assertThat(configs(what))
                .containsOnly(
                        new QuantizationConfig.Int4WeightOnly(64, QuantizationConfig.Int4WeightOnly.Mapping.TINYGEMM));
    }

    private static List<QuantizationConfig> configs(QuantizedComponents what) {
        return what.byFolder().values().stream()
                .map(how -> ((Quantization) how).config())
                .toList();
    }

    @Test
    void aChoiceOfLayersArrives() throws IOException {
        ChosenLayers unet = new ChosenLayers(
                "x",
                "UNet2DConditionModel",
                Map.of("conv_in", new ChosenLayers.Layer(Shape.of(4, 4, 3, 3), Optional.empty())));
        new LayerChoice(Map.of("unet", unet)).write(folder.resolve("choice.json"));
        assertThat(cli.run("quantize", "-o", "DIR/q", "--choice", "DIR/choice.json"))
                .isZero();
        assertThat(cli.run("generate", "a", "-o", "DIR/a.png", "--quantize", "DIR/choice.json"))
                .isZero();
        for (QuantizedComponents what : List.of(
                cli.quantized.getFirst().what(),
                cli.requests.getFirst().setup().quantization().orElseThrow())) {
            assertThat(what.byFolder()).containsOnlyKeys("unet");
            assertThat(((ChosenLayers) what.byFolder().values().iterator().next()).layers())
                    .isEqualTo(unet.layers());
        }
        assertThat(cli.requests.getFirst().setup().type()).isEqualTo("f32 chosen layers");
        assertThat(cli.run("generate", "a", "-o", "DIR/b.png", "--quantize", "DIR/choice.json", "--filter", "all"))
                .isEqualTo(ExitCode.USAGE.value());
        assertThat(cli.err())
                .isEqualTo(
                        "tintype: --filter: expected none beside a choice of layers, which says it all%n".formatted());
        Files.writeString(folder.resolve("choice.json"), "{}");
        assertThat(cli.run("quantize", "-o", "DIR/r", "--choice", "DIR/choice.json"))
                .isEqualTo(ExitCode.MODEL.value());
        assertThat(cli.err()).contains("choice.json: format: expected a string, found nothing");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            quantize -o DIR/q --choice DIR/x.json | --choice: expected a file that can be read, found "DIR/x.json"
            generate a --quantize DIR/x.json | --quantize: expected a file that can be read, found "DIR/x.json"
            quantize -o DIR/q --config int9 | --config: expected one of int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic, or a .json of tintype calibrate, found "int9"
            quantize -o DIR/q --config int4-weight-only --group-size 48 | --group-size: group size: got 48, wanted one of [32, 64, 128, 256]
            quantize -o DIR/q --config int4-weight-only --group-size many | --group-size: expected a whole number from 1 to 2147483647, found "many"
            quantize -o DIR/q --config int8-dynamic --group-size 32 | --group-size: group size: got 32 for int8-dynamic, wanted none: only int4-weight-only has groups
            quantize -o DIR/q --config int8-dynamic --filter (( | --filter: filter: got "((", wanted a regular expression: Unclosed group
            quantize -o DIR/q --config int8-dynamic --components unet,scheduler | --components: expected some of text_encoder, text_encoder_2, unet, vae, found "scheduler"
            generate a --quantize bf16 | --quantize: expected one of int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic, or a .json of tintype calibrate, found "bf16"
            """)
    void wrongWordsAreRefusedInOneLine(String words, String line) {
        assertThat(cli.run(words.split(" "))).isNotZero();
        assertThat(cli.err().strip()).isEqualTo("tintype: " + line);
        assertThat(cli.quantized).isEmpty();
        assertThat(cli.requests).isEmpty();
    }

    @Test
    void generateQuantisesWhileLoading() {
        assertThat(cli.run("generate", "a", "-o", "DIR/a.png", "--quantize", "float8-weight-only", "--explain"))
                .isZero();
        GenerationRequest request = cli.requests.getFirst();
        assertThat(request.explain()).isTrue();
        assertThat(request.setup().quantization().orElseThrow().byFolder()).containsOnlyKeys("unet", "vae");
    }

    /* The whole way, with the model that comes along: what was saved is what quantising while loading gives. */
    @Test
    void aSavedModelDrawsTheSamePictureAsOneQuantisedWhileLoading() {
        QuantizeArguments arguments = new QuantizeArguments();
        QuantizedComponents what = QuantizedComponents.of("--config", "int8-weight-only", arguments);
        Path saved = folder.resolve("q");
        Map<String, QuantizationReport> reports = new PipelineQuantizer()
                .write(new ModelQuantizer.Request(MODEL, saved, what), Progress.SILENT, new Cancellation());
        assertThat(Objects.requireNonNull(reports.get("unet")).quantized()).isNotEmpty();
        assertThat(new FolderInspector().model(saved))
                .anySatisfy(line -> assertThat(line)
                        .contains("unet")
                        .endsWith("%d layers int8-weight-only"
                                .formatted(Objects.requireNonNull(reports.get("unet"))
                                        .quantized()
                                        .size())));
        assertThat(new FolderInspector().memory(saved, OptionalInt.of(64), OptionalInt.of(64), 1))
                .hasSize(6);
        assertThat(draw(saved, List.of())).isEqualTo(draw(MODEL, List.of("--quantize", "int8-weight-only")));
    }

    private byte[] draw(Path model, List<String> more) {
        List<byte[]> pictures = new ArrayList<>();
        cli.generator = (request, progress, stop) -> {
            Generator.Result result = new PipelineGenerator(Map.of(), System.err).generate(request, progress, stop);
            pictures.add(result.pictures().getFirst().png(Map.of()));
            return result;
        };
        List<String> words = new ArrayList<>(List.of(
                "generate",
                "a red rocket",
                "-o",
                "-",
                "--model",
                model.toString(),
                "--steps",
                "2",
                "-W",
                "64",
                "-H",
                "64",
                "-s",
                "3"));
        words.addAll(more);
        assertThat(cli.run(words.toArray(String[]::new))).isZero();
        return pictures.getFirst();
    }
}
