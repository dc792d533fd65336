package io.github.tintype.app;

import io.github.tintype.io.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** A folder of texts, numbered in the order in which they came about: {@code unet.0.02-fuse_epilogues.txt}; and those of kernels. */
final class DumpFolder {
    private final Path folder;
    private final Map<String, Integer> written = new HashMap<>();

    DumpFolder(Path folder) {
        this.folder = folder;
    }

    synchronized void write(String name, String stage, Object text) {
        int number = written.merge(name, 1, Integer::sum) - 1;
        write("%s.%02d-%s.txt".formatted(safe(name), number, safe(stage)), text.toString());
    }

    /** A text that is the same whoever has it: written the first time. */
    synchronized void writeOnce(String name, String kind, Supplier<String> text) {
        String file = safe(name) + "." + safe(kind);
        if (written.putIfAbsent(file, 1) == null) {
            write(file, text.get());
        }
    }

    private void write(String fileName, String text) {
        Path file = folder.resolve(fileName);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new CliException(ExitCode.IO, "TINTYPE_DUMP: %s can't be made (%s)".formatted(folder, e), e);
        }
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        AtomicFile.write(file, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /* Names carry sizes: {s0=2, s1=64}. */
    private static String safe(String name) {
        return name.replaceAll("[^A-Za-z0-9._=-]+", "_");
    }
}
