package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.benchmark.Machine;
import io.github.tintype.benchmark.ModelForm;
import io.github.tintype.benchmark.Peaks;
import io.github.tintype.benchmark.Report;
import io.github.tintype.benchmark.Row;
import io.github.tintype.benchmark.Variant;
import io.github.tintype.benchmark.Workload;
import io.github.tintype.capture.Mode;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.runtime.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
    @TempDir
    Path folder = Path.of("");

    private CliFixture cli = new CliFixture(folder);

    @BeforeEach
    void fixture() {
        cli = new CliFixture(folder);
    }

    /** A report of a machine that isn't there. */
    static Report report(Benchmarker.Request request, List<Row> rows) {
        return new Report(
                new Machine("Some CPU", 2, 8L << 30, "Linux", "25", "1.2.3"),
                request.command(),
                "2026-01-02 03:04",
                request.suite(),
                new Peaks(request.threads(), OptionalDouble.of(1e11), 1e10),
                rows);
    }

    @Test
    void quantisedFormsStandBesideTheirTypes() {
        assertThat(cli.run("bench", "--modes", "default", "--dtypes", "f32,bf16", "--quantize", "int8-dynamic"))
                .isZero();
        assertThat(cli.benchmarked.getFirst().suite().variants())
                .extracting(variant -> variant.form().toString())
                .containsExactly("", "int8-dynamic", "bf16", "bf16 int8-dynamic");
    }

    @Test
    void withoutOptionsItIsTheSmallModelEagerAndCompiled() {
        assertThat(cli.run("bench")).isZero();
        Benchmarker.Request request = cli.benchmarked.getFirst();
        assertThat(request.suite().workloads())
                .containsExactly(
                        new Workload(BenchmarkModel.TINY_UNET, 128, 128, 1),
                        new Workload(BenchmarkModel.TINY_VAE_DECODE, 128, 128, 1));
        assertThat(request.suite().variants())
                .containsExactly(Variant.EAGER, new Variant(ModelForm.PLAIN, Optional.of(Mode.DEFAULT), false));
        assertThat(request.suite().rounds()).isEqualTo(5);
        assertThat(request.suite().warmup()).isEqualTo(1);
        assertThat(request.suite().memoryBudget()).isBetween(1L, MachineMemory.bytes());
        assertThat(request.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(cli.out()).contains("command    tintype bench\n", "processor  Some CPU", "| median ms |");
        assertThat(cli.shown).isEqualTo(1);
    }

    @Test
    void allOptionsArrive() {
        assertThat(cli.run(
                        "bench",
                        "--models",
                        "sd15-unet,vae,sdxl-text-encoder",
                        "--modes=max-autotune,eager",
                        "--regional",
                        "--sizes",
                        "512x768,64x64",
                        "--batch",
                        "1,2",
                        "--rounds",
                        "7",
                        "--warmup",
                        "0",
                        "--threads",
                        "3",
                        "--memory-budget",
                        "8G",
                        "--quiet"))
                .isZero();
        Benchmarker.Request request = cli.benchmarked.getFirst();
        assertThat(request.suite().workloads())
                .containsExactly(
                        new Workload(BenchmarkModel.SD15_UNET, 512, 768, 1),
                        new Workload(BenchmarkModel.SD15_UNET, 512, 768, 2),
                        new Workload(BenchmarkModel.SD15_UNET, 64, 64, 1),
                        new Workload(BenchmarkModel.SD15_UNET, 64, 64, 2),
                        new Workload(BenchmarkModel.SDXL_VAE_DECODE, 512, 768, 1),
                        new Workload(BenchmarkModel.SDXL_VAE_DECODE, 512, 768, 2),
                        new Workload(BenchmarkModel.SDXL_VAE_DECODE, 64, 64, 1),
                        new Workload(BenchmarkModel.SDXL_VAE_DECODE, 64, 64, 2),
                        new Workload(BenchmarkModel.SDXL_TEXT_ENCODER, 1024, 1024, 1),
                        new Workload(BenchmarkModel.SDXL_TEXT_ENCODER, 1024, 1024, 2));
        assertThat(request.suite().variants())
                .containsExactly(
                        new Variant(ModelForm.PLAIN, Optional.of(Mode.MAX_AUTOTUNE), false),
                        new Variant(ModelForm.PLAIN, Optional.of(Mode.MAX_AUTOTUNE), true),
                        Variant.EAGER);
        assertThat(request.suite().rounds()).isEqualTo(7);
        assertThat(request.suite().warmup()).isZero();
        assertThat(request.suite().memoryBudget()).isEqualTo(8L << 30);
        assertThat(request.threads()).isEqualTo(3);
        assertThat(request.command())
                .startsWith("tintype bench --models sd15-unet,vae")
                .endsWith("8G --quiet");
        assertThat(cli.shown).isZero();
    }

    @Test
    void filesAreWrittenAndOverwrittenOnlyByForce() throws IOException {
        assertThat(cli.run("bench", "--json", "DIR/a.json", "--html", "DIR/a.html"))
                .isZero();
        assertThat(Files.readString(folder.resolve("a.html"))).startsWith("<!DOCTYPE html>");
        assertThat(Json.read(folder.resolve("a.json")).getString("date")).isEqualTo("2026-01-02 03:04");
        assertThat(cli.run("bench", "--html", "DIR/a.html")).isEqualTo(4);
        assertThat(cli.benchmarked).hasSize(1);
        assertThat(cli.run("bench", "--html", "DIR/a.html", "--force")).isZero();
    }

    @Test
    void aRowThatMemoryWasShortForIsToldByTheExitCode() {
        cli.benchmarker = (request, progress, stop) -> report(
                request,
                List.of(new Row(
                        request.suite().workloads().getFirst(),
                        Variant.EAGER,
                        new Row.Refused("memory: weights need 3.40 GiB"))));
        assertThat(cli.run("bench")).isEqualTo(5);
        assertThat(cli.out()).contains("| eager | memory: weights need 3.40 GiB |");
    }

    @Test
    void aStopLeavesNoFile() {
        cli.benchmarker = (request, progress, stop) -> {
            stop.cancel();
            stop.check();
            return report(request, List.of());
        };
        assertThat(cli.run("bench", "--html", "DIR/a.html")).isEqualTo(130);
        assertThat(folder.resolve("a.html")).doesNotExist();
    }

    private Benchmarker real() {
        return new ModelBenchmarker(
                new Environment(folder, _ -> Optional.empty(), CacheRoot.here(), "1.2.3"),
                Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC));
    }

    /* The whole way, with the UNet that comes along. */
    @Test
    void theSmallModelIsMeasured() {
        cli.benchmarker = real();
        assertThat(cli.run(
                        "bench",
                        "--models",
                        "tiny",
                        "--modes",
                        "eager,default",
                        "--regional",
                        "--sizes",
                        "64x64",
                        "--rounds",
                        "2",
                        "--warmup",
                        "0",
                        "--json",
                        "DIR/a.json"))
                .isZero();
        ConfigNode json = Json.read(folder.resolve("a.json"));
        assertThat(json.getString("date")).isEqualTo("2026-01-02 03:04");
        assertThat(cli.out()).containsPattern("FMA peak   [0-9.]+ GFLOP/s of f32 with [0-9]+ threads, measured");
        assertThat(cli.out())
                .containsPattern("\\| 1 +\\| tiny-unet +\\| 64x64 \\| 1 +\\| eager +\\|")
                .containsPattern("\\| 3 +\\| tiny-unet +\\| 64x64 \\| 1 +\\| default regional \\|")
                .containsPattern("\\| 5 +\\| tiny-vae-decode +\\| 64x64 \\| 1 +\\| default +\\|")
                .doesNotContain("\n| 6")
                .doesNotContain("not measured");
        assertThat(cli.err()).isEmpty();
    }

    @Test
    void itStopsBetweenCalls() {
        cli.benchmarker = (request, progress, stop) -> {
            Cancellation cancelled = new Cancellation();
            cancelled.cancel();
            try {
                return real().run(request, progress, cancelled);
            } catch (CancellationException e) {
                throw new CancellationException("stopped: " + e.getMessage());
            }
        };
        assertThat(cli.run("bench", "--sizes", "64x64")).isEqualTo(130);
        assertThat(cli.err()).isEqualTo("tintype: stopped: cancelled%n".formatted());
    }

    @Test
    void whatDoesNotFitIsARowThatSaysSo() {
        cli.benchmarker = real();
        assertThat(cli.run("bench", "--models", "tiny-unet", "--modes", "eager", "--memory-budget", "1M"))
                .isEqualTo(5);
        assertThat(cli.out()).containsPattern("\\| eager \\| memory: .* budget of ");
    }
}
