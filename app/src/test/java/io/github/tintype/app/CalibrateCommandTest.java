package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.benchmark.Timings;
import io.github.tintype.calibration.Budget;
import io.github.tintype.calibration.Calibrated;
import io.github.tintype.calibration.Cost;
import io.github.tintype.calibration.LayerDamage;
import io.github.tintype.calibration.Metric;
import io.github.tintype.calibration.Nearness;
import io.github.tintype.calibration.Samples;
import io.github.tintype.calibration.Trial;
import io.github.tintype.image.ImageQuality;
import io.github.tintype.io.LayerForm;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.quantization.ChosenLayers;
import io.github.tintype.quantization.LayerChoice;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CalibrateCommandTest {
    @TempDir
    Path folder = Path.of("");

    private CliFixture cli = new CliFixture(folder);

    @BeforeEach
    void model() throws IOException {
        cli = new CliFixture(folder);
        Path model = Files.createDirectories(folder.resolve("models/tiny-cartoon-sdxl/pipeline"));
        Files.createFile(model.resolve("model_index.json"));
        Files.writeString(folder.resolve("prompts.txt"), "a fox\n\na red rocket\n");
        Files.writeString(folder.resolve("empty.txt"), "\n \n");
        Files.write(folder.resolve("latin.txt"), new byte[] {(byte) 0xe9, '\n'});
    }

    /** A calibration that nobody made: of two layers one can be bf16, at twice the speed. */
    static Calibrated result(Calibrator.Request request) {
        LayerForm bf16 = new LayerForm.Narrow(DType.BF16);
        LayerDamage chosen =
                new LayerDamage(PipelineComponent.UNET, "conv_in", Shape.of(4, 4, 3, 3), bf16, 0.001, 2048);
        LayerDamage not = new LayerDamage(PipelineComponent.UNET, "<out>", Shape.of(4, 4), bf16, Double.NaN, 32);
        ChosenLayers unet = new ChosenLayers(
                "x",
                "UNet2DConditionModel",
                Map.of("conv_in", new ChosenLayers.Layer(Shape.of(4, 4, 3, 3), Optional.of(bf16))));
        return new Calibrated(
                request.how().budget(),
                request.how().samples(),
                new LayerChoice(Map.of("unet", unet)),
                List.of(chosen, not),
                List.of(chosen),
                List.of(
                        new Trial(2, 2, Optional.empty()),
                        new Trial(1, 1, Optional.of(new Nearness(41.25, 0.99, 0.999, 0.05)))),
                new Nearness(41.25, 0.99, 0.999, 0.05),
                new Cost(new Timings(List.of(2.0, 4.0, 3.0)), 8192, 10240),
                new Cost(new Timings(List.of(1.5)), 6144, 8192));
    }

    @Test
    void theEmbeddedModelWithTheUsualSamples() {
        assertThat(cli.run("calibrate", "--budget", "psnr=35", "-o", "DIR/c.json"))
                .isZero();
        Calibrator.Request request = cli.calibrated.getFirst();
        assertThat(request.model()).isEqualTo(folder.resolve("models/tiny-cartoon-sdxl/pipeline"));
        assertThat(request.setup()).isEqualTo(ModelSetup.NONE);
        assertThat(request.how().budget()).isEqualTo(Budget.psnr(35));
        assertThat(request.how().samples()).isEqualTo(Samples.of(Samples.PROMPTS, List.of(0L), 25));
        assertThat(request.how().forms()).containsExactly(new LayerForm.Quantized(new Int8(true)));
        assertThat(request.how().components()).containsExactly(PipelineComponent.UNET, PipelineComponent.VAE_DECODE);
        assertThat(request.how().rounds()).isEqualTo(3);
        assertThat(request.compilation()).isEmpty();
        assertThat(LayerChoice.read(folder.resolve("c.json")).components()).containsOnlyKeys("unet");
        assertThat(cli.shown).isOne();
    }

    @Test
    void allOptionsArrive() {
        assertThat(cli.run(
                        "calibrate",
                        "--budget",
                        "psnr=40,cosine=0.999",
                        "--budget",
                        "max-abs=0.1",
                        "--output=DIR/c.json",
                        "--config",
                        "int4-weight-only,f16",
                        "--group-size",
                        "32",
                        "--filter",
                        ".*attn.*",
                        "--components",
                        "vae",
                        "--prompts",
                        "DIR/prompts.txt",
                        "--seeds",
                        "3,4",
                        "--steps",
                        "7",
                        "-W",
                        "64",
                        "-H",
                        "128",
                        "--rounds",
                        "1",
                        "--dtype",
                        "bf16",
                        "--fuse-qkv",
                        "--compile",
                        "--threads",
                        "1"))
                .isZero();
        Calibrator.Request request = cli.calibrated.getFirst();
        assertThat(request.how().budget())
                .isEqualTo(new Budget(Map.of(Metric.PSNR, 40.0, Metric.COSINE, 0.999, Metric.MAX_ABS, 0.1)));
        assertThat(request.how().samples())
                .isEqualTo(Samples.of(List.of("a fox", "a red rocket"), List.of(3L, 4L), 7)
                        .withSize(64, 128));
        assertThat(request.how().forms())
                .containsExactly(
                        new LayerForm.Quantized(new Int4(32, Int4.Zero.FLOAT)), new LayerForm.Narrow(DType.F16));
        assertThat(request.setup().type()).isEqualTo("bf16");
        assertThat(request.setup().fuseQkv()).isTrue();
        assertThat(request.compilation()).isPresent();
        assertThat(request.threads()).hasValue(1);
    }

    @Test
    void whatWasFoundIsToldInThreeWays() throws IOException {
        assertThat(cli.run(
                        "calibrate",
                        "--budget",
                        "psnr=35",
                        "-o",
                        "DIR/c.json",
                        "--report",
                        "DIR/r.json",
                        "--html",
                        "DIR/r.html"))
                .isZero();
        assertThat(cli.out())
                .contains(
                        "choice    1 of 1 layers",
                        "quality   PSNR 41.3 dB, SSIM 0.9900, cosine of latents 0.999000, largest difference 0.0500",
                        "speed     2.00 times as fast: 1500 ms, 3000 ms as it is",
                        "memory    2.0 KiB of weights saved as stored; by plans 6.0 KiB of weights, 8.0 as it is",
                        "| 1     |      2 | values that aren't finite |",
                        "| conv_in | bf16 | [4,4,3,3] | 0.00100 |");
        JsonNode json = JsonMapper.shared().readTree(Files.readString(folder.resolve("r.json")));
        assertThat(json.at("/budget/psnr").asDouble()).isEqualTo(35);
        assertThat(json.at("/speed").asDouble()).isEqualTo(2);
        assertThat(json.at("/quality/psnr_db").asDouble()).isEqualTo(41.25);
        assertThat(json.at("/trials/0/finite").asBoolean(true)).isFalse();
        assertThat(json.at("/trials/1/holds").asBoolean()).isTrue();
        assertThat(json.at("/layers/0/damage").asDouble()).isEqualTo(0.001);
        assertThat(json.at("/layers/0/chosen").asBoolean()).isTrue();
        assertThat(json.at("/layers/1/damage").isNull()).isTrue();
        assertThat(Files.readString(folder.resolve("r.html")))
                .contains("<svg", "Layers with the largest damage", "1 layers", "conv_in")
                .doesNotContain("<script", "NaN");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            | --budget: expected one or more, such as psnr=35, found none
            --budget 35 | --budget: expected METRIC=BOUND with one of psnr, ssim, cosine, max-abs, found "35"
            --budget lpips=1 | --budget: expected METRIC=BOUND with one of psnr, ssim, cosine, max-abs, found "lpips=1"
            --budget psnr=NaN | --budget: expected a number behind the =, found "psnr=NaN"
            --budget psnr=1,psnr=2 | --budget: expected one bound for each metric, found "psnr=2"
            --budget psnr=1 --config int9 | --config: expected some of int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic, bf16, f16, f8_e4m3, f8_e5m2, found "int9"
            --budget psnr=1 --config bf16,bf16 | --config: expected each once, found "bf16,bf16"
            --budget psnr=1 --group-size 32 | --group-size: expected int4-weight-only among --config, found "32"
            --budget psnr=1 --config int4-weight-only --group-size 33 | --group-size: group size: got 33, wanted one of [32, 64, 128, 256]
            --budget psnr=1 --filter (( | --filter: filter: got "((", wanted a regular expression: Unclosed group
            --budget psnr=1 --components scheduler | --components: expected some of text_encoder, text_encoder_2, unet, vae, found "scheduler"
            --budget psnr=1 --prompts DIR/none.txt | --prompts: expected a file that can be read, found "DIR/none.txt"
            --budget psnr=1 --prompts DIR/empty.txt | --prompts: expected 1 to 1000 lines of text, found 0
            --budget psnr=1 --prompts DIR/latin.txt | --prompts: expected UTF-8, found other bytes in "DIR/latin.txt"
            --budget psnr=1 --seeds 1,-2 | --seeds: expected a whole number from 0 to 999999999, found "-2"
            --budget psnr=1 --steps 0 | --steps: expected a whole number from 1 to 1000, found "0"
            --budget psnr=1 --rounds 0 | --rounds: expected a whole number from 1 to 1000, found "0"
            --budget psnr=1 -W 65 | --width: expected a multiple of 8 from 8 to 8192, found "65"
            --budget psnr=1 --dtype int8 | dtype: got "int8", wanted f32, bf16 or f16
            --budget psnr=1 --fullgraph | --fullgraph: expected --compile beside it, found none
            --budget psnr=1 --compile=fast | --compile: expected one of
            --budget psnr=1 --report DIR/r.txt | --report: expected a name that ends in .json, found "DIR/r.txt"
            --budget psnr=1 --html DIR/no/r.html | --html: expected a folder that exists, found "DIR/no"
            """)
    void wrongWordsAreRefusedInOneLine(String words, String line) {
        List<String> all = new ArrayList<>(List.of("calibrate", "-o", "DIR/c.json"));
        Optional.ofNullable(words).ifPresent(more -> all.addAll(Arrays.asList(more.split(" "))));
        assertThat(cli.run(all.toArray(String[]::new))).isNotZero();
        assertThat(cli.err().strip()).startsWith("tintype: " + line).hasLineCount(1);
        assertThat(cli.calibrated).isEmpty();
    }

    /* The whole way, with the model that comes along: what was found within the budget draws within it. */
    @Test
    void theFileIsTakenByGenerateAndQuantize() throws IOException {
        Path model = Path.of("..", "models", Environment.EMBEDDED_MODEL, "pipeline");
        Path choice = folder.resolve("real.json");
        CalibrateArguments arguments = new CalibrateArguments();
        arguments.budget = List.of("psnr=36");
        arguments.config = Optional.of("int4-weight-only,bf16");
        arguments.groupSize = Optional.of("32");
        arguments.prompts = Optional.of(folder.resolve("prompts.txt").toString());
        arguments.seeds = Optional.of("3");
        arguments.steps = Optional.of("2");
        arguments.width = Optional.of("64");
        arguments.height = Optional.of("64");
        arguments.rounds = Optional.of("1");
        Calibrated found =
                new PipelineCalibrator().run(CalibrateParser.parse(model, arguments), Progress.SILENT, cli.stop);
        found.choice().write(choice);
        assertThat(found.chosen()).isNotEmpty();
        cli.generator = new PipelineGenerator(Map.of(), System.err);
        Path plain = draw(model, "plain.png", List.of());
        Path chosen = draw(model, "chosen.png", List.of("--quantize", choice.toString()));
        assertThat(ImageQuality.psnr(pixels(chosen), pixels(plain)))
                .isGreaterThanOrEqualTo(35.5) // 36, but for rounding to the 256 steps of a picture
                .isFinite();
        Path saved = folder.resolve("saved");
        new PipelineQuantizer()
                .write(
                        new ModelQuantizer.Request(
                                model,
                                saved,
                                QuantizedComponents.chosen("--choice", choice.toString(), new QuantizeArguments())),
                        Progress.SILENT,
                        cli.stop);
        assertThat(pixels(draw(saved, "saved.png", List.of())).toFloats())
                .isEqualTo(pixels(chosen).toFloats());
    }

    private Path draw(Path model, String name, List<String> more) {
        List<String> words = new ArrayList<>(List.of("generate", "a fox", "-o", "DIR/" + name, "-m", model.toString()));
        words.addAll(List.of("--steps", "2", "-W", "64", "-H", "64", "-s", "3"));
        words.addAll(more);
        assertThat(cli.run(words.toArray(String[]::new))).as(cli::err).isZero();
        return folder.resolve(name);
    }

    private static HostTensor pixels(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        float[] values = new float[3 * image.getWidth() * image.getHeight()];
        for (int i = 0; i < values.length; i++) {
            int place = i / 3;
            int rgb = image.getRGB(place % image.getWidth(), place / image.getWidth());
            values[i] = ((rgb >> (8 * (i % 3))) & 0xff) / 255f;
        }
        return HostTensor.ofFloats(values, image.getHeight(), image.getWidth(), 3);
    }
}
