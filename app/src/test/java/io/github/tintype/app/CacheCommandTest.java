package io.github.tintype.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.Digests;
import io.github.tintype.code.Image;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CompileCache;
import io.github.tintype.code.cache.ImageKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheCommandTest {
    @TempDir
    Path folder = Path.of("");

    private Path store(String name) throws IOException {
        Target target = new Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+gfni", 8);
        CompileCache.under(folder.resolve("cache"))
                .store(
                        new ImageKey(
                                name, Digests.hex("program " + name), "llvm-1", target, "FAST", "0123456789abcdef"),
                        new Image(new byte[1000], Map.of(name, 0)));
        try (Stream<Path> files = Files.list(folder.resolve("cache/code"))) {
            return files.max((a, b) -> a.toFile().lastModified() < b.toFile().lastModified() ? -1 : 1)
                    .orElseThrow();
        }
    }

    @Test
    void nothingIsThereBeforeAnythingWasCompiled() {
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("cache", "list")).isZero();
        assertThat(cli.run("cache", "clear")).isZero();
        assertThat(cli.run("cache", "verify")).isZero();
        assertThat(cli.out()).isEqualTo("0 entries, 0.0 KiB in DIR/cache/code, 0 damaged\n");
        assertThat(folder.resolve("cache")).doesNotExist();
    }

    @Test
    void listTellsSizeTimeAndPurpose() throws IOException {
        store("silu_3");
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("cache", "list")).isZero();
        assertThat(cli.out().lines().toList().getFirst())
                .matches(" +1\\.[0-9] KiB  20[0-9-]+ [0-9:]{5}  "
                        + "silu_3 for x86-64-v3 \\+gfni, 8 lanes, effort FAST, by llvm-1, build 0123456789ab");
        assertThat(cli.out().lines().toList().getLast()).matches("1 entry, 1\\.[0-9] KiB in DIR/cache/code");
    }

    @Test
    void verifyFindsOneFlippedBit() throws IOException {
        Path file = store("silu_3");
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("cache", "verify")).isZero();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThat(cli.run("cache", "verify")).isEqualTo(ExitCode.IO.value());
        assertThat(cli.out())
                .contains("DAMAGED %s: its SHA-256 is another one".formatted(file.getFileName()), "1 damaged");
        assertThat(cli.run("cache", "list")).isZero();
        assertThat(cli.out()).contains("DAMAGED");
    }

    @Test
    void clearRemovesAll() throws IOException {
        store("a");
        Path file = store("b");
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("cache", "clear")).isZero();
        assertThat(cli.out()).matches("removed 2 entries, [0-9.]+ KiB\n");
        assertThat(file.getParent()).isEmptyDirectory();
    }

    @Test
    void aDirectoryThatOthersMayEnterIsRefusedInOneLine() throws IOException {
        Path code = store("a").getParent();
        Files.setPosixFilePermissions(code, PosixFilePermissions.fromString("rwxr-x---"));
        CliFixture cli = new CliFixture(folder);
        assertThat(cli.run("cache", "list")).isEqualTo(ExitCode.IO.value());
        assertThat(cli.err().lines())
                .singleElement()
                .asString()
                .contains("DIR/cache/code: others may use it: got mode 750, wanted 700");
    }
}
