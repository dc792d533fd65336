package io.github.tintype.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The local cache of the Hugging Face hub, as Python's {@code huggingface_hub} lays it out; nothing is downloaded.
 *
 * <p>{@code models--ORG--NAME/refs/REVISION} holds a commit, and {@code snapshots/COMMIT} the files, mostly links into {@code blobs}.
 * A revision is resolved to a commit once, so all files of a model come from the same one.
 *
 * <p>Source: huggingface_hub constants.py, file_download.py.
 *
 * @param root the folder of the cache
 */
public record HubCache(Path root) {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][\\w.-]*(/[A-Za-z0-9][\\w.-]*)?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /**
     * The cache that {@code environment} names: {@code HF_HUB_CACHE}, {@code HUGGINGFACE_HUB_CACHE}, {@code HF_HOME},
     * {@code XDG_CACHE_HOME}, or the usual place under {@code home}.
     */
    public static HubCache of(Map<String, String> environment, Path home) {
        Path cache = folder(environment, "XDG_CACHE_HOME", home).orElse(home.resolve(".cache"));
        Path hugging = folder(environment, "HF_HOME", home).orElse(cache.resolve("huggingface"));
        return new HubCache(folder(environment, "HF_HUB_CACHE", home)
                .or(() -> folder(environment, "HUGGINGFACE_HUB_CACHE", home))
                .orElse(hugging.resolve("hub")));
    }

    /** The folder of model {@code id} in this process's cache: {@link #snapshot} of {@link #of}. */
    public static Optional<Path> find(String id) {
        return of(System.getenv(), Path.of(System.getProperty("user.home", ".")))
                .snapshot(id);
    }

    private static Optional<Path> folder(Map<String, String> environment, String name, Path home) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isBlank())
                .map(value -> value.equals("~") || value.startsWith("~/")
                        ? home.resolve(value.substring(Math.min(2, value.length())))
                        : Path.of(value));
    }

    /**
     * The folder of model {@code id}: {@code org/name}, or {@code org/name@revision} for another branch, tag or commit than
     * {@code main}; empty if the cache hasn't got it.
     *
     * @throws ModelFormatException if that isn't an id
     * @throws UncheckedIOException if the cache can't be read
     */
    public Optional<Path> snapshot(String id) {
        int at = id.indexOf('@');
        String name = at < 0 ? id : id.substring(0, at);
        String revision = at < 0 ? "main" : id.substring(at + 1);
        if (!ID.matcher(name).matches() || name.contains("..") || name.contains("--")) {
            throw new ModelFormatException(
                    "model id: expected org/name or org/name@revision, found %s".formatted(Quoted.of(id)));
        }
        for (String part : revision.split("/", -1)) {
            SafeName.check(part, "revision of " + name);
        }
        Path repository = root.resolve("models--" + name.replace("/", "--"));
        return commit(repository, revision)
                .map(commit -> repository.resolve("snapshots").resolve(commit))
                .filter(Files::isDirectory);
    }

    private static Optional<String> commit(Path repository, String revision) {
        if (COMMIT.matcher(revision).matches()) {
            return Optional.of(revision);
        }
        Path ref = repository.resolve("refs").resolve(revision);
        if (!Files.isRegularFile(ref)) {
            return Optional.empty();
        }
        try {
            String commit = new String(Files.readAllBytes(ref), StandardCharsets.ISO_8859_1).strip();
            if (!COMMIT.matcher(commit).matches()) {
                throw new ModelFormatException(
                        "%s: expected a commit of 40 hexadecimal digits, found %s".formatted(ref, Quoted.of(commit)));
            }
            return Optional.of(commit);
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be read: %s".formatted(ref, e), e);
        }
    }
}
