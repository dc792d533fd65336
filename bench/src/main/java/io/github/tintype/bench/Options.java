package io.github.tintype.bench;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.benchmark.ModelForm;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Mode;
import io.github.tintype.compile.RegionPolicy;
import io.github.tintype.quantization.QuantizationConfig;
import io.github.tintype.quantization.QuantizationConfig.Int8DynamicActivationInt8Weight;
import io.github.tintype.tensor.DType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code --name value} pairs and {@code --flag}s of a command line; each is read once, and what nobody reads is an error. */
final class Options {
    private static final List<String> UNET_BLOCKS = List.of("BasicTransformerBlock");

    private final Map<String, String> values = new HashMap<>();

    /** @param flags names without a value */
    Options(String[] args, String... flags) {
        for (int i = 0; i < args.length; i++) {
            String name = args[i];
            boolean flag = Arrays.asList(flags).contains(name);
            if (!name.startsWith("--") || (!flag && i + 1 == args.length) || values.containsKey(name)) {
                throw new IllegalArgumentException(
                        "arguments: got %s, wanted each --option once, with its value".formatted(name));
            }
            values.put(name, flag ? "true" : args[++i]);
        }
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.remove(name));
    }

    String required(String name) {
        return text(name).orElseThrow(() -> new IllegalArgumentException(name + ": got none, wanted a value"));
    }

    /** {@code --model}. @throws IllegalArgumentException naming what there is */
    BenchmarkModel model() {
        return model("--model", required("--model"));
    }

    /** Models by their labels, with commas between; none without the option. @throws IllegalArgumentException naming what there is */
    List<BenchmarkModel> models(String name) {
        return text(name).stream()
                .flatMap(labels -> Arrays.stream(labels.split(",", -1)))
                .map(label -> model(name, label))
                .toList();
    }

    private static BenchmarkModel model(String name, String label) {
        return BenchmarkModel.find(label)
                .orElseThrow(() -> new IllegalArgumentException(
                        "%s: got %s, wanted %s".formatted(name, label, BenchmarkModel.labels())));
    }

    int integer(String name, int otherwise) {
        return text(name).map(value -> parse(name, value)).orElse(otherwise);
    }

    private static int parse(String name, String value) {
        try {
            int number = Integer.parseInt(value);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("%s: got %s, wanted a positive integer".formatted(name, value));
    }

    boolean flag(String name) {
        return text(name).isPresent();
    }

    /** A type of floats by the name that options give it. */
    DType floats(String name, DType otherwise) {
        Optional<String> word = text(name);
        return word.map(type -> Stream.of(DType.F32, DType.BF16, DType.F16)
                        .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(type))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(
                                "%s: got %s, wanted f32, bf16 or f16".formatted(name, type))))
                .orElse(otherwise);
    }

    /** {@code --dtype} that a model computes in, and {@code --quantize} of its layers: {@link ModelForm#PLAIN} without. */
    ModelForm form() {
        ModelForm form = ModelForm.PLAIN.withDtype(floats("--dtype", DType.F32));
        QuantizationConfig dynamic = new Int8DynamicActivationInt8Weight();
        return text("--quantize")
                .map(scheme -> {
                    if (!scheme.equals(dynamic.label())) {
                        throw new IllegalArgumentException(
                                "--quantize: got %s, wanted %s".formatted(scheme, dynamic.label()));
                    }
                    return form.withQuantization(dynamic);
                })
                .orElse(form);
    }

    /** {@code --compile MODE} and {@code --regions}, as they are read by all benchmarks; eager without. */
    CompileOptions compile() {
        Optional<String> regions = text("--regions");
        Optional<String> mode = text("--compile");
        if (mode.isEmpty()) {
            if (regions.isPresent()) {
                throw new IllegalArgumentException("--regions: wanted with --compile only");
            }
            return CompileOptions.EAGER;
        }
        CompileOptions compile =
                CompileOptions.DEFAULT.withMode(Mode.parse(mode.get())).withFullgraph(true);
        return regions.map(kind -> switch (kind) {
                    case "blocks" -> compile.withRepeatedBlocks(UNET_BLOCKS);
                    case "lists" -> compile.withRegions(new RegionPolicy.ModuleLists());
                    default ->
                        throw new IllegalArgumentException("--regions: got %s, wanted blocks or lists".formatted(kind));
                })
                .orElse(compile);
    }

    /** @throws IllegalArgumentException naming what was not read */
    void requireAllRead() {
        if (!values.isEmpty()) {
            throw new IllegalArgumentException(
                    "arguments: got %s, which is no option".formatted(List.copyOf(values.keySet())));
        }
    }
}
