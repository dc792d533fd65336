package io.github.tintype.app;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.pipelines.ComponentTypes;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What is made of a model before it is compiled or run.
 *
 * @param variant of the weight files
 * @param dtypes that its components compute in
 * @param fuseQkv whether projections of attentions are fused
 * @param attention how attention is computed
 */
record ModelSetup(Optional<String> variant, ComponentTypes dtypes, boolean fuseQkv, AttentionUse attention) {
    static final ModelSetup NONE =
            new ModelSetup(Optional.empty(), ComponentTypes.all(DType.F32), false, AttentionUse.NONE);

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
                AttentionUse.of(a.attention));
    }

    /** Opens the model in {@code folder}. */
    DiffusionPipeline open(Path folder, Engine engine, CompileListener listener) {
        LoadOptions options = new LoadOptions(variant, dtypes, listener);
        try (DiffusionPipeline loaded = DiffusionPipeline.load(folder, engine, options);
                DiffusionPipeline fused = fuseQkv ? loaded.fuseQkvProjections() : shared(loaded)) {
            return shared(attention.apply(fused));
        }
    }

    /* The same, closed apart. */
    private static DiffusionPipeline shared(DiffusionPipeline pipeline) {
        return pipeline.withScheduler(pipeline.scheduler());
    }
}
