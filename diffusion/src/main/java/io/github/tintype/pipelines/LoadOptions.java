package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.quantization.LayerChange;
import io.github.tintype.tensor.DType;
import java.util.Map;
import java.util.Optional;

/**
 * How a checkpoint is loaded.
 *
 * @param variant of the weight files, for example {@code fp16}; none means the files without a variant
 * @param dtypes that the models compute in; files of another floating type are converted
 * @param fuseQkv whether projections of attentions are fused, before anything is quantised
 * @param quantization how the layers of a component are quantised or kept in a narrower type, by its name in the folder, e.g. {@code unet}: a rule for all, or {@link
 *     io.github.tintype.quantization.LayerChoice#components}. It is done whenever its weights are bound, one after the other, so that
 *     at most one of them is in memory as the file has it
 * @param listener hears of the graphs and plans of components that aren't compiled
 */
public record LoadOptions(
        Optional<String> variant,
        ComponentTypes dtypes,
        boolean fuseQkv,
        Map<String, LayerChange> quantization,
        CompileListener listener) {
    /** Files without a variant, computing in f32. */
    public static final LoadOptions DEFAULT =
            new LoadOptions(Optional.empty(), ComponentTypes.all(DType.F32), false, Map.of(), CompileListener.NONE);

    public LoadOptions {
        quantization = Map.copyOf(quantization);
    }

    /** These options with the weight files of {@code variant}. */
    public LoadOptions withVariant(String variant) {
        return new LoadOptions(Optional.of(variant), dtypes, fuseQkv, quantization, listener);
    }

    /** These options with all models computing in {@code dtype}. @throws RequestException if nothing computes in it */
    public LoadOptions withDtype(DType dtype) {
        return withDtypes(ComponentTypes.all(dtype));
    }

    /** These options with other types. */
    public LoadOptions withDtypes(ComponentTypes others) {
        return new LoadOptions(variant, others, fuseQkv, quantization, listener);
    }

    /** These options with the projections of UNet and VAE fused. */
    public LoadOptions withFuseQkv() {
        return new LoadOptions(variant, dtypes, true, quantization, listener);
    }

    /** These options with someone who hears of the graphs and plans of components that aren't compiled. */
    public LoadOptions withListener(CompileListener other) {
        return new LoadOptions(variant, dtypes, fuseQkv, quantization, other);
    }

    /**
     * These options with the components quantised that {@code byComponent} names. A name that the model has no weights for is an error
     * when it is loaded, and so is a choice of layers that was made for another model.
     */
    public LoadOptions withQuantization(Map<String, ? extends LayerChange> byComponent) {
        return new LoadOptions(variant, dtypes, fuseQkv, Map.copyOf(byComponent), listener);
    }
}
