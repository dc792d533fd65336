package io.github.tintype.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system says of this process's memory, in bytes. Linux only. */
final class Residence {
    private Residence() {}

    /** The largest resident size so far. */
    static long peak() {
        return field("VmHWM");
    }

    /** Resident memory that belongs to no file. */
    static long anonymous() {
        return field("RssAnon");
    }

    /** Resident pages of mapped files. */
    static long files() {
        return field("RssFile");
    }

    private static long field(String name) {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(name + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("/proc/self/status: no " + name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
