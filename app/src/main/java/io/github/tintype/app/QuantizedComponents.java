package io.github.tintype.app;

import static java.util.stream.Collectors.joining;

import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.quantization.LayerChange;
import io.github.tintype.quantization.LayerChoice;
import io.github.tintype.quantization.LayerFilter;
import io.github.tintype.quantization.Quantization;
import io.github.tintype.quantization.QuantizationConfig;
import io.github.tintype.quantization.QuantizationException;
import io.github.tintype.quantization.QuantizationReport;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which layers of which components of a model are quantised, and how.
 *
 * @param label what that is called beside the type of the model
 * @param byFolder as load options want it
 */
record QuantizedComponents(String label, Map<String, LayerChange> byFolder) {
    private static final String USUAL = "unet,vae";
    private static final String FILE = ".json";

    QuantizedComponents {
        byFolder = Collections.unmodifiableMap(new LinkedHashMap<>(byFolder));
    }

    /**
     * What the words ask for.
     *
     * @param flag that {@code config} came from: the name of a configuration, or a file that {@code tintype calibrate} wrote
     * @throws CliException for what there isn't
     * @throws io.github.tintype.io.ModelFormatException for a file that is damaged
     */
    static QuantizedComponents of(String flag, String config, QuantizeArguments a) {
        if (config.endsWith(FILE)) {
            return chosen(flag, config, a);
        }
        QuantizationConfig found = config(flag, config, a.groupSize);
        LayerChange how = new Quantization(found, fitting(found, filter(a.filter.orElse("dynamic"))));
        Map<String, LayerChange> byFolder = new LinkedHashMap<>();
        components(a.components.orElse(USUAL)).forEach(component -> byFolder.put(component.folder(), how));
        return new QuantizedComponents(found.label(), byFolder);
    }

    /** The choice in a file, beside which nothing else can be asked for. */
    static QuantizedComponents chosen(String flag, String file, QuantizeArguments a) {
        Map<String, Boolean> others = new LinkedHashMap<>();
        others.put("--group-size", a.groupSize.isPresent());
        others.put("--filter", a.filter.isPresent());
        others.put("--components", a.components.isPresent());
        CliException.refuse(others, "expected none beside a choice of layers, which says it all");
        return new QuantizedComponents(
                "chosen layers",
                new LinkedHashMap<>(
                        LayerChoice.read(RequestParser.readable(flag, file)).components()));
    }

    /** The configuration that {@code flag} names. */
    static QuantizationConfig config(String flag, String label, Optional<String> groupSize) {
        if (QuantizationConfig.all().stream().noneMatch(known -> known.label().equals(label))) {
            throw CliException.usage(
                    flag, "one of " + QuantizationConfig.labels() + ", or a .json of tintype calibrate", label);
        }
        OptionalInt size = groupSize
                .map(value -> OptionalInt.of(RequestParser.whole("--group-size", value, 1, Integer.MAX_VALUE)))
                .orElseGet(OptionalInt::empty);
        try {
            return QuantizationConfig.parse(label, size);
        } catch (QuantizationException e) {
            throw new CliException(ExitCode.USAGE, "--group-size: " + e.getMessage(), e);
        }
    }

    /** The value of {@code --filter}. */
    static LayerFilter filter(String value) {
        return switch (value) {
            case "dynamic" -> LayerFilter.dynamicQuantFilter();
            case "all" -> LayerFilter.all();
            default -> {
                try {
                    yield LayerFilter.paths(value);
                } catch (QuantizationException e) {
                    throw new CliException(ExitCode.USAGE, "--filter: " + e.getMessage(), e);
                }
            }
        };
    }

    /* A group that doesn't divide a layer's inputs keeps that layer out; the report says so. */
    private static LayerFilter fitting(QuantizationConfig config, LayerFilter filter) {
        return config instanceof QuantizationConfig.Int4WeightOnly(int groupSize, var _)
                ? filter.and(LayerFilter.inputsDivisibleBy(groupSize))
                : filter;
    }

    /** The value of {@code --components}. */
    static List<PipelineComponent> components(String value) {
        return Arrays.stream(value.split(",", -1))
                .map(name -> PipelineComponent.ofFolder(name)
                        .orElseThrow(() -> CliException.usage(
                                "--components",
                                "some of "
                                        + Arrays.stream(PipelineComponent.values())
                                                .map(PipelineComponent::folder)
                                                .collect(joining(", ")),
                                name)))
                .distinct()
                .toList();
    }

    /** What became of the layers of a pipeline that was loaded so, by component. */
    Map<String, QuantizationReport> reports(DiffusionPipeline pipeline) {
        Map<String, QuantizationReport> reports = new LinkedHashMap<>();
        byFolder.forEach((name, how) -> reports.put(
                name,
                how.report(pipeline.modules(PipelineComponent.ofFolder(name).orElseThrow()))));
        return reports;
    }
}
