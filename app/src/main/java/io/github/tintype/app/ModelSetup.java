package io.github.tintype.app;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.pipelines.ComponentTypes;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.quantization.LayerwiseCasting;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What is made of a model before it is compiled or run.
 *
 * @param variant of the weight files
 * @param dtypes that its components compute in
 * @param fuseQkv whether projections of attentions are fused
 * @param quantization how and which layers are quantised, after fusing; otherwise none
 * @param layerwiseCasting of the UNet
 * @param attention how attention is computed
 */
record ModelSetup(
        Optional<String> variant,
        ComponentTypes dtypes,
        boolean fuseQkv,
        Optional<QuantizedComponents> quantization,
        Optional<LayerwiseCasting> layerwiseCasting,
        AttentionUse attention) {
    static final ModelSetup NONE = new ModelSetup(
            Optional.empty(),
            ComponentTypes.all(DType.F32),
            false,
            Optional.empty(),
            Optional.empty(),
            AttentionUse.NONE);

    /**
     * What {@code a} asks for.
     *
     * @throws CliException for what there isn't
     * @throws io.github.tintype.pipelines.RequestException for a type that there isn't
     */
    static ModelSetup of(ModelArguments a) {
        return new ModelSetup(
                a.variant,
                a.dtype.map(ComponentTypes::parse).orElse(NONE.dtypes),
                a.fuseQkv,
                quantization(a),
                a.layerwiseCasting.map(ModelSetup::layerwiseCasting),
                AttentionUse.of(a.attention));
    }

    private static Optional<QuantizedComponents> quantization(ModelArguments a) {
        if (a.quantize.isEmpty()) {
            Map<String, Boolean> needs = new LinkedHashMap<>();
            needs.put("--group-size", a.quantized.groupSize.isPresent());
            needs.put("--filter", a.quantized.filter.isPresent());
            needs.put("--components", a.quantized.components.isPresent());
            CliException.refuse(needs, "expected --quantize beside it, found none");
        }
        return a.quantize.map(config -> QuantizedComponents.of("--quantize", config, a.quantized));
    }

    private static LayerwiseCasting layerwiseCasting(String value) {
        return switch (value) {
            case "f8_e4m3" -> LayerwiseCasting.to(DType.F8_E4M3);
            case "f8_e5m2" -> LayerwiseCasting.to(DType.F8_E5M2);
            default -> throw CliException.usage("--layerwise-casting", "f8_e4m3 or f8_e5m2", value);
        };
    }

    /** What models compute in, e.g. {@code bf16 int8-dynamic}. */
    String type() {
        return dtypes
                + quantization.map(what -> " " + what.label()).orElse("")
                + layerwiseCasting
                        .map(casting -> " stored in " + casting.storage().name().toLowerCase(Locale.ROOT))
                        .orElse("");
    }

    /** Opens the model in {@code folder}. */
    DiffusionPipeline open(Path folder, Engine engine, CompileListener listener) {
        return open(folder, () -> engine, listener);
    }

    /** As {@link #open(Path, Engine, CompileListener)}, on an engine that may still be opening. */
    DiffusionPipeline open(Path folder, Supplier<Engine> engine, CompileListener listener) {
        LoadOptions options = new LoadOptions(
                variant,
                dtypes,
                fuseQkv,
                quantization.map(QuantizedComponents::byFolder).orElse(Map.of()),
                listener);
        try (DiffusionPipeline loaded = DiffusionPipeline.load(folder, engine, options);
                DiffusionPipeline attending = attention.apply(loaded)) {
            return layerwiseCasting
                    .map(casting -> attending.withLayerwiseCasting(PipelineComponent.UNET, casting))
                    .orElseGet(() -> attending.withScheduler(attending.scheduler()));
        }
    }
}
