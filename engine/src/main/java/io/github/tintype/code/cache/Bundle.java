package io.github.tintype.code.cache;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Many entries in one file: {@code tintypes}, their number, and of each the number of its bytes and these. Each carries its own SHA-256. */
final class Bundle {
    private static final byte[] MAGIC = "tintypes".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_BYTES = 1 << 30;

    private Bundle() {}

    static byte[] encode(List<byte[]> entries) throws IOException {
        long bytes = (long) MAGIC.length + Integer.BYTES;
        for (byte[] entry : entries) {
            bytes += Integer.BYTES + entry.length;
        }
        if (bytes > MOST_BYTES) {
            throw new IOException("got %d bytes of code, wanted at most %d".formatted(bytes, MOST_BYTES));
        }
        ByteBuffer file = ByteBuffer.allocate((int) bytes).put(MAGIC).putInt(entries.size());
        entries.forEach(entry -> file.putInt(entry.length).put(entry));
        return file.array();
    }

    /** @throws CacheFormatException unless it is what {@link #encode} made, bit for bit */
    static List<Entry> read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(Files.exists(file) ? "it is no regular file" : "no such file");
        }
        long size = Files.size(file);
        if (size > MOST_BYTES) {
            throw new CacheFormatException("got %d bytes, wanted at most %d".formatted(size, MOST_BYTES));
        }
        return decode(Files.readAllBytes(file));
    }

    static List<Entry> decode(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file);
        try {
            byte[] magic = new byte[MAGIC.length];
            in.get(magic);
            if (!Arrays.equals(magic, MAGIC)) {
                throw new CacheFormatException("it holds no saved code");
            }
            int count = in.getInt();
            List<Entry> entries = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int length = in.getInt();
                if (length < 0 || length > in.remaining()) {
                    throw new CacheFormatException(
                            "got an entry of %d bytes where %d are left".formatted(length, in.remaining()));
                }
                byte[] entry = new byte[length];
                in.get(entry);
                entries.add(Entry.decode(entry));
            }
            if (count < 0 || in.hasRemaining()) {
                throw new CacheFormatException("got %d bytes after %d entries".formatted(in.remaining(), count));
            }
            return entries;
        } catch (BufferUnderflowException e) {
            throw new CacheFormatException("it ends too early");
        }
    }
}
