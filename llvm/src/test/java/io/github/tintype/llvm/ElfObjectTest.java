package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.code.ElfObject;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Image;
import io.github.tintype.code.LoadedImage;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.StandardKernels;
import io.github.tintype.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Real objects, and what damage makes of them: an image or an {@link IllegalArgumentException}, never anything else. */
class ElfObjectTest {
    private static final Program PROGRAM = Objects.requireNonNull(
                    StandardKernels.of(DType.F32).get("layer_norm"))
            .plan()
            .program();

    private static byte[] object() {
        return ((LlvmCompiler) Compiled.LLVM).object(PROGRAM, HostProcessor.target(), CompileEffort.FAST);
    }

    @Test
    void readsWhatTheCompilerWrites() {
        Image image = ElfObject.read(object());
        assertThat(image.entries()).containsOnlyKeys("fused_0");
        assertThat(image).isEqualTo(Compiled.LLVM.compile(PROGRAM, HostProcessor.target(), CompileEffort.FAST));
    }

    @Test
    void refusesFilesThatEndEarly() {
        byte[] object = object();
        for (int length = 0; length < object.length; length += 13) {
            byte[] part = Arrays.copyOf(object, length);
            assertThatThrownBy(() -> ElfObject.read(part)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void neverFailsOtherwiseOnDamage() {
        byte[] object = object();
        SplittableRandom random = new SplittableRandom(1);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = object.clone();
            // Headers and tables are at both ends; the code between may be anything.
            int at = random.nextBoolean() ? random.nextInt(64) : object.length - 1 - random.nextInt(object.length / 2);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            try {
                ElfObject.read(damaged);
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    @Test
    void loadsAndUnloadsWithoutLeaving() throws Exception {
        Image image = ElfObject.read(object());
        for (int i = 0; i < 200; i++) {
            LoadedImage.load(image).close();
            Compiled.LLVM.compile(PROGRAM, HostProcessor.target(), CompileEffort.FAST);
        }
        long before = resident();
        for (int i = 0; i < COMPILES; i++) {
            LoadedImage.load(Compiled.LLVM.compile(PROGRAM, HostProcessor.target(), CompileEffort.FAST))
                    .close();
        }
        assertThat(resident() - before).as("kilobytes more").isLessThan(48 << 10);
    }

    private static final int COMPILES = Integer.getInteger("tintype.compiles", 300);

    private static long resident() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
