package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.quantization.Quantization;
import io.github.tintype.tensor.DType;
import java.util.Map;
import java.util.Optional;

/**
 * How a checkpoint is loaded.
 *
 * @param variant of the weight files, for example {@code fp16}; none means the files without a variant
 * @param dtype that the models compute in; files of another floating type are converted
 * @param quantization how the layers of a component are quantised, by its name in the folder, e.g. {@code unet}: whenever its weights are bound, one after the other, so that
 *     at most one of them is in memory as the file has it
 * @param listener hears of the graphs and plans of components that aren't compiled
 */
public record LoadOptions(
        Optional<String> variant, DType dtype, Map<String, Quantization> quantization, CompileListener listener) {
    /** Files without a variant, computing in f32. */
    public static final LoadOptions DEFAULT =
            new LoadOptions(Optional.empty(), DType.F32, Map.of(), CompileListener.NONE);

    public LoadOptions {
        quantization = Map.copyOf(quantization);
        if (dtype != DType.F32) {
            throw new RequestException("load: got dtype %s, wanted F32".formatted(dtype));
        }
    }

    /** These options with the weight files of {@code variant}. */
    public LoadOptions withVariant(String variant) {
        return new LoadOptions(Optional.of(variant), dtype, quantization, listener);
    }

    /** These options with someone who hears of the graphs and plans of components that aren't compiled. */
    public LoadOptions withListener(CompileListener other) {
        return new LoadOptions(variant, dtype, quantization, other);
    }

    /**
     * These options with the components quantised that {@code byComponent} names. A name that the model has no weights for is an error
     * when it is loaded.
     */
    public LoadOptions withQuantization(Map<String, Quantization> byComponent) {
        return new LoadOptions(variant, dtype, byComponent, listener);
    }
}
