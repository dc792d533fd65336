package io.github.tintype.code.cache;

import io.github.tintype.code.cache.CacheFolder.Item;
import io.github.tintype.code.cache.Lookup.Cause;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What compiling made, on disk, by what decides it. Any number of threads and processes use one directory: nothing is locked, an entry is one file that
 * is replaced whole, and whoever finds it missing compiles. Finding and storing never throw: a cache that can't be used, or holds something
 * else than was stored, costs compiling, and is told in one warning. Packages, if there are any, are asked first.
 */
public final class CompileCache {
    /** The most that is kept by default, several hundred times what a model takes. */
    public static final long DEFAULT_MOST_BYTES = 512L << 20;

    /** Of how many entries of one program a miss is explained. */
    private static final int MOST_COMPARED = 32;

    private static final System.Logger LOG = System.getLogger(CompileCache.class.getName());

    private final CacheFolder folder;
    private final long mostBytes;
    private final List<CompiledPackage> packages;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    /** The one in the directory {@code code} of {@code cache} ({@link CacheRoot}), beside whatever else is kept there. */
    public static CompileCache under(Path cache) {
        return new CompileCache(cache.resolve("code"));
    }

    /** In {@code folder}, which is made when something is stored. */
    public CompileCache(Path folder) {
        this(folder, DEFAULT_MOST_BYTES);
    }

    /** Keeping at most so many bytes: what was used longest ago goes first. Processes that store at the same time may exceed it by a sixteenth each. */
    public CompileCache(Path folder, long mostBytes) {
        this(folder, mostBytes, new SystemFiles(), InstantSource.system());
    }

    CompileCache(Path folder, long mostBytes, CacheFiles files, InstantSource clock) {
        this(new CacheFolder(folder, files, clock), mostBytes, List.of());
    }

    private CompileCache(CacheFolder folder, long mostBytes, List<CompiledPackage> packages) {
        this.folder = folder;
        this.mostBytes = mostBytes;
        this.packages = List.copyOf(packages);
    }

    /** This cache with packages that are asked before it. Whoever opened them closes them. */
    public CompileCache with(List<CompiledPackage> others) {
        return new CompileCache(folder, mostBytes, others);
    }

    public Path folder() {
        return folder.path();
    }

    /** What there is for {@code key}, checked, or why there is nothing. */
    public <V> Lookup<V> find(CacheKey<V> key) {
        List<String> reasons = new ArrayList<>();
        for (CompiledPackage one : packages) {
            switch (one.find(key)) {
                case Lookup.Hit<V> hit -> {
                    return hit;
                }
                case Lookup.Miss<V>(Cause _, String reason) -> {
                    warn("package %s: %s is compiled: %s".formatted(one, key.name(), reason), one.toString());
                    reasons.add("%s: %s".formatted(one, reason));
                }
            }
        }
        return switch (findInFolder(key)) {
            case Lookup.Hit<V> hit -> hit;
            case Lookup.Miss<V> miss when reasons.isEmpty() -> miss;
            case Lookup.Miss<V>(Cause cause, String reason) -> {
                reasons.add("cache: " + reason);
                yield new Lookup.Miss<>(cause, String.join("; ", reasons));
            }
        };
    }

    private <V> Lookup<V> findInFolder(CacheKey<V> key) {
        String name = KeyText.fileName(key);
        try {
            if (!folder.check()) {
                return new Lookup.Miss<>(Cause.NEVER_COMPILED, "never compiled: the cache is empty");
            }
            Optional<byte[]> file = folder.read(name, Entry.MOST_BYTES);
            if (file.isEmpty()) {
                return explain(key);
            }
            V value = Entry.value(file.get(), key);
            folder.touch(name);
            return new Lookup.Hit<>(value);
        } catch (CacheFormatException e) {
            String reason = "damaged: %s".formatted(e.getMessage());
            warn("code cache: %s in %s is not used, and compiled anew: %s"
                    .formatted(name, folder.path(), e.getMessage()));
            return new Lookup.Miss<>(Cause.DAMAGED, reason);
        } catch (IOException e) {
            String reason = "%s: %s".formatted(folder.path(), CacheFolder.reason(e));
            warn("code cache: not used: " + reason);
            return new Lookup.Miss<>(Cause.NO_CACHE, "no cache: " + reason);
        }
    }

    private <V> Lookup.Miss<V> explain(CacheKey<V> key) throws IOException {
        List<Item> there = folder.items(KeyText.filePrefix(key)).reversed();
        Optional<List<String>> nearest = there.stream()
                .limit(MOST_COMPARED)
                .flatMap(item -> differences(item, key).stream())
                .min(Comparator.comparingInt(List::size));
        return nearest.map(differences -> new Lookup.Miss<V>(Cause.OTHER_KEY, String.join("; ", differences)))
                .orElseGet(() -> new Lookup.Miss<>(Cause.NEVER_COMPILED, "never compiled"));
    }

