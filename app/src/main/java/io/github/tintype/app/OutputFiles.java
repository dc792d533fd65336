package io.github.tintype.app;

import io.github.tintype.io.AtomicFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Where pictures go: names, refusals before the work starts, and files that are there wholly or not at all. */
final class OutputFiles {
    /** The name that stands for stdout. */
    static final String STDOUT = "-";

    private OutputFiles() {}

    /**
     * The files for {@code batch} pictures, checked.
     *
     * @param output as the user gave it; otherwise the first free of tintype-SEED.png, tintype-SEED-2.png, …
     * @throws CliException if a file can't be written, or exists and {@code force} is off
     */
    static List<Path> plan(Optional<String> output, Path folder, long seed, int batch, boolean force) {
        if (output.isEmpty()) {
            String stem = "tintype-" + Long.toUnsignedString(seed);
            List<Path> free = IntStream.iterate(1, n -> n + 1)
                    .mapToObj(n -> names(folder.resolve(n == 1 ? stem + ".png" : stem + "-" + n + ".png"), batch))
                    .filter(names -> force || names.stream().noneMatch(Files::exists))
                    .findFirst()
                    .orElseThrow();
            free.forEach(file -> checkWritable("--output", file, force));
            return free;
        }
        if (!output.get().endsWith(".png")) {
            throw CliException.usage("--output", "a name that ends in .png", output.get());
        }
        List<Path> names = names(RequestParser.path("--output", output.get()), batch);
        names.forEach(file -> checkWritable("--output", file, force));
        return names;
    }

    private static List<Path> names(Path file, int batch) {
        if (batch == 1) {
            return List.of(file);
        }
        String name = file.getFileName().toString();
        String stem = name.substring(0, name.length() - ".png".length());
        return IntStream.rangeClosed(1, batch)
                .mapToObj(i -> file.resolveSibling(stem + "-" + i + ".png"))
                .toList();
    }

    /** A file of a report, refused now if it would be after the work. @throws CliException if its name ends otherwise, or as {@link #checkWritable} */
    static Optional<Path> named(String flag, String ending, Optional<String> name, boolean force) {
        name.filter(given -> !given.endsWith(ending)).ifPresent(given -> {
            throw CliException.usage(flag, "a name that ends in " + ending, given);
        });
        Optional<Path> file = name.map(given -> RequestParser.path(flag, given));
        file.ifPresent(path -> checkWritable(flag, path, force));
        return file;
    }

    /** Refuses now what would fail after the work. */
    static void checkWritable(String flag, Path file, boolean force) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new CliException(
                    ExitCode.IO,
                    "%s: expected a folder that exists, found \"%s\"".formatted(flag, folder == null ? file : folder));
        }
        if (Files.isDirectory(file)) {
            throw new CliException(ExitCode.IO, "%s: expected a file, found the folder \"%s\"".formatted(flag, file));
        }
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !force) {
            throw new CliException(
                    ExitCode.IO,
                    "%s: expected a file that doesn't exist, found \"%s\" (--force overwrites it)"
                            .formatted(flag, file));
        }
        try {
            AtomicFile.check(file);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.IO,
                    "%s: expected a file that can be written, found \"%s\" (%s)"
                            .formatted(flag, file, Failure.reason(e)),
                    e);
        }
    }

    /**
     * Writes {@code bytes} to {@code file}, wholly or not at all.
     *
     * @throws java.io.UncheckedIOException if that fails, or if the file has appeared meanwhile and {@code force} is off
     */
    static void write(Path file, byte[] bytes, boolean force) {
        AtomicFile.write(file, channel -> {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            if (!force && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new FileAlreadyExistsException(file.toString());
            }
        });
    }

    /** One line for a script: a path. @throws CliException as {@link #writeToStdout} */
    static void printLine(OutputStream stdout, Path path) {
        writeToStdout(stdout, (path + System.lineSeparator()).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes {@code bytes} to a pipe or file that somebody else opened. A reader that has gone is no error of ours.
     *
     * @throws CliException if writing fails, for example because the disk is full
     */
    static void writeToStdout(OutputStream stdout, byte[] bytes) {
        try {
            stdout.write(bytes);
            stdout.flush();
        } catch (IOException e) {
            if (!"Broken pipe".equals(e.getMessage())) {
                throw new CliException(ExitCode.IO, "stdout: %s".formatted(e.getMessage()), e);
            }
        }
    }
}
