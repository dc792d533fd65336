package io.github.tintype.code.cache;

import io.github.tintype.code.Digests;
import io.github.tintype.code.cache.Lookup.Cause;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Entries of a cache in one file, which is read in place: what is asked for is read and checked, nothing is unpacked. No weight is in it, and no name of a
 * checkpoint: it serves all of one architecture, whatever is merged into their weights.
 *
 * <p>The file, big-endian: {@code tintypes}, format, number of entries; the name and the bytes of each; SHA-256 of all before it; the entries one after
 * another, as they lie in a cache, each with its own SHA-256. These find damage, no forgery: the code will be executed, so open only files of somebody whose
 * programs you would run.
 */
public final class CompiledPackage implements AutoCloseable {
    private static final byte[] MAGIC = "tintypes".getBytes(StandardCharsets.US_ASCII);
    private static final int FORMAT = 2;
    private static final int PREFIX = MAGIC.length + 2 * Integer.BYTES;
    private static final int MOST_ENTRIES = 1 << 16;
    private static final int MOST_NAME = 100;
    private static final long MOST_BYTES = 4L << 30;

    private final Path file;
    private final FileChannel channel;
    private final Map<String, Place> places;

    private record Place(long at, int bytes) {}

    private CompiledPackage(Path file, FileChannel channel, Map<String, Place> places) {
        this.file = file;
        this.channel = channel;
        this.places = places;
    }

