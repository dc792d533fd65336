package io.github.tintype.app;

import static java.util.stream.Collectors.joining;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.benchmark.Ladder;
import io.github.tintype.benchmark.ModelForm;
import io.github.tintype.benchmark.Suite;
import io.github.tintype.benchmark.TrueSize;
import io.github.tintype.benchmark.Variant;
import io.github.tintype.benchmark.Workload;
import io.github.tintype.capture.Mode;
import io.github.tintype.quantization.QuantizationConfig;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@link BenchArguments} → {@link Benchmarker.Request}: whatever would have no effect is refused. */
final class BenchParser {
    private static final String EAGER = "eager";
    private static final String VAE = "vae";

    private BenchParser() {}

    /** @param command as it was typed; throws {@link CliException} for the first argument that can't be served */
    static Benchmarker.Request parse(BenchArguments a, String command) {
        List<BenchmarkModel> models = models(a.models.orElse(TrueSize.TINY.label()));
        List<Variant> variants =
                a.ladder ? ladder(a) : variants(models, forms(a), a.modes.orElse("eager,default"), a.regional);
        List<Packager.Size> sizes = sizes(models, a.sizes);
        List<Integer> batches = a.batch
                .map(text -> words("--batch", text).stream()
                        .map(word -> RequestParser.batch(Optional.of(word)))
                        .toList())
                .orElse(List.of(1));
        Suite suite = new Suite(
                models.stream()
                        .flatMap(model -> workloads(model, sizes, batches))
                        .toList(),
                variants,
                a.rounds.map(n -> RequestParser.whole("--rounds", n, 1, 1000)).orElse(5),
                a.warmup.map(n -> RequestParser.whole("--warmup", n, 0, 1000)).orElse(1),
                a.memoryBudget.map(RequestParser::bytes).orElseGet(MachineMemory::available),
                Compilation.tuningBudget(
                        a.tuningBudget,
                        variants.stream()
                                .flatMap(variant -> variant.mode().stream())
                                .distinct()
                                .toList()));
        return new Benchmarker.Request(
                suite,
                a.threads
                        .map(n -> RequestParser.whole("--threads", n, 1, 1024))
                        .orElseGet(Runtime.getRuntime()::availableProcessors),
                command);
    }

    /* Comma-separated, none twice. */
    private static List<String> words(String flag, String text) {
        List<String> words = Arrays.asList(text.split(",", -1));
        if (words.stream().distinct().count() < words.size()) {
            throw CliException.usage(flag, "each once", text);
        }
        return words;
    }

    private static List<BenchmarkModel> models(String text) {
        return words("--models", text).stream()
                .flatMap(BenchParser::named)
                .distinct()
                .toList();
    }

    private static Stream<BenchmarkModel> named(String word) {
        if (word.equals(VAE)) { // SD 1.5's is the same network
            return Stream.of(BenchmarkModel.SDXL_VAE_DECODE);
        }
        List<BenchmarkModel> found = Arrays.stream(BenchmarkModel.values())
                .filter(model ->
                        model.label().equals(word) || model.checkpoint().label().equals(word))
                .toList();
        if (found.isEmpty()) {
            throw CliException.usage(
                    "--models",
                    "%s, %s, %s"
                            .formatted(
                                    Arrays.stream(TrueSize.values())
                                            .map(TrueSize::label)
                                            .collect(joining(", ")),
                                    VAE,
                                    BenchmarkModel.labels()),
                    word);
        }
        return found.stream();
    }

    private static List<Variant> ladder(BenchArguments a) {
        Map<String, Boolean> others = new LinkedHashMap<>();
        others.put("--dtypes", a.dtypes.isPresent());
        others.put("--fuse-qkv", a.fuseQkv);
        others.put("--quantize", a.quantize.isPresent());
        others.put("--regional", a.regional);
        CliException.refuse(others, "expected none beside --ladder, which has steps of its own");
        String word = a.modes.orElse(Mode.MAX_AUTOTUNE.toString());
        return Ladder.steps(
                Mode.find(word).orElseThrow(() -> CliException.usage("--modes", "one of " + Mode.names(), word)));
    }

    private static List<ModelForm> forms(BenchArguments a) {
        return words("--dtypes", a.dtypes.orElse("f32")).stream()
                .map(word -> ModelForm.PLAIN.withDtype(dtype(word)))
                .map(form -> a.fuseQkv ? form.withFuseQkv() : form)
                .flatMap(form -> Stream.concat(
                        Stream.of(form), configs(a.quantize).stream().map(form::withQuantization)))
                .toList();
    }

    /* Groups of int4 don't divide all layers that the filters choose. */
    private static List<QuantizationConfig> configs(Optional<String> text) {
        return text.map(words -> words("--quantize", words).stream()
                        .map(word -> QuantizationConfig.all().stream()
                                .filter(config -> config.label().equals(word))
                                .filter(config -> !(config instanceof QuantizationConfig.Int4WeightOnly))
                                .findFirst()
                                .orElseThrow(() -> CliException.usage(
                                        "--quantize",
                                        "int8-dynamic, int8-weight-only, float8-weight-only, float8-dynamic",
                                        word)))
                        .toList())
                .orElse(List.of());
    }

    private static DType dtype(String word) {
        return switch (word) {
            case "f32" -> DType.F32;
            case "bf16" -> DType.BF16;
            case "f16" -> DType.F16;
            default -> throw CliException.usage("--dtypes", "f32, bf16, f16", word);
        };
    }

    private static List<Variant> variants(
            List<BenchmarkModel> models, List<ModelForm> forms, String modes, boolean regional) {
        List<Variant> variants = new ArrayList<>();
        for (ModelForm form : forms) {
            for (String word : words("--modes", modes)) {
                Optional<Mode> mode = mode(word);
                variants.add(new Variant(form, mode, false));
                if (regional && mode.isPresent()) {
                    variants.add(new Variant(form, mode, true));
                }
            }
        }
        if (regional && variants.stream().noneMatch(Variant::regional)) {
            throw CliException.usage("--regional", "a mode that compiles beside it", modes);
        }
        if (regional && models.stream().allMatch(model -> model.repeatedBlocks().isEmpty())) {
            throw CliException.usage("--regional", "a model that repeats blocks, a UNet, beside it", labels(models));
        }
        return variants;
    }

    private static Optional<Mode> mode(String word) {
        if (word.equals(EAGER)) {
            return Optional.empty();
        }
        return Optional.of(
                Mode.find(word).orElseThrow(() -> CliException.usage("--modes", EAGER + ", " + Mode.names(), word)));
    }

    private static List<Packager.Size> sizes(List<BenchmarkModel> models, Optional<String> text) {
        if (text.isPresent() && models.stream().noneMatch(BenchmarkModel::hasSize)) {
            throw CliException.usage("--sizes", "a UNet or VAE beside it", labels(models));
        }
        return text.map(sizes -> words("--sizes", sizes).stream()
                        .map(RequestParser::size)
                        .toList())
                .orElse(List.of());
    }

    private static Stream<Workload> workloads(BenchmarkModel model, List<Packager.Size> sizes, List<Integer> batches) {
        List<Packager.Size> own = List.of(new Packager.Size(model.ownSize(), model.ownSize()));
        return (sizes.isEmpty() || !model.hasSize() ? own : sizes)
                .stream()
                        .flatMap(size ->
                                batches.stream().map(batch -> new Workload(model, size.width(), size.height(), batch)));
    }

    private static String labels(List<BenchmarkModel> models) {
        return models.stream().map(BenchmarkModel::label).collect(joining(","));
    }
}
