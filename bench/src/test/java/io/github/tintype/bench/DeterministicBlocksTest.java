package io.github.tintype.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Mode;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.runtime.Engine;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Deterministic blocks of true width, whose work is cut in many ways, are the same to the last bit for any number of threads. */
class DeterministicBlocksTest {
    static final List<String> BLOCKS =
            List.of("resnet-320", "resnet-1280", "transformer-320-8heads", "transformer-1280", "vae-mid-512");

    @TempDir
    static Path cache = Path.of("");

    @ParameterizedTest
    @FieldSource("BLOCKS")
    void uncompiledBlocksAreTheSameForAnyThreads(String id, @TempDir Path folder) {
        assertSame(id, CompileOptions.EAGER, folder);
    }

    @ParameterizedTest
    @FieldSource("BLOCKS")
    void compiledBlocksAreTheSameForAnyThreads(String id, @TempDir Path folder) {
        assertSame(id, CompileOptions.DEFAULT.withFullgraph(true), folder);
    }

    @ParameterizedTest
    @FieldSource("BLOCKS")
    void blocksCompiledAtMostEffortAreTheSameForAnyThreads(String id, @TempDir Path folder) {
        assertSame(id, CompileOptions.DEFAULT.withMode(Mode.MAX_AUTOTUNE).withFullgraph(true), folder);
    }

    /* The first finds nothing of this block in the cache, the others all. */
    private static void assertSame(String id, CompileOptions options, Path folder) {
        ByteBuffer cold = output(id, 1, options, folder);
        assertThat(output(id, 2, options, folder)).isEqualTo(cold);
        assertThat(output(id, 3, options, folder)).isEqualTo(cold);
    }

    private static ByteBuffer output(String id, int threads, CompileOptions options, Path folder) {
        CpuDevice.Settings settings =
                CpuDevice.Settings.here().withThreads(threads).withCache(cache).withDeterministic(true);
        try (Engine engine = Engine.on(CpuDevice.open(settings))) {
            return TrueWidth.output(TrueWidthCase.read(id), engine, options, folder)
                    .data()
                    .asByteBuffer();
        }
    }
}
