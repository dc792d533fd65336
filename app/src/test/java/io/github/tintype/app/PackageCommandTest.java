package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Mode;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.runtime.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageCommandTest {
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
    void withoutOptionsItIsTheEmbeddedModelAtItsSizeForThisMachine() {
        assertThat(cli.run("package", "-o", "DIR/a.tintype")).isZero();
        assertThat(cli.out()).isEqualTo("DIR/a.tintype%n".formatted());
        assertThat(cli.err()).isEqualTo("2 graphs and 34 programs, 5.0 MiB%n".formatted());
        assertThat(cli.packaged)
                .containsExactly(new Packager.Request(
                        folder.resolve("models/tiny-cartoon-sdxl/pipeline"),
                        folder.resolve("a.tintype"),
                        List.of(),
                        1,
                        Optional.empty(),
                        List.of(),
                        ModelSetup.NONE,
                        new Compilation(CompileOptions.DEFAULT, false)));
    }

    @Test
    void allOptionsArriveAndCompileStandsForDefault() {
        assertThat(cli.run(
                        "package",
                        "-o",
                        "DIR/a.tintype",
                        "--sizes",
                        "512x512,832x1216",
                        "--targets",
                        "x86-64-v3,x86-64-v4,x86-64-v3,native",
                        "-b",
                        "2",
                        "--guidance",
                        "1",
                        "--compile=max-autotune",
                        "--regional"))
                .isZero();
        Packager.Request request = cli.packaged.getFirst();
        assertThat(request.sizes()).containsExactly(new Packager.Size(512, 512), new Packager.Size(832, 1216));
        assertThat(request.targets()).extracting(Target::cpu).startsWith("x86-64-v3", "x86-64-v4");
        assertThat(request.targets())
                .extracting(Target::lanes)
                .startsWith(8, 16)
                .hasSizeBetween(2, 3);
        assertThat(request.targets()).contains(HostProcessor.target());
        assertThat(request.batch()).isEqualTo(2);
        assertThat(request.guidanceScale()).contains(1.0);
        assertThat(request.compilation().regional()).isTrue();
        assertThat(request.compilation().options().mode()).isEqualTo(Mode.MAX_AUTOTUNE);
    }

    @Test
    void aFileThatExistsIsOverwrittenOnlyByForce() throws IOException {
        Files.createFile(folder.resolve("a.tintype"));
        assertThat(cli.run("package", "-o", "DIR/a.tintype")).isEqualTo(4);
        assertThat(cli.packaged).isEmpty();
        assertThat(cli.run("package", "-o", "DIR/a.tintype", "--force")).isZero();
    }

    /* The whole way, with the model that comes along: what is compiled ahead of time is all that a picture asks for. */
    @Test
    void aPictureFromAPackageCompilesNothing() throws IOException {
        Path file = folder.resolve("tiny.tintype");
        Path model = Path.of("..", "models", Environment.EMBEDDED_MODEL, "pipeline");
        CompileOptions options = CompileOptions.DEFAULT;
        Packager.Summary summary = new PipelinePackager()
                .write(
                        new Packager.Request(
                                model,
                                file,
                                List.of(new Packager.Size(64, 64), new Packager.Size(64, 128)),
                                1,
                                Optional.empty(),
                                List.of(
                                        HostProcessor.target(),
                                        HostProcessor.level("x86-64-v4").orElseThrow()),
                                ModelSetup.NONE,
                                new Compilation(options, false)),
                        Progress.SILENT,
                        new Cancellation());
        assertThat(summary.graphs()).isEqualTo(6); // UNet and VAE, of each size and of both
        assertThat(summary.bytes()).isEqualTo(Files.size(file));
        PackagedPicture.Outcome plain = PackagedPicture.draw(model, options, List.of(), folder.resolve("one"));
        PackagedPicture.Outcome packaged = PackagedPicture.draw(model, options, List.of(file), folder.resolve("two"));
        assertThat(plain.compiled()).isPositive();
        assertThat(packaged.compiled()).isZero();
        assertThat(packaged.opened()).isZero();
        assertThat(packaged.pictures()).isEqualTo(plain.pictures());
        assertThat(folder.resolve("two/code")).doesNotExist();
    }
}
