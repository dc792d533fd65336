package io.github.tintype.cpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** How large the cache is that all threads have last, as Linux tells it when it is first asked: what is larger has left it before it is read again. */
final class LastLevelCache {
    private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");
    private static final long KIB = 1024;

    private final Path caches;
    private Optional<OptionalLong> told = Optional.empty();

    /** This machine's. */
    LastLevelCache() {
        this(CACHES);
    }

    /** @param caches a folder with one for each cache, which has files {@code level}, {@code type} and {@code size}, such as 32768K */
    LastLevelCache(Path caches) {
        this.caches = caches;
    }

    /** Whether so many bytes are known to be more. */
    synchronized boolean isExceededBy(long bytes) {
        OptionalLong size = told.orElseGet(this::read);
        told = Optional.of(size);
        return size.isPresent() && bytes > size.getAsLong();
    }

    private OptionalLong read() {
        try (Stream<Path> folders = Files.list(caches)) {
            return folders.filter(folder -> folder.getFileName().toString().startsWith("index"))
                    .filter(folder -> !read(folder, "type").equals("Instruction"))
                    .max(Comparator.comparing((Path folder) -> Integer.valueOf(read(folder, "level"))))
                    .map(folder -> read(folder, "size"))
                    .filter(size -> size.matches("[0-9]{1,9}K"))
                    .map(size -> OptionalLong.of(Long.parseLong(size.substring(0, size.length() - 1)) * KIB))
                    .orElse(OptionalLong.empty());
        } catch (IOException | UncheckedIOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static String read(Path folder, String file) {
        try {
            return Files.readString(folder.resolve(file)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
