package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Runs every example of docs/accelerate-inference.md, with the model that comes along. */
class GuideTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern FENCE = Pattern.compile("```(\\w+)\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    /* What an example may name without saying where it is from. */
    private static final List<String> IMPORTS = Stream.concat(
                    Stream.of(
                            "java.nio.file.Files",
                            "java.nio.file.Path",
                            "java.time.Duration",
                            "java.util.List",
                            "java.util.Map",
                            "java.util.Optional",
                            "java.util.function.Function"),
                    Stream.of(
                                    "calibration",
                                    "capture",
                                    "compile",
                                    "cpu",
                                    "device",
                                    "image",
                                    "io",
                                    "models.attention",
                                    "nn",
                                    "pipelines",
                                    "quantization",
                                    "quantization.QuantizationConfig",
                                    "runtime",
                                    "schedulers",
                                    "tensor",
                                    "trace")
                            .map(room -> "io.github.tintype." + room + ".*"))
            .toList();

    @TempDir
    private Path folder;

    private record Example(String language, String text) {}

    private static String page() {
        try {
            return Files.readString(ROOT.resolve("docs/accelerate-inference.md"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Example> examples(String language) {
        List<Example> examples = new ArrayList<>();
        Matcher fence = FENCE.matcher(page());
        while (fence.find()) {
            Example example = new Example(fence.group(1), fence.group(2));
            assertThat(example.language).isIn("java", "sh");
            if (example.language.equals(language)) {
                examples.add(example);
            }
        }
        assertThat(examples).hasSizeGreaterThan(10);
        return examples;
    }

    /* In order: some examples go on with what those before them have made. */
    @Test
    void everyCommandRuns() {
        for (Example example : examples("sh")) {
            example.text.lines().forEach(line -> {
                List<String> words = words(line.replaceFirst("^\\./tintype ", ""));
                ByteArrayOutputStream err = new ByteArrayOutputStream();
                assertThat(cli(new PrintStream(err, true, StandardCharsets.UTF_8))
                                .run(words.toArray(String[]::new)))
                        .as("%s%n%s", line, err.toString(StandardCharsets.UTF_8))
                        .isZero();
            });
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .contains("tiny.tintype", "int8", "choice.json", "choice.html", "chosen", "0.png");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private int pictures;

    private List<String> words(String line) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(line);
        while (word.find()) {
            String text = Optional.ofNullable(word.group(1)).orElseGet(word::group);
            words.add(
                    Set.of("tiny.tintype", "int8", "choice.json", "choice.html", "chosen")
                                    .contains(text)
                            ? folder.resolve(text).toString()
                            : text);
        }
        if (words.getFirst().equals("generate")) {
            words.addAll(List.of("-o", folder.resolve(pictures++ + ".png").toString()));
        }
        return words;
    }

    private Cli cli(PrintStream err) {
        Environment environment = new Environment(ROOT, _ -> Optional.empty(), CacheRoot.here(), "1");
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        return new Cli(
                out,
                out,
                err,
                environment,
                new PipelineGenerator(Map.of(), err),
                new PipelinePackager(),
                new PipelineQuantizer(),
                new PipelineCalibrator(),
                new ModelBenchmarker(environment, Clock.systemUTC()),
                new FolderInspector(),
                () -> Progress.SILENT,
                () -> 1,
                new Cancellation());
    }

    @TestFactory
    Stream<DynamicTest> everyJavaExampleRuns() throws IOException, ClassNotFoundException {
        List<Example> examples = examples("java");
        compile(examples);
        ClassLoader loader = new URLClassLoader(
                new URL[] {folder.toUri().toURL()}, getClass().getClassLoader());
        List<Class<?>> classes = new ArrayList<>();
        for (int i = 0; i < examples.size(); i++) {
            classes.add(loader.loadClass("Example" + i));
        }
        return IntStream.range(0, classes.size())
                .mapToObj(i -> DynamicTest.dynamicTest(
                        examples.get(i).text.lines().findFirst().orElseThrow(), () -> run(classes.get(i))));
    }

    private void compile(List<Example> examples) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("-cp", System.getProperty("java.class.path"), "-d", folder.toString(), "-proc:none"));
        for (int i = 0; i < examples.size(); i++) {
            Path file = folder.resolve("Example%d.java".formatted(i));
            String imports = IMPORTS.stream().map("import %s;%n"::formatted).collect(Collectors.joining());
            Files.writeString(file, """
                    %simport io.github.tintype.trace.Module;
                    import io.github.tintype.capture.Compiler;
                    public final class Example%d {
                        public static void run(Path model, Engine engine) throws Exception {
                            %s
                        }
                    }
                    """.formatted(imports, i, examples.get(i).text));
            arguments.add(file.toString());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        assertThat(compiler.run(null, said, said, arguments.toArray(String[]::new)))
                .as(said::toString)
                .isZero();
    }

    private static void run(Class<?> example) throws Exception {
        Path model = new Environment(ROOT, _ -> Optional.empty(), CacheRoot.here(), "1").embeddedModel();
        try (Engine engine = Engine.on(CpuDevice.open(2))) {
            example.getMethod("run", Path.class, Engine.class).invoke(null, model, engine);
        } catch (InvocationTargetException e) {
            throw new AssertionError(e.getCause());
        }
    }

    /* The names of the guide that has to be covered. */
    @Test
    void nothingOfTheGuideIsLeftOut() {
        assertThat(page())
                .contains(
                        "torch_dtype",
                        "bf16",
                        "f16",
                        "TensorFloat-32",
                        "sdpa_kernel",
                        "SDPBackend",
                        "EFFICIENT_ATTENTION",
                        "torch.compile",
                        "conv_1x1_as_mm",
                        "coordinate_descent_tuning",
                        "epilogue_fusion",
                        "coordinate_descent_check_all_directions",
                        "channels_last",
                        "max-autotune",
                        "fullgraph",
                        "vae.decode",
                        "use_duck_shape",
                        "dynamic",
                        "compile_repeated_blocks",
                        "_repeated_blocks",
                        "compile_regions",
                        "reduce-overhead",
                        "return_dict",
                        "sigmas",
                        "force_fuse_int_mm_with_mul",
                        "use_mixed_mm",
                        "apply_dynamic_quant",
                        "dynamic_quant_filter_fn",
                        "fuse_qkv_projections");
        for (String section : List.of(
                "## Type of the model",
                "## Scaled dot product attention",
                "## Compiling",
                "### Other sizes",
                "### Regions",
                "### Graph breaks",
                "### Steps that never wait",
                "### Benchmarks",
                "## Dynamic quantisation",
                "### Within a budget of quality",
                "## Fused projections")) {
            String text = page().substring(page().indexOf(section + "\n"));
            String own = text.substring(0, text.indexOf("\n##", 1));
            assertThat(own).as(section).contains("```java", "```sh");
        }
    }
}
