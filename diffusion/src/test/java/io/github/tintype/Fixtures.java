package io.github.tintype;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Golden files of the test resources, read with a few lines of their own so that rooms can be tested without {@code io}. */
public final class Fixtures {
    private Fixtures() {}

    /** A file or folder under {@code fixtures/}. */
    public static Path path(String name) {
        return resource("/fixtures/" + name);
    }

    /** A file under {@code golden/}, which our own script made. */
    public static Path golden(String name) {
        return resource("/golden/" + name);
    }

    private static Path resource(String name) {
        try {
            return Path.of(Objects.requireNonNull(Fixtures.class.getResource(name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public static byte[] bytes(String name) {
        return bytes(path(name));
    }

    private static byte[] bytes(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode json(String name) {
        return new JsonMapper().readTree(bytes(name));
    }

    /** Every tensor of a safetensors file that is known to be good, by name. */
    public static Map<String, HostTensor> tensors(String name) {
        return tensors(path(name));
    }

    /** The same of any file. */
    public static Map<String, HostTensor> tensors(Path path) {
        byte[] file = bytes(path);
        int header = Math.toIntExact(
                ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong());
        JsonNode index = new JsonMapper().readTree(new String(file, 8, header, StandardCharsets.UTF_8));
        Map<String, HostTensor> tensors = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : index.properties()) {
            if (entry.getKey().equals("__metadata__")) {
                continue;
            }
            JsonNode tensor = entry.getValue();
            long[] shape = new long[tensor.get("shape").size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = tensor.get("shape").get(i).asLong();
            }
            int from = tensor.get("data_offsets").get(0).asInt();
            int to = tensor.get("data_offsets").get(1).asInt();
            HostTensor copy = HostTensor.allocate(
                    TensorType.of(DType.valueOf(tensor.get("dtype").asString()), shape));
            copy.data().copyFrom(MemorySegment.ofArray(file).asSlice(8 + header + from, to - from));
            tensors.put(entry.getKey(), copy);
        }
        return tensors;
    }
}
