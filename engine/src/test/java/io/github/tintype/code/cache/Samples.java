package io.github.tintype.code.cache;

import io.github.tintype.code.Digests;
import io.github.tintype.code.Image;
import io.github.tintype.code.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Keys and the images that a compiler would make of them, small or not. */
final class Samples {
    static final Target TARGET = new Target("x86_64-linux", "x86-64-v3", "+gfni", 8);
    static final ImageKey KEY = key("a");

    private Samples() {}

    static ImageKey key(String name) {
        return new ImageKey(name, Digests.hex("program " + name), "llvm-1", TARGET, "FAST", "b1");
    }

    /** Always the same for one key. */
    static Image image(ImageKey key, int bytes) {
        byte[] code = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            code[i] = (byte) (key.hashCode() + 31 * i);
        }
        return new Image(code, Map.of(key.name(), 0, "last", bytes - 1));
    }

    static Image image(ImageKey key) {
        return image(key, 16);
    }

    /** What is in a directory. */
    static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
