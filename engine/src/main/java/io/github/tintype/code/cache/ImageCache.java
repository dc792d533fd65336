package io.github.tintype.code.cache;

import io.github.tintype.code.Image;
import io.github.tintype.code.cache.CacheFolder.Item;
import io.github.tintype.code.cache.Lookup.Cause;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Images on disk, by what decides them. Any number of threads and processes use one directory: nothing is locked, an entry is one file that
 * is replaced whole, and whoever finds it missing compiles. Finding and storing never throw: a cache that can't be used, or holds something
 * else than was stored, costs compiling, and is told in one warning.
 */
public final class ImageCache {
    /** The most that is kept by default, several hundred times what a model takes. */
    public static final long DEFAULT_MOST_BYTES = 512L << 20;

    /** Of how many entries of one program a miss is explained. */
    private static final int MOST_COMPARED = 32;

    private static final System.Logger LOG = System.getLogger(ImageCache.class.getName());

    private final CacheFolder folder;
    private final long mostBytes;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    /** The one in the directory {@code code} of {@code cache} ({@link CacheRoot}), beside whatever else is kept there. */
    public static ImageCache under(Path cache) {
        return new ImageCache(cache.resolve("code"));
    }

    /** In {@code folder}, which is made when something is stored. */
    public ImageCache(Path folder) {
        this(folder, DEFAULT_MOST_BYTES);
    }

    /** Keeping at most so many bytes: what was used longest ago goes first. Processes that store at the same time may exceed it by a sixteenth each. */
    public ImageCache(Path folder, long mostBytes) {
        this(folder, mostBytes, new SystemFiles(), InstantSource.system());
    }

    ImageCache(Path folder, long mostBytes, CacheFiles files, InstantSource clock) {
        this.folder = new CacheFolder(folder, files, clock);
        this.mostBytes = mostBytes;
    }

    public Path folder() {
        return folder.path();
    }

    /** The image of {@code key}, checked, or why there is none. */
    public Lookup find(ImageKey key) {
        String name = key.fileName();
        try {
            if (!folder.check()) {
                return new Lookup.Miss(Cause.NEVER_COMPILED, "never compiled: the cache is empty");
            }
            Optional<byte[]> file = folder.read(name, Entry.MOST_BYTES);
            if (file.isEmpty()) {
                return explain(key);
            }
            Entry entry = Entry.decode(file.get());
            if (!entry.key().equals(key)) {
                throw new CacheFormatException("it is the entry of another key");
            }
            folder.touch(name);
            return new Lookup.Hit(entry.image());
        } catch (CacheFormatException e) {
            String reason = "damaged: %s".formatted(e.getMessage());
            warn("code cache: %s in %s is not used, and compiled anew: %s"
                    .formatted(name, folder.path(), e.getMessage()));
            return new Lookup.Miss(Cause.DAMAGED, reason);
        } catch (IOException e) {
            String reason = "%s: %s".formatted(folder.path(), CacheFolder.reason(e));
            warn("code cache: not used: " + reason);
            return new Lookup.Miss(Cause.NO_CACHE, "no cache: " + reason);
        }
    }

    private Lookup.Miss explain(ImageKey key) throws IOException {
        List<Item> there = folder.items(key.filePrefix()).reversed();
        Optional<List<String>> nearest = there.stream()
                .limit(MOST_COMPARED)
                .flatMap(item -> differences(item, key).stream())
                .min(Comparator.comparingInt(List::size));
        return nearest.map(differences -> new Lookup.Miss(Cause.OTHER_KEY, String.join("; ", differences)))
                .orElseGet(() -> new Lookup.Miss(Cause.NEVER_COMPILED, "never compiled"));
    }

    /* What can't be read explains nothing, except that it is of another format. */
    private Optional<List<String>> differences(Item item, ImageKey key) {
        try {
            return folder.read(CacheFolder.name(item.file()), Entry.MOST_HEAD_BYTES)
                    .map(head -> key.differences(Entry.decodeKey(head)))
                    .filter(differences -> !differences.isEmpty());
        } catch (CacheFormatException e) {
            return Optional.of(List.of(e.getMessage() == null ? "damaged" : e.getMessage()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Keeps {@code image}, in the place of what may be there. Whether that was possible. */
    public boolean store(ImageKey key, Image image) {
        try {
            byte[] content = new Entry(key, image).encode();
            if (content.length > mostBytes) {
                throw new CacheFormatException(
                        "got an entry of %d bytes, wanted at most %d".formatted(content.length, mostBytes));
            }
            folder.replace(key.fileName(), content);
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
        if (warned.add(text)) {
            LOG.log(System.Logger.Level.WARNING, text);
        }
    }

    /**
     * Looks at each entry, the one used last first, and checks it as {@link #find} would.
     *
     * @throws UncheckedIOException if the directory can't be read or may not be used
     */
    public List<CachedImage> inspect() {
        try {
            List<CachedImage> found = new ArrayList<>();
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

    private Optional<CachedImage> inspect(Item item) throws IOException {
        String name = CacheFolder.name(item.file());
        Optional<CachedImage.Content> content;
        try {
            content = folder.read(name, Entry.MOST_BYTES).map(bytes -> content(name, bytes));
        } catch (CacheFormatException e) {
            content = Optional.of(new CachedImage.Damaged(String.valueOf(e.getMessage())));
        }
        return content.map(
                c -> new CachedImage(name, item.status().bytes(), item.status().changed(), c));
    }

    private static CachedImage.Content content(String name, byte[] bytes) {
        Entry entry = Entry.decode(bytes);
        if (!entry.key().fileName().equals(name)) {
            throw new CacheFormatException("it is the entry of another key");
        }
        return new CachedImage.Whole(entry.key(), entry.image());
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
     * compile nothing.
     *
     * @return the keys that are not in the cache, and so not in the file
     * @throws UncheckedIOException if the file can't be written; then the old one stays
     */
    public List<ImageKey> save(Path file, Collection<ImageKey> keys) {
        List<ImageKey> missing = new ArrayList<>();
        List<byte[]> entries = new ArrayList<>();
        for (ImageKey key : new LinkedHashSet<>(keys)) {
            switch (find(key)) {
                case Lookup.Hit(Image image) -> entries.add(new Entry(key, image).encode());
                case Lookup.Miss _ -> missing.add(key);
            }
        }
        try {
            Path target = file.toAbsolutePath();
            Path temporary = target.resolveSibling(".%s.%x.tmp".formatted(target.getFileName(), System.nanoTime()));
            folder.replace(temporary, target, Bundle.encode(entries));
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be written: %s".formatted(file, CacheFolder.reason(e)), e);
        }
        return missing;
    }

    /**
     * Takes over all entries of a file that {@link #save} made. Its checksums find damage, no forgery: the code will be executed, so load only files of
     * somebody whose programs you would run.
     *
     * @return the keys that are in the cache now; fewer than in the file if the cache can't be written
     * @throws UncheckedIOException if the file can't be read
     * @throws CacheFormatException if anything in it isn't as it was saved; then nothing is taken
     */
    public List<ImageKey> load(Path file) {
        try {
            List<Entry> entries = Bundle.read(file);
            return entries.stream()
                    .filter(entry -> store(entry.key(), entry.image()))
                    .map(Entry::key)
                    .toList();
        } catch (CacheFormatException e) {
            throw new CacheFormatException("%s: %s".formatted(file, e.getMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be read: %s".formatted(file, CacheFolder.reason(e)), e);
        }
    }
}
