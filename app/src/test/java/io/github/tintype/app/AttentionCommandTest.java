package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.models.attention.AttentionSlicing;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Back ends of attention on the command line; where it matters, with the small model. */
class AttentionCommandTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void whatIsChosenIsAskedForAndWrittenIntoThePicture() {
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run(
                        "generate",
                        "a",
                        "-o",
                        "DIR/a.png",
                        "--attention-backend",
                        "flash,math",
                        "--attention-slicing",
                        "auto"))
                .isZero();
        AttentionUse use = cli.requests.getFirst().setup().attention();
        assertThat(use.choice()).contains(new SdpaChoice(List.of(SdpBackend.FLASH_ATTENTION, SdpBackend.MATH), true));
        assertThat(use.slicing()).contains(new AttentionSlicing.Auto());
        assertThat(folder.resolve("a.png"))
                .content()
                .contains("\"attention_backend\":\"flash,math\",\"attention_slicing\":\"auto\"");
    }

    @Test
    void slicesAreHalfOrOneOrANumberOfHeads() {
        CliFixture cli = new CliFixture(folder);
        for (String value : List.of("auto", "max", "3")) {
            assertThat(cli.run("generate", "a", "-o", "DIR/" + value + ".png", "--attention-slicing", value))
                    .isZero();
        }
        assertThat(cli.requests)
                .extracting(request -> request.setup().attention().slicing().orElseThrow())
                .containsExactly(
                        new AttentionSlicing.Auto(), new AttentionSlicing.Max(), new AttentionSlicing.Heads(3));
    }

    @Test
    void aPackageIsOfTheSameGraphs() {
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("package", "-o", "DIR/a.tintype", "--attention-backend", "efficient"))
                .isZero();
        assertThat(cli.packaged.getFirst().setup().attention().choice())
                .contains(SdpaChoice.of(SdpBackend.EFFICIENT_ATTENTION));
    }

    private int draw(CliFixture cli, String... words) {
        PipelineGenerator generator = new PipelineGenerator(
                Map.of(), new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
        cli.generator = (request, progress, _) -> generator.generate(request, progress, new Cancellation());
        String model = Path.of("../models/tiny-cartoon-sdxl/pipeline")
                .toAbsolutePath()
                .normalize()
                .toString();
        return cli.run(Stream.concat(
                        Stream.of(
                                "generate",
                                "a fox",
                                "-o",
                                "DIR/fox.png",
                                "--force",
                                "--steps",
                                "1",
                                "--seed",
                                "1",
                                "--model",
                                model),
                        Stream.of(words))
                .toArray(String[]::new));
    }

    @Test
    void theSmallModelRunsByEachThatThereIsAndSaysWhyNotByTheOther() {
        CliFixture cli = new CliFixture(folder);
        for (String backend : List.of("math", "flash", "efficient", "cudnn,flash")) {
            assertThat(draw(cli, "--attention-backend", backend, "--attention-slicing", "max"))
                    .as(backend)
                    .isZero();
        }
        assertThat(draw(cli, "--attention-backend", "cudnn")).isEqualTo(ExitCode.COMPUTE.value());
        assertThat(cli.err())
                .startsWith(
                        "tintype: scaled_dot_product_attention: No available kernel: CUDNN_ATTENTION: needs CUDA (at ")
                .hasLineCount(1);
        assertThat(draw(cli, "--attention-slicing", "1000")).isEqualTo(ExitCode.USAGE.value());
        assertThat(cli.err())
                .startsWith("tintype: attention slicing: got 1000 heads at once, wanted at most ")
                .hasLineCount(1);
    }
}
