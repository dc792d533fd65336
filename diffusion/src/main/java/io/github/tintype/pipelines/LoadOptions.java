package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.tensor.DType;
import java.util.Optional;

/**
 * How a checkpoint is loaded.
 *
 * @param variant of the weight files, for example {@code fp16}; none means the files without a variant
 * @param dtype that the models compute in; files of another floating type are converted
 * @param listener hears of the graphs and plans of components that aren't compiled
 */
public record LoadOptions(Optional<String> variant, DType dtype, CompileListener listener) {
    /** Files without a variant, computing in f32. */
    public static final LoadOptions DEFAULT = new LoadOptions(Optional.empty(), DType.F32, CompileListener.NONE);

    public LoadOptions {
        if (dtype != DType.F32) {
            throw new RequestException("load: got dtype %s, wanted F32".formatted(dtype));
        }
    }

    /** These options with the weight files of {@code variant}. */
    public LoadOptions withVariant(String variant) {
        return new LoadOptions(Optional.of(variant), dtype, listener);
    }

    /** These options with someone who hears of the graphs and plans of components that aren't compiled. */
    public LoadOptions withListener(CompileListener other) {
        return new LoadOptions(variant, dtype, other);
    }
}
