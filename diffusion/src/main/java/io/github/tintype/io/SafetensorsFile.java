package io.github.tintype.io;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A safetensors file, mapped: 8 bytes of header length, a JSON header, then the data of its tensors.
 *
 * <p>The whole layout is checked before a single tensor can be read: the header starts with an opening brace, names and fields are
 * unique, every tensor has exactly dtype, shape and data_offsets, and the tensors cover the data without hole, overlap or remainder. Where the reference
 * reader is laxer than the format's description (white space before the header, duplicates, unknown fields), the description wins.
 * Files of any size can be mapped.
 *
 * <p>Tensors are views of the mapping, valid until {@link #close()}. A file that shrinks under a mapping kills a process whose native
 * code reads it, so whoever hands data to native code calls {@link #verifyUnchanged()} first.
 *
 * <p>Source: the safetensors format, https://github.com/huggingface/safetensors
 */
public final class SafetensorsFile implements AutoCloseable {
    /** The largest header, in bytes; the reference reader's limit. */
    public static final long LARGEST_HEADER = 100_000_000;

    private static final int LENGTH_BYTES = 8;

    private final Path path;
    private final Stamp stamp;
    private final SafetensorsHeader.Content content;
    private final Arena arena;
    private final MemorySegment data;

    /* What shows that a file was rewritten. */
    private record Stamp(long size, long modifiedNanos) {
        static Stamp of(Path path) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return new Stamp(attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
        }
    }

    private SafetensorsFile(
            Path path, Stamp stamp, SafetensorsHeader.Content content, Arena arena, MemorySegment data) {
        this.path = path;
        this.stamp = stamp;
        this.content = content;
        this.arena = arena;
        this.data = data;
    }

    /**
     * Maps {@code path} and checks its layout; no data is read yet.
     *
     * @throws ModelFormatException if the file isn't there or isn't a valid safetensors file
     * @throws UncheckedIOException if it can't be read
     */
    public static SafetensorsFile open(Path path) {
        String where = Label.of(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            Stamp stamp = Stamp.of(path);
            long size = channel.size();
            if (size != stamp.size()) {
                throw new ModelFormatException("%s: the file changed while it was opened".formatted(where));
            }
            byte[] header = header(channel, size, where);
            long dataStart = LENGTH_BYTES + (long) header.length;
            SafetensorsHeader.Content content = SafetensorsHeader.parse(header, size - dataStart, where);
            return mapped(path, stamp, content, channel, dataStart, size - dataStart);
        } catch (NoSuchFileException e) {
            throw new ModelFormatException("%s: the file is missing".formatted(where), e);
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be read: %s".formatted(where, e), e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the arena belongs to the file, whose close() ends it
    private static SafetensorsFile mapped(
            Path path, Stamp stamp, SafetensorsHeader.Content content, FileChannel channel, long start, long bytes)
            throws IOException {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, start, bytes, arena);
            return new SafetensorsFile(path, stamp, content, arena, data);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    private static byte[] header(FileChannel channel, long size, String where) throws IOException {
        byte[] start = read(channel, 0, (int) Math.min(size, Sniff.BYTES), where);
        if (size < LENGTH_BYTES) {
            throw refused(where, start, "expected at least %d bytes, found %d".formatted(LENGTH_BYTES, size));
        }
        long length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 0 || length > LARGEST_HEADER) {
            throw refused(
                    where,
                    start,
                    "expected a header of up to %d bytes, found the length %s"
                            .formatted(LARGEST_HEADER, Long.toUnsignedString(length)));
        }
        if (length > size - LENGTH_BYTES) {
            throw refused(
                    where,
                    start,
                    "the header should have %d bytes, the file has only %d (truncated)".formatted(length, size));
        }
        return read(channel, LENGTH_BYTES, (int) length, where);
    }

    private static ModelFormatException refused(String where, byte[] start, String problem) {
        String explained = Sniff.explain(start).orElse("not a safetensors file: " + problem);
        return new ModelFormatException("%s: %s".formatted(where, explained));
    }

    private static byte[] read(FileChannel channel, long from, int length, String where) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, from + bytes.position()) < 0) {
                throw new ModelFormatException("%s: the file became shorter while it was read".formatted(where));
            }
        }
        return bytes.array();
    }

    /** Where the file is. */
    public Path path() {
        return path;
    }

    /** The names of the tensors, in the header's order. A name is data: never a path, and unsafe to print unquoted. */
    public Set<String> names() {
        return Collections.unmodifiableSet(content.tensors().keySet());
    }

    /** The header's free text, e.g. {@code format → pt}. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(content.metadata());
    }

    /**
     * How tensor {@code name} is stored.
     *
     * @throws ModelFormatException if there is no such tensor, or the engine has no such type (U16, U32, U64, F4 …)
     */
    public TensorType type(String name) {
        StoredTensor tensor = tensor(name, Label.of(path));
        DType dtype = tensor.stored()
                .dtype()
                .orElseThrow(() -> new ModelFormatException("%s: tensor %s: unsupported dtype %s"
                        .formatted(Label.of(path), Quoted.of(name), tensor.stored())));
        return new TensorType(
                dtype,
                Shape.of(tensor.shape().stream().mapToLong(Long::longValue).toArray()));
    }

    /**
     * The data of tensor {@code name}: a read-only view of the mapping, aligned as the file happens to align it.
     *
     * @throws ModelFormatException as {@link #type}
     */
    public HostTensor tensor(String name) {
        TensorType type = type(name);
        StoredTensor tensor = tensor(name, Label.of(path));
        return new HostTensor(type, data.asSlice(tensor.begin(), tensor.bytes()));
    }

    private StoredTensor tensor(String name, String where) {
        return Optional.ofNullable(content.tensors().get(name))
                .orElseThrow(() -> new ModelFormatException("%s: no tensor %s".formatted(where, Quoted.of(name))));
    }

    /**
     * Checks that the file still has the size and time it had when it was opened.
     *
     * @throws ModelFormatException if it was changed, replaced or removed
     */
    public void verifyUnchanged() {
        String where = Label.of(path);
        try {
            if (!Stamp.of(path).equals(stamp)) {
                throw new ModelFormatException("%s: the file changed after it was opened".formatted(where));
            }
        } catch (NoSuchFileException e) {
            throw new ModelFormatException("%s: the file was removed after it was opened".formatted(where), e);
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be read: %s".formatted(where, e), e);
        }
    }

    /** Ends the mapping: every tensor of this file becomes unreadable. */
    @Override
    public void close() {
        arena.close();
    }

    @Override
    public String toString() {
        return "%s (%d tensors)".formatted(path, content.tensors().size());
    }
}
