package io.github.tintype.graph.stored;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What stored graphs, and what is stored beside them, are made of: texts, and lengths that are checked against what is left before anything is allocated. */
public final class StoredParts {
    private StoredParts() {}

    /** Writes {@code text} so that {@link #text} reads it. */
    public static void writeText(String text, DataOutputStream out) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** @throws GraphFormatException if it is longer than what is left */
    public static String text(ByteBuffer in) {
        byte[] bytes = new byte[count(in, 1)];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * How many things follow.
     *
     * @param least bytes that each of them takes
     * @throws GraphFormatException if so many aren't left
     */
    public static int count(ByteBuffer in, int least) {
        int count = in.getInt();
        if (count < 0 || (long) count * least > in.remaining()) {
            throw new GraphFormatException(
                    "got a length of %d where %d bytes are left".formatted(count, in.remaining()));
        }
        return count;
    }
}
