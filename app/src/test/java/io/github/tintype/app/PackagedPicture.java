package io.github.tintype.app;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CompiledPackage;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.runtime.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Pictures of a machine with an empty cache: one after another in two sizes, as a program would ask for them. */
final class PackagedPicture {
    private PackagedPicture() {}

    /**
     * @param compiled what was in no package
     * @param opened how often the compiler was loaded
     * @param pictures their values, in order
     */
    record Outcome(int compiled, int opened, List<List<Float>> pictures) {}

    /* The installed compiler, counted. */
    private record Counted(LoopCompilerProvider installed, AtomicInteger opened) implements LoopCompilerProvider {
        @Override
        public String name() {
            return installed.name();
        }

        @Override
        public String version() {
            return installed.version();
        }

        @Override
        public Target host() {
            return installed.host();
        }

        @Override
        public LoopCompiler open(Path cache) {
            opened.incrementAndGet();
            return installed.open(cache);
        }
    }

    static Outcome draw(Path model, CompileOptions options, List<Path> packages, Path cache) throws IOException {
        Counted compiler = new Counted(LoopCompilerProvider.installed().orElseThrow(), new AtomicInteger());
        CpuDevice.Settings here = CpuDevice.Settings.here();
        Files.createDirectories(cache);
        Files.createSymbolicLink(cache.resolve("native"), here.cache().resolve("native")); // unpacked once is enough
        List<CompiledPackage> opened =
                packages.stream().map(CompiledPackage::open).toList();
        CpuDevice device = CpuDevice.open(
                here.withThreads(2).withCache(cache).withPackages(opened).withLoopCompiler(Optional.of(compiler)));
        try (Packages _ = new Packages(opened);
                Engine engine = Engine.on(device);
                DiffusionPipeline loaded = DiffusionPipeline.load(model, engine, LoadOptions.DEFAULT);
                DiffusionPipeline pipeline =
                        new Compilation(options, false).apply(loaded, new Compiler(engine, CompileListener.NONE))) {
            List<List<Float>> pictures = new ArrayList<>();
            for (int height : List.of(64, 128)) {
                GenerateRequest request = GenerateRequest.builder("a red rocket")
                        .numInferenceSteps(2)
                        .seed(1)
                        .width(64)
                        .height(height)
                        .build();
                float[] picture = pipeline.generate(request).images().getFirst().toFloats();
                List<Float> values = new ArrayList<>();
                for (float value : picture) {
                    values.add(value);
                }
                pictures.add(values);
            }
            int compiled = device.cache().orElseThrow().report().missed().size();
            return new Outcome(compiled, compiler.opened().get(), pictures);
        }
    }
}
