package io.github.tintype.io;

import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * Writes safetensors files as the reference writer lays them out: tensors by falling element size, then by name, and the header padded
 * so that every tensor is aligned to its elements. Equal content gives equal bytes.
 */
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;
    private static final long CHUNK = 1 << 30;

    private SafetensorsWriter() {}

    /**
     * Replaces {@code path} atomically.
     *
     * @throws ModelFormatException if a name can't be written: {@code __metadata__}, or half a surrogate pair
     * @throws UncheckedIOException if the file can't be written
     */
    public static void write(Path path, Map<String, HostTensor> tensors, Map<String, String> metadata) {
        Map<String, TensorType> types = new TreeMap<>();
        tensors.forEach((name, tensor) -> types.put(name, tensor.type()));
        Map<String, HostTensor> values = Map.copyOf(tensors);
        write(
                path,
                types,
                metadata,
                (channel, tensor) -> writeAll(
                        channel,
                        Objects.requireNonNull(values.get(tensor.getKey())).data()));
    }

    /**
     * Replaces {@code path} atomically, holding one tensor at a time.
     *
     * @param fill is given each tensor's name and memory for its values, in the file's order
     * @throws ModelFormatException if a name can't be written: {@code __metadata__}, or half a surrogate pair
     * @throws UncheckedIOException if the file can't be written
     */
    public static void stream(
            Path path,
            Map<String, TensorType> types,
            Map<String, String> metadata,
            BiConsumer<String, HostTensor> fill) {
        write(path, types, metadata, (channel, tensor) -> {
            try (Arena arena = Arena.ofConfined()) {
                TensorType type = tensor.getValue();
                HostTensor data = new HostTensor(type, arena.allocate(type.bytes(), ALIGNMENT));
                fill.accept(tensor.getKey(), data);
                writeAll(channel, data.data());
            }
        });
    }

    @FunctionalInterface
    private interface Content {
        void write(FileChannel channel, Map.Entry<String, TensorType> tensor) throws IOException;
    }

    private static void write(Path path, Map<String, TensorType> types, Map<String, String> metadata, Content content) {
        List<Map.Entry<String, TensorType>> ordered = types.entrySet().stream()
                .sorted(Comparator.<Map.Entry<String, TensorType>>comparingInt(
                                entry -> -entry.getValue().dtype().bytes())
                        .thenComparing(Map.Entry.comparingByKey()))
                .toList();
        byte[] header = header(ordered, metadata);
        AtomicFile.write(path, channel -> {
            ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, start.putLong(header.length).put(header).flip());
            for (Map.Entry<String, TensorType> tensor : ordered) {
                content.write(channel, tensor);
            }
        });
    }

    private static void writeAll(FileChannel channel, MemorySegment data) throws IOException {
        for (long at = 0; at < data.byteSize(); at += CHUNK) {
            long length = Math.min(CHUNK, data.byteSize() - at);
            writeFully(channel, data.asSlice(at, length).asByteBuffer());
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static byte[] header(List<Map.Entry<String, TensorType>> tensors, Map<String, String> metadata) {
        StringBuilder json = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            json.append("\"__metadata__\":");
            json.append(new TreeMap<>(metadata)
                    .entrySet().stream()
                            .map(entry -> Json.string(entry.getKey()) + ":" + Json.string(entry.getValue()))
                            .collect(Collectors.joining(",", "{", "}")));
        }
        long begin = 0;
        for (Map.Entry<String, TensorType> entry : tensors) {
            if (entry.getKey().equals("__metadata__")) {
                throw new ModelFormatException("a tensor can't be called __metadata__: the format keeps that name");
            }
            TensorType type = entry.getValue();
            String shape =
                    type.shape().dims().stream().map(Object::toString).collect(Collectors.joining(",", "[", "]"));
            long end = Math.addExact(begin, type.bytes());
            json.append(json.length() > 1 ? "," : "")
                    .append(Json.string(entry.getKey()))
                    .append(":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                            .formatted(type.dtype().name(), shape, begin, end));
            begin = end;
        }
        json.append('}');
        byte[] unpadded = json.toString().getBytes(StandardCharsets.UTF_8);
        int padding = Math.floorMod(-unpadded.length, ALIGNMENT);
        return json.append(" ".repeat(padding)).toString().getBytes(StandardCharsets.UTF_8);
    }
}
