package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Prepared;
import io.github.tintype.io.ModelFolder;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.attention.AttentionLayer;
import io.github.tintype.models.attention.AttentionSlicing;
import io.github.tintype.models.attention.FusibleAttention;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.quantization.LayerwiseCasting;
import io.github.tintype.runtime.Engine;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
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
        return load(folder, () -> engine, options);
    }

    /**
     * As {@link #load(Path, Engine, LoadOptions)}, on an engine that may still be opening: it is asked for when all files have been read, and once.
     *
     * @throws ModelFormatException if the folder, a configuration or a weight is missing, damaged or not supported
     */
    static DiffusionPipeline load(Path folder, Supplier<Engine> engine, LoadOptions options) {
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
     * This pipeline with one component's model changed, sharing all weights that stay. What was compiled is compiled anew, with the same options. For {@link
     * PipelineComponent#VAE_DECODE} the whole VAE changes.
     *
     * @throws RequestException if the pipeline has no such component
     * @throws io.github.tintype.trace.StructureException if something becomes what its place doesn't take
     */
    DiffusionPipeline with(PipelineComponent component, ModelChange change);

    /** This pipeline with {@code change(module)} in the place of each module of one component, children first: see {@link #with}. */
    default DiffusionPipeline withModules(PipelineComponent component, UnaryOperator<Module> change) {
        return with(component, new ModelChange.OfModules(change));
    }

    /** This pipeline with {@code change(weight)} in the place of each weight of one component: see {@link #with}. */
    default DiffusionPipeline withWeights(PipelineComponent component, UnaryOperator<Weight> change) {
        return with(component, new ModelChange.OfWeights(change));
    }

    /** The components that this pipeline has. */
    Set<PipelineComponent> components();

    /**
     * This pipeline with all of its models computing in {@code dtype}. What a narrower type has rounded stays rounded.
     *
     * @throws RequestException if nothing computes in it, or a layer is quantised
     */
    default DiffusionPipeline to(DType dtype) {
        ComponentTypes.all(dtype);
        try {
            return changed(components(), new ModelChange.OfWeights(weight -> weight.to(dtype)));
        } catch (ShapeException e) {
            throw new RequestException(Objects.requireNonNull(e.getMessage()));
        }
    }

    /**
     * This pipeline with the weights of one component's linear layers and convolutions in 8 bits, widened whenever a layer runs. Source: diffusers' {@code enable_layerwise_casting}.
     *
     * @throws RequestException if the pipeline has no such component, or a layer is quantised
     */
    default DiffusionPipeline withLayerwiseCasting(PipelineComponent component, LayerwiseCasting casting) {
        try {
            return withModules(component, casting);
        } catch (ShapeException e) {
            throw new RequestException(Objects.requireNonNull(e.getMessage()));
        }
    }

    /**
     * This pipeline with the projections of each attention of UNet or VAE fused: queries, keys and values, or in cross attention keys and values, come from one
     * layer. The weights of the parts aren't kept beside it. What is fused stays so. Source: diffusers' {@code fuse_qkv_projections}.
     *
     * @throws RequestException if neither is to be fused, or a layer is quantised: {@link LoadOptions#withFuseQkv} fuses before
     */
    default DiffusionPipeline fuseQkvProjections(boolean unet, boolean vae) {
        return withProjections("fuseQkvProjections", unet, vae, FusibleAttention.fuse());
    }

    /** {@link #fuseQkvProjections(boolean, boolean)} of both. */
    default DiffusionPipeline fuseQkvProjections() {
        return fuseQkvProjections(true, true);
    }

    /**
     * This pipeline with a layer for each projection again.
     *
     * @throws RequestException if neither is named, or one that isn't fused
     */
    default DiffusionPipeline unfuseQkvProjections(boolean unet, boolean vae) {
        for (PipelineComponent component : fusible(unet, vae)) {
            if (modules(component).stream()
                    .noneMatch(module -> module instanceof FusibleAttention attention
                            && attention.projections().fused())) {
                throw new RequestException("unfuseQkvProjections: %s isn't fused".formatted(component));
            }
        }
        return withProjections("unfuseQkvProjections", unet, vae, FusibleAttention.unfuse());
    }

    private DiffusionPipeline withProjections(String name, boolean unet, boolean vae, UnaryOperator<Module> change) {
        List<PipelineComponent> components = fusible(unet, vae);
        if (components.isEmpty()) {
            throw new RequestException("%s: got neither unet nor vae, wanted one or both".formatted(name));
        }
        try {
            return changed(components, new ModelChange.OfModules(change));
        } catch (ShapeException e) {
            throw new RequestException(Objects.requireNonNull(e.getMessage()));
        }
    }

    private static List<PipelineComponent> fusible(boolean unet, boolean vae) {
        List<PipelineComponent> components = new ArrayList<>();
        if (unet) {
            components.add(PipelineComponent.UNET);
        }
        if (vae) {
            components.add(PipelineComponent.VAE_DECODE);
        }
        return components;
    }

    /* Each step shares with the one before, which closes. */
    private DiffusionPipeline changed(Collection<PipelineComponent> components, ModelChange change) {
        DiffusionPipeline changed = withScheduler(scheduler());
        for (PipelineComponent component : components) {
            try (DiffusionPipeline before = changed) { // also if it can't be changed
                changed = before.with(component, change);
            }
        }
        return changed;
    }

    /** This pipeline with {@code change(module)} in the place of each module of all components. */
    default DiffusionPipeline withModules(UnaryOperator<Module> change) {
        return changed(components(), new ModelChange.OfModules(change));
    }

    /** This pipeline with all attention of UNet, VAE and text encoders by {@code backend}. That it can't compute some of it is an error of {@link #generate}. */
    default DiffusionPipeline withAttentionBackend(SdpBackend backend) {
        return withAttentionBackend(SdpaChoice.of(backend));
    }

    /** This pipeline with all attention by some back ends, whatever a caller chooses by {@link io.github.tintype.trace.SdpaKernel}. */
    default DiffusionPipeline withAttentionBackend(SdpaChoice choice) {
        return changed(components(), new ModelChange.OfModules(AttentionLayer.by(choice)));
    }

    /** This pipeline with attention as its caller chooses. */
    default DiffusionPipeline withoutAttentionBackend() {
        return changed(components(), new ModelChange.OfModules(AttentionLayer.byCaller()));
    }

    /**
     * This pipeline with the scores of some heads of its UNet at once. VAEs have one head. Source: diffusers' {@code enable_attention_slicing}.
     *
     * @throws RequestException if a layer has fewer heads
     */
    default DiffusionPipeline withAttentionSlicing(AttentionSlicing slicing) {
        try {
            return withModules(PipelineComponent.UNET, AttentionLayer.sliced(slicing));
        } catch (ShapeException e) {
            throw new RequestException(Objects.requireNonNull(e.getMessage()));
        }
    }

    /**
     * Writes this pipeline to a new folder that {@link #load} reads: its models with the weights that they have now, quantised layers as such, others in the type that they
     * were loaded from or compute in, whichever is narrower, and everything else as it is in {@code source}. The folder is there when it is whole, or not at all. At most two tensors are in memory.
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
