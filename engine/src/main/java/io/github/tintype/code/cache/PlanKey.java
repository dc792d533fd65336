package io.github.tintype.code.cache;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Everything that decides what the passes make of a graph. Found by it are the bytes of the graph after the passes, which only whoever made them can read.
 *
 * @param name of the compiled function, for people
 * @param graph the SHA-256 of the recorded graph, in 64 hexadecimal digits
 * @param regions which parts are compiled, and which of them share a program
 * @param flags what the passes may do
 * @param device what the passes ask about: the device, its build and what it compiles with
 * @param build of the engine ({@link io.github.tintype.code.Build})
 */
public record PlanKey(String name, String graph, String regions, String flags, String device, String build)
        implements CacheKey<ByteBuffer> {
    /** @throws IllegalArgumentException if a text isn't one line of 1 to 2000 ASCII characters, or {@code graph} no digest */
    public PlanKey {
        KeyText.check(name, regions, flags, device, build);
        KeyText.checkDigest(graph);
    }

    /** The key of these; of names and regions that no line of ASCII can show, a digest takes the place. */
    public static PlanKey of(String name, String graph, String regions, String flags, String device, String build) {
        return new PlanKey(KeyText.plain(name), graph, KeyText.plain(regions), flags, device, build);
    }

    /** The key of an entry that consists of these. @throws IllegalArgumentException if they are of no key */
    static PlanKey of(Components found) {
        return new PlanKey(
                found.get("name"),
                found.get("graph"),
                found.get("regions"),
                found.get("flags"),
                found.get("device"),
                found.get("build"));
    }

    @Override
    public Sort sort() {
        return Sort.PLAN;
    }

    @Override
    public String content() {
        return graph;
    }

    @Override
    public Map<String, String> components() {
        Map<String, String> components = new LinkedHashMap<>();
        components.put("name", name);
        components.put("graph", graph);
        components.put("regions", regions);
        components.put("flags", flags);
        components.put("device", device);
        components.put("build", build);
        return components;
    }

    @Override
    public void write(ByteBuffer value, DataOutputStream out) throws IOException {
        byte[] bytes = new byte[value.remaining()];
        value.duplicate().get(bytes);
        out.write(bytes);
    }

    @Override
    public ByteBuffer read(ByteBuffer in) {
        return in.slice().asReadOnlyBuffer();
    }

    /** What it is for, in one line. */
    @Override
    public String toString() {
        return "%s, graph %s, %s, %s, for %s, build %s"
                .formatted(name, KeyText.shown("graph", graph), regions, flags, device, KeyText.shown("build", build));
    }
}
