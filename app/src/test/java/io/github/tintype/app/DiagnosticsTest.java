package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.runtime.Cancellation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What TINTYPE_DUMP and TINTYPE_DEBUG show of one picture by the small model that comes along. */
class DiagnosticsTest {
    @TempDir
    Path folder = Path.of("");

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private List<String> dumped(String... words) throws IOException {
        CliFixture cli = new CliFixture(folder);
        PipelineGenerator generator = new PipelineGenerator(
                Map.of("TINTYPE_DUMP", folder.resolve("dump").toString(), "TINTYPE_DEBUG", "1"),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        cli.generator = (request, progress, _) -> generator.generate(request, progress, new Cancellation());
        String[] all = Stream.concat(
                        Stream.of("generate", "a fox", "-o", "DIR/fox.png", "--steps", "2", "--model", model()),
                        Stream.of(words))
                .toArray(String[]::new);
        assertThat(cli.run(all)).as(cli.err()).isZero();
        try (Stream<Path> files = Files.list(folder.resolve("dump"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String model() {
        return Path.of("../models/tiny-cartoon-sdxl/pipeline")
                .toAbsolutePath()
                .normalize()
                .toString();
    }

    @Test
    void uncompiledComponentsHaveTheirTracesAndPlansDumped() throws IOException {
        assertThat(dumped())
                .containsExactly(
                        "text_encoder.0.00-trace.txt",
                        "text_encoder.0.01-plan.txt",
                        "text_encoder_2.0.00-trace.txt",
                        "text_encoder_2.0.01-plan.txt",
                        "unet.0.00-trace.txt",
                        "unet.0.01-plan.txt",
                        "vae.decode.0.00-trace.txt",
                        "vae.decode.0.01-plan.txt");
        assertThat(folder.resolve("dump/unet.0.01-plan.txt")).content().contains("slab ");
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("unet.0: recorded, ", "vae.decode.0: planned, ")
                .doesNotContain("request");
    }

    @Test
    void compiledOnesHaveEachPassAndTheRequestStageToo() throws IOException {
        assertThat(dumped("--compile"))
                .contains("text_encoder.0.01-plan.txt", "unet.0.00-trace.txt", "unet.0.request.01-plan.txt")
                .anyMatch(name -> name.matches("unet\\.0\\.\\d\\d-common_subexpressions_whole\\.txt"))
                .anyMatch(name -> name.matches("unet\\.0\\.\\d\\d-request_split\\.txt"))
                .anyMatch(name -> name.matches("unet\\.0\\.\\d\\d-plan\\.txt"));
    }

    @Test
    void generatedKernelsHaveTheirLoopsAndWhatBecameOfThem() throws IOException {
        List<String> names = dumped("--compile");
        for (String kind : List.of("loops", "ll", "s")) {
            assertThat(names).anyMatch(name -> name.matches("fused_group_norm_silu-[0-9a-f]{8}\\." + kind));
        }
        String listed = names.stream()
                .filter(name -> name.matches("fused_group_norm_silu-.*\\.ll"))
                .findFirst()
                .orElseThrow();
        assertThat(folder.resolve("dump").resolve(listed)).content().contains("define void @fused_0(");
    }
}
