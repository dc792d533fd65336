package io.github.tintype.code.cache;

import io.github.tintype.code.Digests;
import io.github.tintype.code.Image;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One entry of the cache and the bytes of its file, big-endian: {@code tintype\n}, format, bytes of the header, bytes of the payload; the
 * header: {@code sort}, then name and value of each component of the key; the payload: what the key's sort writes; last the SHA-256 of all before
 * it. Every length is checked against what is there before anything is allocated for it.
 *
 * @param key what the header says
 * @param value what the payload holds
 */
record Entry<V>(CacheKey<V> key, V value) {
    /** Part of each key; changes with the meaning of any byte. */
    static final int FORMAT = 3;

    private static final byte[] MAGIC = "tintype\n".getBytes(StandardCharsets.US_ASCII);
    private static final int PREFIX = MAGIC.length + 3 * Integer.BYTES;
    private static final int MOST_HEADER = 32 << 10;
    private static final int MOST_NAME = 2000;
    private static final String SORT = "sort";
    /** Of the first part of a file, up to the end of the header. */
    static final int MOST_HEAD_BYTES = PREFIX + MOST_HEADER;

    /** Of a file. */
    static final int MOST_BYTES = MOST_HEAD_BYTES + (1 << 20) + Image.MOST_BYTES + Digests.BYTES;

    /** @throws CacheFormatException if the value is more than any program comes to */
    byte[] encode() {
        byte[] header = bytes(this::writeHeader);
        byte[] payload = bytes(out -> key.write(value, out));
        ByteBuffer file = ByteBuffer.allocate(PREFIX + header.length + payload.length + Digests.BYTES);
        file.put(MAGIC).putInt(FORMAT).putInt(header.length).putInt(payload.length);
        file.put(header).put(payload);
        MessageDigest sha256 = Digests.sha256();
        sha256.update(file.array(), 0, file.position());
        if (file.limit() > MOST_BYTES) {
            throw new CacheFormatException(
                    "got an entry of %d bytes, wanted at most %d".formatted(file.limit(), MOST_BYTES));
        }
        return file.put(sha256.digest()).array();
    }

    private void writeHeader(DataOutputStream out) throws IOException {
        write(out, SORT);
        write(out, key.sort().text());
        for (Map.Entry<String, String> component : key.components().entrySet()) {
            write(out, component.getKey());
            write(out, component.getValue());
        }
    }

    static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MOST_NAME) {
            throw new CacheFormatException(
                    "got a text of %d bytes, wanted at most %d".formatted(bytes.length, MOST_NAME));
        }
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    /** @throws CacheFormatException unless {@code file} is what {@link #encode} made, bit for bit */
    static Entry<?> decode(byte[] file) {
        return parse(file, Entry::of);
    }

    private static <V> Entry<V> of(CacheKey<V> key, ByteBuffer payload) {
        return new Entry<>(key, key.read(payload));
    }

    /** What {@code file} holds for {@code key}. @throws CacheFormatException unless it is what {@link #encode} made for that key, bit for bit */
    static <V> V value(byte[] file, CacheKey<V> key) {
        return parse(file, (found, payload) -> {
            if (!found.equals(key)) {
                throw new CacheFormatException("it is the entry of another key");
            }
            return key.read(payload);
        });
    }

    private interface Parts<R> {
        R take(CacheKey<?> key, ByteBuffer payload);
    }

    private static <R> R parse(byte[] file, Parts<R> parts) {
        try {
            ByteBuffer in = ByteBuffer.wrap(file);
            int header = prefix(in);
            long wanted = (long) PREFIX + header + payload(in) + Digests.BYTES;
            if (file.length != wanted) {
                throw new CacheFormatException("got %d bytes, wanted %d".formatted(file.length, wanted));
            }
            int checked = file.length - Digests.BYTES;
            MessageDigest sha256 = Digests.sha256();
            sha256.update(file, 0, checked);
            if (!MessageDigest.isEqual(sha256.digest(), Arrays.copyOfRange(file, checked, file.length))) {
                throw new CacheFormatException("its SHA-256 is another one");
            }
            return parts.take(key(in.slice(PREFIX, header)), in.slice(PREFIX + header, checked - PREFIX - header));
        } catch (BufferUnderflowException e) {
            throw new CacheFormatException("something in it is longer than the file");
        }
    }

    /** The key that the first bytes of a file name, unchecked. @throws CacheFormatException if they are no beginning of an entry */
    static CacheKey<?> decodeKey(byte[] head) {
        try {
            ByteBuffer in = ByteBuffer.wrap(head);
            int header = prefix(in);
            if (header > head.length - PREFIX) {
                throw new CacheFormatException("it ends in its header");
            }
            return key(in.slice(PREFIX, header));
        } catch (BufferUnderflowException e) {
            throw new CacheFormatException("something in its header is longer than that");
        }
    }

    private static int prefix(ByteBuffer in) {
        byte[] magic = new byte[MAGIC.length];
        in.get(magic);
        if (!MessageDigest.isEqual(magic, MAGIC)) {
            throw new CacheFormatException("it is no entry of the cache");
        }
        int format = in.getInt();
        if (format != FORMAT) {
            throw new CacheFormatException("another format: %d, here %d".formatted(format, FORMAT));
        }
        return length(in.getInt(), MOST_HEADER);
    }

    private static int payload(ByteBuffer in) {
        return length(in.getInt(), MOST_BYTES);
    }

    static int length(int found, int most) {
        if (found < 0 || found > most) {
            throw new CacheFormatException("got a part of %d bytes, wanted at most %d".formatted(found, most));
        }
        return found;
    }

    private static CacheKey<?> key(ByteBuffer in) {
        Map<String, String> found = new LinkedHashMap<>();
        while (in.hasRemaining()) {
            String name = text(in);
            if (found.put(name, text(in)) != null) {
                throw new CacheFormatException("its header has something twice");
            }
        }
        String sort = new Components(found).get(SORT);
        found.remove(SORT);
        try {
            CacheKey<?> key = key(sort, new Components(found));
            if (!key.components().equals(found)) {
                throw new CacheFormatException("its header has something else");
            }
            return key;
        } catch (IllegalArgumentException e) { // a number that is none is one too
            throw new CacheFormatException("its header is of no key");
        }
    }

    private static CacheKey<?> key(String sort, Components components) {
        return switch (sort) {
            case "image" -> ImageKey.of(components);
            case "plan" -> PlanKey.of(components);
            case "tuning" -> TuneKey.of(components);
            default ->
                throw new CacheFormatException("it holds something else: " + sort.length() + " letters of a sort");
        };
    }

    static String text(ByteBuffer in) {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private interface Part {
        void write(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Part part) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            part.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory doesn't fail
        }
        return bytes.toByteArray();
    }
}
