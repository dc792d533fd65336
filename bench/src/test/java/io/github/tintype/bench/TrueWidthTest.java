package io.github.tintype.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Mode;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.runtime.Engine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrueWidthTest {
    private Engine engine;

    @BeforeAll
    void open() {
        engine = Engine.on(CpuDevice.open(2));
    }

    @AfterAll
    void close() {
        engine.close();
    }

    static List<String> blocks() {
        return TrueWidthCase.BLOCKS;
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void blocksEqualPyTorchsInDouble(String id, @TempDir Path folder) {
        assertEqual(id, CompileOptions.EAGER, folder);
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void compiledBlocksEqualPyTorchsInDouble(String id, @TempDir Path folder) {
        assertEqual(id, CompileOptions.DEFAULT.withMode(Mode.MAX_AUTOTUNE).withFullgraph(true), folder);
    }

    private void assertEqual(String id, CompileOptions options, Path folder) {
        TrueWidthCase block = TrueWidthCase.read(id);
        assertThat(TrueWidth.error(block, engine, options, folder)).isLessThanOrEqualTo(block.tolerance());
    }
}
