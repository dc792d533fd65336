package io.github.tintype.pipelines;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Mode;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.runtime.Engine;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A deterministic picture of the model that comes along is the same to the last bit for any number of threads, whatever the cache holds. */
class DeterministicPictureTest {
    private static final Path MODEL = Path.of("../models/tiny-cartoon-sdxl/pipeline");

    @TempDir
    static Path cache = Path.of("");

    @Test
    void uncompiled() {
        assertSame(CompileOptions.EAGER);
    }

    @ParameterizedTest
    @EnumSource
    void compiled(Mode mode) {
        assertSame(CompileOptions.DEFAULT.withMode(mode));
    }

    /* The first finds nothing of this mode in the cache, the others all. */
    private static void assertSame(CompileOptions options) {
        ByteBuffer cold = picture(1, options);
        assertThat(picture(2, options)).isEqualTo(cold);
        assertThat(picture(3, options)).isEqualTo(cold);
    }

    private static ByteBuffer picture(int threads, CompileOptions options) {
        CpuDevice.Settings settings =
                CpuDevice.Settings.here().withThreads(threads).withCache(cache).withDeterministic(true);
        try (Engine engine = Engine.on(CpuDevice.open(settings));
                DiffusionPipeline loaded = DiffusionPipeline.load(MODEL, engine, LoadOptions.DEFAULT);
                DiffusionPipeline unet =
                        loaded.compile(PipelineComponent.UNET, new Compiler(engine, CompileListener.NONE), options);
                DiffusionPipeline both = unet.compile(
                        PipelineComponent.VAE_DECODE, new Compiler(engine, CompileListener.NONE), options)) {
            GenerateRequest request = GenerateRequest.builder("a cat")
                    .numInferenceSteps(2)
                    .seeds(List.of(1L))
                    .build();
            return both.generate(request).images().getFirst().data().asByteBuffer();
        }
    }
}
