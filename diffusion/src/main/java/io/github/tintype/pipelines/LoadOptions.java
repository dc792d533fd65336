package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.tensor.DType;
import java.util.Optional;

/**
 * How a checkpoint is loaded.
 *
 * @param variant of the weight files, for example {@code fp16}; none means the files without a variant
 * @param dtypes that the models compute in; files of another floating type are converted
 * @param listener hears of the graphs and plans of components that aren't compiled
 */
public record LoadOptions(Optional<String> variant, ComponentTypes dtypes, CompileListener listener) {
    /** Files without a variant, computing in f32. */
    public static final LoadOptions DEFAULT =
            new LoadOptions(Optional.empty(), ComponentTypes.all(DType.F32), CompileListener.NONE);

    /** These options with the weight files of {@code variant}. */
    public LoadOptions withVariant(String variant) {
        return new LoadOptions(Optional.of(variant), dtypes, listener);
    }

    /** These options with all models computing in {@code dtype}. @throws RequestException if nothing computes in it */
    public LoadOptions withDtype(DType dtype) {
        return withDtypes(ComponentTypes.all(dtype));
    }

    /** These options with other types. */
    public LoadOptions withDtypes(ComponentTypes others) {
        return new LoadOptions(variant, others, listener);
    }

    /** These options with someone who hears of the graphs and plans of components that aren't compiled. */
    public LoadOptions withListener(CompileListener other) {
        return new LoadOptions(variant, dtypes, other);
    }
}
