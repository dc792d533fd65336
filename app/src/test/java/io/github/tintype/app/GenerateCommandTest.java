package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.MatmulPrecision;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.ShapeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GenerateCommandTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void printsOnlyThePath() {
        CliFixture cli = new CliFixture(folder);

        assertThat(cli.run("generate", "a cat", "-o", "DIR/cat.png")).isZero();

        assertThat(cli.out()).isEqualTo("DIR/cat.png" + System.lineSeparator());
        assertThat(cli.err()).isEmpty();
        assertThat(folder.resolve("cat.png")).content().startsWith("99 {parameters=a cat\nSteps: 25");
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void aDashIsStdoutWhichThenGetsThePictureAlone() {
        CliFixture cli = new CliFixture(folder);

        assertThat(cli.run("generate", "a cat", "-o", "-")).isZero();

        assertThat(cli.out()).startsWith("99 {parameters=a cat\nSteps: 25").endsWith("}");
        assertThat(cli.err()).isEmpty();
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({"Broken pipe, 0, ''", "No space left on device, 4, 'tintype: stdout: No space left on device'"})
    void whatStdoutCanAnswer(String problem, int exitCode, String line) {
        CliFixture cli = new CliFixture(folder);
        cli.stdout = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException(problem);
            }
        };

        assertThat(cli.run("generate", "a cat", "-o", "-")).isEqualTo(exitCode);

        assertThat(cli.err().strip()).isEqualTo(line);
    }

    @Test
    void aWarningIsOneLine() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.Logger logger = new Warnings.Lines("name", new PrintStream(err, true, StandardCharsets.UTF_8));

        logger.log(System.Logger.Level.WARNING, "{0}: more than {1} tokens", "text_encoder", "77");
        logger.log(System.Logger.Level.WARNING, "two\nlines {0}", new IOException("x"));
        logger.log(System.Logger.Level.INFO, "nothing");

        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("tintype: warning: text_encoder: more than 77 tokens%ntintype: warning: two lines {0}%n"
                        .formatted());
        assertThat(System.getLogger("any").isLoggable(System.Logger.Level.INFO))
                .as("the service is found")
                .isFalse();
    }

    @Test
    void whatIsMadeOfTheModelArrives() {
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run(
                        "generate",
                        "a cat",
                        "-o",
                        "DIR/a.png",
                        "--dtype",
                        "unet=bf16,default=f16",
                        "--variant",
                        "fp16",
                        "--fuse-qkv",
                        "--layerwise-casting",
                        "f8_e5m2"))
                .isZero();
        ModelSetup setup = cli.requests.getFirst().setup();
        assertThat(setup.dtypes()).hasToString("unet=bf16,default=f16");
        assertThat(setup.variant()).contains("fp16");
        assertThat(setup.fuseQkv()).isTrue();
        assertThat(setup.layerwiseCasting().orElseThrow().storage()).isEqualTo(DType.F8_E5M2);
        assertThat(setup.type()).isEqualTo("unet=bf16,default=f16 stored in f8_e5m2");
    }

    @Test
    void takesEverySpelling() throws IOException {
        Files.createDirectories(folder.resolve("hub/org/name"));
        CliFixture cli = new CliFixture(folder);

        assertThat(cli.run(
                        "generate",
                        "-p",
                        "@a -cat",
                        "-n",
                        "dog",
                        "-m",
                        "org/name",
                        "--num-inference-steps",
                        "3",
                        "--cfg-scale",
                        "1.5",
                        "--seed",
                        "18446744073709551615",
                        "-W",
                        "64",
                        "-H",
                        "72",
                        "--sampling-method",
                        "euler_a",
                        "--device",
                        "reference",
                        "--batch-count",
                        "2",
                        "-t",
                        "4",
                        "--deterministic",
                        "--memory-budget",
                        "1.5GiB",
                        "-o",
                        "DIR/a.png"))
                .isZero();

        GenerationRequest r = cli.requests.getFirst();
        assertThat(r.prompt()).isEqualTo("@a -cat");
        assertThat(r.negativePrompt()).contains("dog");
        assertThat(r.model()).isEqualTo(folder.resolve("hub/org/name"));
        assertThat(r.steps()).isEqualTo(3);
        assertThat(r.guidanceScale()).contains(1.5);
        assertThat(r.seeds()).as("the largest, then around the corner").isEqualTo(List.of(-1L, 0L));
        assertThat(r.width()).isEqualTo(OptionalInt.of(64));
        assertThat(r.height()).isEqualTo(OptionalInt.of(72));
        assertThat(r.scheduler()).contains("EulerAncestralDiscreteScheduler");
        assertThat(r.device()).isEqualTo(DeviceName.REFERENCE);
        assertThat(r.threads()).isEqualTo(OptionalInt.of(4));
        assertThat(r.deterministic()).isTrue();
        assertThat(r.matmulPrecision()).isEqualTo(MatmulPrecision.HIGHEST);
        assertThat(r.memoryBudget()).isEqualTo(OptionalLong.of(3L << 29));
        assertThat(cli.out()).isEqualTo("DIR/a-1.png%nDIR/a-2.png%n".formatted());
    }

    @Test
    void productsMayBeAskedToBeLessExact() {
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("generate", "a", "-o", "DIR/a.png", "--matmul-precision", "medium"))
                .isZero();
        assertThat(cli.requests.getFirst().matmulPrecision()).isEqualTo(MatmulPrecision.MEDIUM);
    }

    @Test
    void forceOverwrites() throws IOException {
        Files.writeString(folder.resolve("old.png"), "old");
        CliFixture cli = new CliFixture(folder);

        assertThat(cli.run("generate", "a", "-o", "DIR/old.png", "--force")).isZero();

        assertThat(folder.resolve("old.png")).content().startsWith("99 ");
    }

    @Test
    void keepsAFileThatAppearsMeanwhile() {
        CliFixture cli = new CliFixture(folder);
        cli.generator = (request, progress, stop) -> {
            try {
                Files.writeString(folder.resolve("a.png"), "somebody else's");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return CliFixture.result(request);
        };

        assertThat(cli.run("generate", "a", "-o", "DIR/a.png")).isEqualTo(4);

        assertThat(cli.err()).isEqualTo("tintype: DIR/a.png: exists already (--force overwrites it)%n".formatted());
        assertThat(folder.resolve("a.png")).hasContent("somebody else's");
        assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(3, "conv2d: got 3, wanted 4", new ShapeException("conv2d: got 3, wanted 4")),
                Arguments.of(
                        5,
                        "budget; too small",
                        new DeviceException(DeviceException.Reason.MEMORY, "budget\n too small")),
                Arguments.of(6, "no libdnnl", new DeviceException(DeviceException.Reason.NATIVE, "no libdnnl")),
                Arguments.of(6, "NaN at step 3", new DeviceException(DeviceException.Reason.COMPUTE, "NaN at step 3")),
                Arguments.of(4, "x: permission denied", new UncheckedIOException(new AccessDeniedException("x"))),
                Arguments.of(130, "cancelled", new CancellationException("cancelled")),
                Arguments.of(
                        1,
                        "internal error, please report it with --debug: java.lang.IllegalStateException: bug",
                        new IllegalStateException("bug")));
    }

    @ParameterizedTest
    @MethodSource
    void failures(int exitCode, String line, RuntimeException problem) {
        CliFixture cli = new CliFixture(folder);
        cli.generator = (request, progress, stop) -> {
            throw problem;
        };

        assertThat(cli.run("generate", "a", "-o", "DIR/a.png")).isEqualTo(exitCode);

        assertThat(cli.err()).isEqualTo("tintype: " + line + System.lineSeparator());
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void outOfMemory() {
        CliFixture cli = new CliFixture(folder);
        cli.generator = (request, progress, stop) -> {
            throw new OutOfMemoryError("Java heap space");
        };

        assertThat(cli.run("generate", "a", "-o", "DIR/a.png")).isEqualTo(5);

        assertThat(cli.err())
                .isEqualTo("tintype: out of memory (Java heap space): a smaller picture or batch needs less%n"
                        .formatted());
    }

    @Test
    void debugShowsTheStack() {
        CliFixture cli = new CliFixture(folder);
        cli.generator = (request, progress, stop) -> {
            throw new ShapeException("wrong");
        };

        cli.run("generate", "a", "-o", "DIR/a.png", "--debug");

        assertThat(cli.err()).startsWith("tintype: wrong%n".formatted()).contains("\tat io.github.tintype.app.");
    }

    @Test
    void quietShowsNoProgress() {
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("generate", "a fox", "-o", "DIR/fox.png")).isZero();
        assertThat(cli.shown).isEqualTo(1);
        assertThat(cli.run("generate", "a fox", "-o", "DIR/fox.png", "--force", "--quiet"))
                .isZero();
        assertThat(cli.shown).isEqualTo(1);
    }

    @Test
    void stopBetweenPicturesWritesNoMore() {
        CliFixture cli = new CliFixture(folder);
        cli.generator = (request, progress, stop) -> {
            cli.stop.cancel();
            return CliFixture.result(request);
        };

        assertThat(cli.run("generate", "a", "-o", "DIR/a.png")).isEqualTo(130);

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void helpAndVersionAreNoErrors() {
        CliFixture cli = new CliFixture(folder);

        assertThat(cli.run("--version")).isZero();
        assertThat(cli.out()).isEqualTo("tintype 1.2.3%n".formatted());
        assertThat(cli.run("generate", "--help")).isZero();
        assertThat(cli.out()).contains("--guidance-scale", "--latents-out");
    }
}
