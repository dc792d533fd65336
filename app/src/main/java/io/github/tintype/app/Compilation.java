package io.github.tintype.app;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.capture.Mode;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.PipelineComponent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How the models of a request are compiled.
 *
 * @param regional whether only the blocks that the UNet repeats are compiled
 */
record Compilation(CompileOptions options, boolean regional) {
    /**
     * What {@code a} asks for, if it asks for compiling.
     *
     * @param others flags of the same command that mean nothing without it, and whether they are given
     * @throws CliException for one of them alone, and for a mode that there isn't
     */
    static Optional<Compilation> asked(CompileArguments a, Map<String, Boolean> others) {
        if (a.mode.isEmpty()) {
            Map<String, Boolean> needs = new LinkedHashMap<>();
            needs.put("--dynamic", a.dynamic);
            needs.put("--regional", a.regional);
            needs.put("--fullgraph", a.fullgraph);
            needs.putAll(others);
            CliException.refuse(needs, "expected --compile beside it, found none");
        }
        return a.mode.map(mode -> of(a, mode));
    }

    /** What {@code a} asks for, in {@code mode}. @throws CliException for a mode that there isn't */
    static Compilation of(CompileArguments a, String mode) {
        CompileOptions options = CompileOptions.DEFAULT
                .withMode(mode(mode))
                .withDynamic(a.dynamic ? Dynamic.ALWAYS : Dynamic.AUTO)
                .withDuckShape(!a.dynamic)
                .withFullgraph(a.fullgraph);
        return new Compilation(options, a.regional);
    }

    private static Mode mode(String value) {
        return Mode.find(value).orElseThrow(() -> CliException.usage("--compile", "one of " + Mode.names(), value));
    }

    /** UNet and VAE, as the guide does; a text encoder runs once for a prompt. */
    DiffusionPipeline apply(DiffusionPipeline pipeline, Compiler compiler) {
        if (regional) {
            return pipeline.compileRepeatedBlocks(compiler, options); // a VAE repeats none
        }
        try (DiffusionPipeline unet = pipeline.compile(PipelineComponent.UNET, compiler, options)) {
            return unet.compile(PipelineComponent.VAE_DECODE, compiler, options);
        }
    }
}
