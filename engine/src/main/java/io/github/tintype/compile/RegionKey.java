package io.github.tintype.compile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.tintype.tensor.TensorType;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What two regions have in common that can share one program.
 *
 * @param modules the calls: which of these made it, and the class of the module
 * @param inputs the types of what is read from outside
 * @param entries the nodes, each after those that it reads
 * @param outputs which nodes are read outside
 */
record RegionKey(List<Module> modules, List<TensorType> inputs, List<Entry> entries, List<Integer> outputs) {
    /** A call, made by call {@code caller} of the list; −1 for the region's own. */
    record Module(int caller, String name) {}

    /**
     * A node.
     *
     * @param op the op, or what stands for it where that holds a weight or data
     * @param inputs numbers of entries; −1−i for the region's input i
     * @param module the call that recorded it
     */
    record Entry(Object op, List<Integer> inputs, int module) {}

    /** Some weight of this type; the same number is the same weight. */
    record Placeholder(int number, TensorType type) {}

    /** A constant, compared by its bytes. */
    record Data(TensorType type, ByteBuffer bytes) {
        @Override
        public String toString() {
            return "data %s %s".formatted(type, digest(bytes.duplicate()));
        }
    }

    RegionKey {
        modules = List.copyOf(modules);
        inputs = List.copyOf(inputs);
        entries = List.copyOf(entries);
        outputs = List.copyOf(outputs);
    }

    /** Sixteen hexadecimal digits that stand for this key in reports. */
    String digest() {
        return digest(ByteBuffer.wrap(toString().getBytes(UTF_8)));
    }

    private static String digest(ByteBuffer bytes) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(bytes);
            return HexFormat.of().formatHex(sha.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
