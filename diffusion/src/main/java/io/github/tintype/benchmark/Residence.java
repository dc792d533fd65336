package io.github.tintype.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the operating system says of this process's memory, in bytes. Linux only.
 *
 * @param anonymous resident memory that belongs to no file
 * @param files resident pages of mapped files: clean, so that the system may take them back at any time
 * @param peak the largest resident size so far, of both together
 */
public record Residence(long anonymous, long files, long peak) {
    /** At this moment. @throws UncheckedIOException where there is no /proc */
    public static Residence now() {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/self/status"));
            return new Residence(field(lines, "RssAnon:"), field(lines, "RssFile:"), field(lines, "VmHWM:"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long field(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("/proc/self/status: no " + name));
    }
}
