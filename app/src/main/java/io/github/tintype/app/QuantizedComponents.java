package io.github.tintype.app;

import static java.util.stream.Collectors.joining;

import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.quantization.LayerFilter;
import io.github.tintype.quantization.Quantization;
import io.github.tintype.quantization.QuantizationConfig;
import io.github.tintype.quantization.QuantizationException;
import io.github.tintype.quantization.QuantizationReport;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Which components of a model are quantised, and how. */
record QuantizedComponents(Quantization how, List<PipelineComponent> components) {
    private static final String USUAL = "unet,vae";

    QuantizedComponents {
        components = List.copyOf(components);
    }

    /**
     * What the words ask for.
     *
     * @param flag that {@code config} came from
     * @throws CliException for what there isn't
     */
    static QuantizedComponents of(String flag, String config, QuantizeArguments a) {
        QuantizationConfig found = config(flag, config, a.groupSize);
        LayerFilter filter = filter(a.filter.orElse("dynamic"));
        return new QuantizedComponents(
                new Quantization(found, fitting(found, filter)), components(a.components.orElse(USUAL)));
    }

    private static QuantizationConfig config(String flag, String label, Optional<String> groupSize) {
        if (QuantizationConfig.all().stream().noneMatch(known -> known.label().equals(label))) {
            throw CliException.usage(flag, "one of " + QuantizationConfig.labels(), label);
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

    private static LayerFilter filter(String value) {
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

    private static List<PipelineComponent> components(String value) {
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

    /** As load options want it. */
    Map<String, Quantization> byFolder() {
        Map<String, Quantization> byFolder = new LinkedHashMap<>();
        components.forEach(component -> byFolder.put(component.folder(), how));
        return byFolder;
    }

    /** What became of the layers of a pipeline that was loaded so, by component. */
    Map<String, QuantizationReport> reports(DiffusionPipeline pipeline) {
        Map<String, QuantizationReport> reports = new LinkedHashMap<>();
        components.forEach(component -> reports.put(component.folder(), how.report(pipeline.modules(component))));
        return reports;
    }
}
