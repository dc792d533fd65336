package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InfoCommandTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void tellsTheModelAndTheMemoryOfThePictureThatIsAskedFor() {
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("info", "-W", "64", "--batch", "3")).isZero();
        assertThat(cli.out().lines()).containsExactly("model pipeline", "memory OptionalInt[64] OptionalInt.empty 3");
    }

    @Test
    void sizesAreCheckedFirst() {
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("info", "--height", "65")).isEqualTo(ExitCode.USAGE.value());
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err()).contains("--height: expected a multiple of 8 from 8 to 8192, found \"65\"");
    }

    @Test
    void theSmallModelsMemoryIsKnownFromItsPlans() {
        Path model = Path.of("../models/tiny-cartoon-sdxl/pipeline");
        List<String> lines = new FolderInspector().memory(model, OptionalInt.of(64), OptionalInt.of(64), 1);
        assertThat(lines).hasSize(6);
        assertThat(lines.get(0)).isEqualTo("memory");
        assertThat(lines.get(3))
                .matches("  unet {13}weights [0-9.]+ MiB, intermediates [0-9]+ bytes, results 2048 bytes");
        assertThat(lines.get(5)).matches("  together {9}[0-9.]+ MiB or more: all weights, and [a-z._0-9]+ at work");
    }

    @Test
    void whatCannotBePlannedIsSaidInOneLine() {
        assertThat(new FolderInspector().memory(folder, OptionalInt.empty(), OptionalInt.empty(), 1))
                .singleElement()
                .asString()
                .startsWith("memory             not known: ");
    }
}
