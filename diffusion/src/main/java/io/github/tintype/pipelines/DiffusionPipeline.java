package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Prepared;
import io.github.tintype.io.ModelFolder;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.runtime.Engine;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A checkpoint ready to make pictures from text. Immutable; {@link #generate} may be called by several threads at once. The weights
 * stay mapped from the checkpoint's files until {@link #close}, and are shared by the pipelines derived with {@code with…}.
 */
public sealed interface DiffusionPipeline extends AutoCloseable
        permits StableDiffusionPipeline, StableDiffusionXLPipeline {
    /**
     * Opens a folder written by diffusers and picks the pipeline by {@code _class_name} of its {@code model_index.json}.
     *
     * @throws ModelFormatException if the folder, a configuration or a weight is missing, damaged or not supported
     */
    static DiffusionPipeline load(Path folder, Engine engine, LoadOptions options) {
        String className = ModelFolder.open(folder).className();
        return switch (className) {
            case StableDiffusionPipeline.CLASS_NAME -> StableDiffusionPipeline.load(folder, engine, options);
            case StableDiffusionXLPipeline.CLASS_NAME -> StableDiffusionXLPipeline.load(folder, engine, options);
            default ->
                throw new ModelFormatException("%s: _class_name: got %s, wanted %s or %s"
                        .formatted(
                                folder.resolve("model_index.json"),
                                className,
                                StableDiffusionPipeline.CLASS_NAME,
                                StableDiffusionXLPipeline.CLASS_NAME));
        };
    }

    /**
     * Makes pictures.
     *
     * @throws RequestException if an argument is out of range or not one of this pipeline
     * @throws NonFiniteException if a component yields NaN or infinite values
     */
    GenerateResult generate(GenerateRequest request);

    /**
     * The memory that {@link #generate} needs for a request, from plans alone: no weight is read and nothing runs.
     *
     * @throws RequestException if an argument is out of range or not one of this pipeline
     */
    MemoryNeed memory(GenerateRequest request);

    /**
     * Compiles UNet and VAE for a request as {@link #generate} would, so that its first call, here or in a process that has the same cache, finds all of it:
     * no weight is read and nothing runs. Calls for other sizes come in the order in which requests will.
     *
     * @throws RequestException if an argument is out of range or not one of this pipeline
     */
    List<Prepared> prepare(GenerateRequest request);

    /** The scheduler of this pipeline. */
    Scheduler scheduler();

    /** This pipeline with another scheduler, sharing models and weights. */
    DiffusionPipeline withScheduler(Scheduler scheduler);

    /**
     * This pipeline with one component compiled, sharing models and weights. Compiling happens at the first call.
     *
     * @throws RequestException if the pipeline has no such component
     */
    DiffusionPipeline compile(PipelineComponent component, Compiler compiler, CompileOptions options);

    /** This pipeline with the blocks that its UNet repeats compiled, and nothing else. Source: diffusers' {@code compile_repeated_blocks}. */
    default DiffusionPipeline compileRepeatedBlocks(Compiler compiler, CompileOptions options) {
        return compile(
                PipelineComponent.UNET, compiler, options.withRepeatedBlocks(UNet2DConditionModel.REPEATED_BLOCKS));
    }

    /**
     * The modules of a component, each before its children, as {@link ModuleTree#modules} lists them.
     *
     * @throws RequestException if the pipeline has no such component
     */
    List<Module> modules(PipelineComponent component);

    /**
     * This pipeline with {@code change(module)} in the place of each module of one component, children first, sharing all weights that
     * stay. What was compiled is compiled anew, with the same options. For {@link PipelineComponent#VAE_DECODE} the whole VAE changes.
     *
     * @throws RequestException if the pipeline has no such component
     * @throws io.github.tintype.trace.StructureException if a module becomes something that its place doesn't take
     */
    DiffusionPipeline withModules(PipelineComponent component, UnaryOperator<Module> change);

    /**
     * Writes this pipeline to a new folder that {@link #load} reads: its models with the weights that they have now, quantised layers as such, and everything else as it is in
     * {@code source}. The folder is there when it is whole, or not at all. At most two tensors are in memory.
     *
     * @param source the folder that this pipeline was loaded from
     * @param target a folder that isn't there
     * @throws RequestException if it is, or a layer is quantised whose weight was put together of several, as fused projections are
     * @throws java.io.UncheckedIOException if it can't be written
     */
    default void save(Path source, Path target) {
        new PipelineWriter(this, ModelFolder.open(source)).write(target);
    }

    /** What compiling has come to so far, for each component. */
    List<Explanation> explain();

    /** Lets go of the weights; they are unmapped when the last pipeline that shares them is closed. Closing twice is harmless. */
    @Override
    void close();
}