    /** @param entries by their names, each as a cache has it */
    static byte[] encode(Map<String, byte[]> entries) throws IOException {
        long bytes = (long) PREFIX + Digests.BYTES;
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
            bytes += Short.BYTES + entry.getKey().length() + Integer.BYTES + entry.getValue().length;
        }
        if (bytes > Integer.MAX_VALUE - Long.BYTES || entries.size() > MOST_ENTRIES) {
            throw new IOException("got %d entries of %d bytes, wanted at most %d and 2 GiB"
                    .formatted(entries.size(), bytes, MOST_ENTRIES));
        }
        ByteBuffer out =
                ByteBuffer.allocate((int) bytes).put(MAGIC).putInt(FORMAT).putInt(entries.size());
        entries.forEach((name, entry) -> out.putShort((short) name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII))
                .putInt(entry.length));
        MessageDigest sha256 = Digests.sha256();
        sha256.update(out.array(), 0, out.position());
        out.put(sha256.digest());
        entries.values().forEach(out::put);
        return out.array();
    }

    /**
     * Opens a file that {@link CompileCache#save} made. Its table of contents is checked now, each entry when it is asked for.
     *
     * @throws UncheckedIOException if it can't be read
     * @throws CacheFormatException if it is no such file, or its table is damaged
     */
    public static CompiledPackage open(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new IOException(Files.exists(file) ? "it is no regular file" : "no such file");
            }
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            try {
                return new CompiledPackage(file, channel, contents(channel));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (CacheFormatException e) {
            throw named(file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Map<String, Place> contents(FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < PREFIX || size > MOST_BYTES) {
            throw new CacheFormatException("got %d bytes, wanted %d to %d".formatted(size, PREFIX, MOST_BYTES));
        }
        ByteBuffer prefix = read(channel, 0, PREFIX);
        byte[] magic = new byte[MAGIC.length];
        prefix.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new CacheFormatException("it is no package of compiled programs");
        }
        int format = prefix.getInt();
        if (format != FORMAT) {
            throw new CacheFormatException("another format: %d, here %d".formatted(format, FORMAT));
        }
        int count = prefix.getInt();
        if (count < 0 || count > MOST_ENTRIES) {
            throw new CacheFormatException("got %d entries, wanted 0 to %d".formatted(count, MOST_ENTRIES));
        }
        long most = PREFIX + (long) count * (Short.BYTES + MOST_NAME + Integer.BYTES) + Digests.BYTES;
        ByteBuffer table = read(channel, 0, (int) Math.min(size, most)).position(PREFIX);
        try {
            return contents(table, count, size);
        } catch (BufferUnderflowException e) {
            throw new CacheFormatException("it ends too early");
        }
    }

    private static Map<String, Place> contents(ByteBuffer table, int count, long size) {
        Map<String, Integer> lengths = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            int letters = table.getShort();
            if (letters < 1 || letters > MOST_NAME) {
                throw new CacheFormatException("got a name of %d letters".formatted(letters));
            }
            byte[] name = new byte[letters];
            table.get(name);
            int bytes = table.getInt();
            String text = new String(name, StandardCharsets.US_ASCII);
            if (bytes < 0 || bytes > Entry.MOST_BYTES || lengths.put(text, bytes) != null) {
                throw new CacheFormatException("got an entry of %d bytes, or one twice".formatted(bytes));
            }
        }
        MessageDigest sha256 = Digests.sha256();
        sha256.update(table.duplicate().flip());
        byte[] wanted = new byte[Digests.BYTES];
        table.get(wanted);
        if (!MessageDigest.isEqual(sha256.digest(), wanted)) {
            throw new CacheFormatException("the SHA-256 of its table is another one");
        }
        Map<String, Place> places = new LinkedHashMap<>();
        long at = table.position();
        for (Map.Entry<String, Integer> entry : lengths.entrySet()) {
            places.put(entry.getKey(), new Place(at, entry.getValue()));
            at += entry.getValue();
        }
        if (at != size) {
            throw new CacheFormatException("got %d bytes, wanted %d".formatted(size, at));
        }
        return places;
    }

    private static ByteBuffer read(FileChannel channel, long at, int bytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(bytes);
        while (into.hasRemaining()) {
            if (channel.read(into, at + into.position()) < 0) {
                throw new EOFException("it is shorter than when it was opened");
            }
        }
        return into.flip();
    }

    /** What it has for {@code key}, checked, or why nothing. */
    <V> Lookup<V> find(CacheKey<V> key) {
        Place place = places.get(KeyText.fileName(key));
        try {
            return place == null ? explain(key) : new Lookup.Hit<>(Entry.value(bytes(place), key));
        } catch (CacheFormatException e) {
            return new Lookup.Miss<>(Cause.DAMAGED, "damaged: %s".formatted(e.getMessage()));
        } catch (IOException e) {
            return new Lookup.Miss<>(Cause.NO_CACHE, CacheFolder.reason(e));
        }
    }

    private byte[] bytes(Place place) throws IOException {
        return read(channel, place.at(), place.bytes()).array();
    }

    private <V> Lookup.Miss<V> explain(CacheKey<V> key) throws IOException {
        String prefix = KeyText.filePrefix(key);
        List<List<String>> there = new ArrayList<>();
        for (Map.Entry<String, Place> entry : places.entrySet()) {
            if (entry.getKey().startsWith(prefix)) {
                there.add(KeyText.differences(key, Entry.decodeKey(head(entry.getValue()))));
            }
        }
        Optional<List<String>> nearest = there.stream().min(Comparator.comparingInt(List::size));
        return nearest.map(differences -> new Lookup.Miss<V>(Cause.OTHER_KEY, String.join("; ", differences)))
                .orElseGet(() -> new Lookup.Miss<>(Cause.NEVER_COMPILED, "it is not in there"));
    }

    private byte[] head(Place place) throws IOException {
        return read(channel, place.at(), Math.min(place.bytes(), Entry.MOST_HEAD_BYTES))
                .array();
    }

    /**
     * All entries, checked.
     *
     * @throws CacheFormatException if anything in it isn't as it was saved
     * @throws UncheckedIOException if it can't be read
     */
    Collection<Entry<?>> entries() {
        Map<String, Entry<?>> entries = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Place> place : places.entrySet()) {
                Entry<?> entry = Entry.decode(bytes(place.getValue()));
                if (!KeyText.fileName(entry.key()).equals(place.getKey())) {
                    throw new CacheFormatException("it has the entry of another key");
                }
                entries.put(place.getKey(), entry);
            }
        } catch (CacheFormatException e) {
            throw named(file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return entries.values();
    }

    private static CacheFormatException named(Path file, CacheFormatException e) {
        return new CacheFormatException("%s: %s".formatted(file, e.getMessage()));
    }

    private static UncheckedIOException unreadable(Path file, IOException e) {
        return new UncheckedIOException("%s can't be read: %s".formatted(file, CacheFolder.reason(e)), e);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
