package io.github.tintype.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The one gate for file names that come from outside: shard names of an index, components of a pipeline, names of a hub.
 *
 * <p>A safe name is a single path element on every platform: no separator, no drive, not {@code .} or {@code ..}, no control
 * character, no name that Windows reserves.
 */
public final class SafeName {
    private static final int LONGEST = 255;
    private static final Pattern UNSAFE = Pattern.compile("[\\\\/:*?\"<>|\\p{Cntrl}]");
    private static final Pattern RESERVED =
            Pattern.compile("(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\\..*)?", Pattern.DOTALL);

    private SafeName() {}

    /**
     * {@code name}, if it is a safe name.
     *
     * @param where what the message starts with, e.g. the file that holds the name
     * @throws ModelFormatException if it isn't
     */
    public static String check(String name, String where) {
        problem(name).ifPresent(problem -> {
            throw new ModelFormatException(
                    "%s: expected a plain file name, found %s (%s)".formatted(where, Quoted.of(name), problem));
        });
        return name;
    }

    /**
     * The file {@code name} in {@code folder}. Links are followed only inside the folder above {@code folder} (the model), or, for a
     * snapshot of a hub cache, inside that cache.
     *
     * @throws ModelFormatException if the name isn't safe or a link leads out of the model
     * @throws UncheckedIOException if a link can't be read
     */
    public static Path resolve(Path folder, String name, String where) {
        check(name, where);
        Path file = folder.resolve(name).normalize();
        try {
            if (!Files.exists(file)) {
                return file;
            }
            Path real = file.toRealPath();
            Path home = folder.toAbsolutePath().normalize();
            Path model = home.getParent() == null ? home : home.getParent();
            boolean inside = real.startsWith(model.toRealPath());
            if (!inside) {
                Optional<Path> cache = cacheAbove(home);
                inside = cache.isPresent() && real.startsWith(cache.get().toRealPath());
            }
            if (!inside) {
                throw new ModelFormatException(
                        "%s: %s is a link to a file outside the model".formatted(where, Quoted.of(name)));
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("%s: %s can't be read: %s".formatted(where, file, e.getMessage()), e);
        }
    }

    /* CACHE/models--org--name/snapshots/COMMIT/component: files of a snapshot are links into blobs of the repository or the cache */
    private static Optional<Path> cacheAbove(Path folder) {
        for (Path path = folder; path != null; path = path.getParent()) {
            Path name = path.getFileName();
            if (name != null && name.toString().startsWith("models--")) {
                return Optional.ofNullable(path.getParent());
            }
        }
        return Optional.empty();
    }

    private static Optional<String> problem(String name) {
        if (name.isEmpty()) {
            return Optional.of("it is empty");
        }
        if (name.length() > LONGEST) {
            return Optional.of("it is longer than %d characters".formatted(LONGEST));
        }
        if (name.equals(".") || name.equals("..") || UNSAFE.matcher(name).find()) {
            return Optional.of("it could name a file elsewhere");
        }
        if (name.endsWith(".") || name.endsWith(" ") || RESERVED.matcher(name).matches()) {
            return Optional.of("Windows reads it as another name");
        }
        return Optional.empty();
    }
}