    /* What can't be read explains nothing, except that it is of another format. */
    private Optional<List<String>> differences(Item item, CacheKey<?> key) {
        try {
            return folder.read(CacheFolder.name(item.file()), Entry.MOST_HEAD_BYTES)
                    .map(head -> KeyText.differences(key, Entry.decodeKey(head)))
                    .filter(differences -> !differences.isEmpty());
        } catch (CacheFormatException e) {
            return Optional.of(List.of(e.getMessage() == null ? "damaged" : e.getMessage()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Keeps {@code value}, in the place of what may be there. Whether that was possible. */
    public <V> boolean store(CacheKey<V> key, V value) {
        try {
            byte[] content = new Entry<>(key, value).encode();
            if (content.length > mostBytes) {
                throw new CacheFormatException(
                        "got an entry of %d bytes, wanted at most %d".formatted(content.length, mostBytes));
            }
            folder.replace(KeyText.fileName(key), content);
            trim();
            return true;
        } catch (CacheFormatException e) {
            warn("code cache: %s is not kept: %s".formatted(key.name(), e.getMessage()));
            return false;
        } catch (IOException e) {
            warn("code cache: nothing is kept in %s: %s".formatted(folder.path(), CacheFolder.reason(e)));
            return false;
        }
    }

    private void trim() {
        try {
            folder.trim(mostBytes);
        } catch (IOException e) {
            warn("code cache: nothing is removed from %s: %s".formatted(folder.path(), CacheFolder.reason(e)));
        }
    }

    private void warn(String text) {
        warn(text, text);
    }

    /* Once for what is the same. */
    private void warn(String text, String same) {
        if (warned.add(same)) {
            LOG.log(System.Logger.Level.WARNING, text);
        }
    }

    /**
     * Looks at each entry, the one used last first, and checks it as {@link #find} would.
     *
     * @throws UncheckedIOException if the directory can't be read or may not be used
     */
    public List<CachedEntry> inspect() {
        try {
            List<CachedEntry> found = new ArrayList<>();
            if (folder.check()) {
                for (Item item : folder.items().reversed()) {
                    inspect(item).ifPresent(found::add);
                }
            }
            return found;
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private Optional<CachedEntry> inspect(Item item) throws IOException {
        String name = CacheFolder.name(item.file());
        Optional<CachedEntry.Content> content;
        try {
            content = folder.read(name, Entry.MOST_BYTES).map(bytes -> content(name, bytes));
        } catch (CacheFormatException e) {
            content = Optional.of(new CachedEntry.Damaged(String.valueOf(e.getMessage())));
        }
        return content.map(
                c -> new CachedEntry(name, item.status().bytes(), item.status().changed(), c));
    }

    private static CachedEntry.Content content(String name, byte[] bytes) {
        CacheKey<?> key = Entry.decode(bytes).key();
        if (!KeyText.fileName(key).equals(name)) {
            throw new CacheFormatException("it is the entry of another key");
        }
        return new CachedEntry.Whole(key);
    }

    /** Removes all entries. @throws UncheckedIOException if the directory can't be read or written, or may not be used */
    public Cleared clear() {
        try {
            List<Item> removed = folder.clear();
            return new Cleared(
                    removed.size(),
                    removed.stream().mapToLong(item -> item.status().bytes()).sum());
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    private UncheckedIOException unusable(IOException e) {
        return new UncheckedIOException("%s: %s".formatted(folder.path(), CacheFolder.reason(e)), e);
    }

    /** What was removed. */
    public record Cleared(int entries, long bytes) {}

    /**
     * Writes all entries of {@code keys} into one file, which {@link #load} takes into a cache elsewhere, e.g. in a container that shall
     * compile nothing, and which {@link CompiledPackage#open} uses as it lies there.
     *
     * @return the keys that are not in the cache, and so not in the file
     * @throws UncheckedIOException if the file can't be written; then the old one stays
     */
    public List<CacheKey<?>> save(Path file, Collection<? extends CacheKey<?>> keys) {
        List<CacheKey<?>> missing = new ArrayList<>();
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (CacheKey<?> key : new LinkedHashSet<>(keys)) {
            entry(key).ifPresentOrElse(entry -> entries.put(KeyText.fileName(key), entry), () -> missing.add(key));
        }
        try {
            Path target = file.toAbsolutePath();
            Path temporary = target.resolveSibling(".%s.%x.tmp".formatted(target.getFileName(), System.nanoTime()));
            folder.replace(temporary, target, CompiledPackage.encode(entries));
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be written: %s".formatted(file, CacheFolder.reason(e)), e);
        }
        return missing;
    }

    private <V> Optional<byte[]> entry(CacheKey<V> key) {
        return switch (find(key)) {
            case Lookup.Hit<V>(V value) -> Optional.of(new Entry<>(key, value).encode());
            case Lookup.Miss<V> _ -> Optional.empty();
        };
    }

    /**
     * Takes over all entries of a file that {@link #save} made. Its checksums find damage, no forgery: the code will be executed, so load only files of
     * somebody whose programs you would run.
     *
     * @return the keys that are in the cache now; fewer than in the file if the cache can't be written
     * @throws UncheckedIOException if the file can't be read
     * @throws CacheFormatException if anything in it isn't as it was saved; then nothing is taken
     */
    public List<CacheKey<?>> load(Path file) {
        try (CompiledPackage saved = CompiledPackage.open(file)) {
            List<CacheKey<?>> kept = new ArrayList<>();
            for (Entry<?> entry : saved.entries()) {
                if (store(entry)) {
                    kept.add(entry.key());
                }
            }
            return kept;
        }
    }

    private <V> boolean store(Entry<V> entry) {
        return store(entry.key(), entry.value());
    }
}
