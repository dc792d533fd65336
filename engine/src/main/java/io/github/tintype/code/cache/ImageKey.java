package io.github.tintype.code.cache;

import io.github.tintype.code.Image;
import io.github.tintype.code.Target;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Everything that decides the code of a program: equal keys have equal images.
 *
 * @param name of the program, for people
 * @param program the SHA-256 of the program's text, or of that of the parameters by which the build makes it, in 64 hexadecimal digits
 * @param compiler the compiler's version, with whatever of its settings decides code
 * @param target what the code is for
 * @param effort how hard the compiler tried
 * @param build of the engine ({@link io.github.tintype.code.Build}): what code may rely on, beyond its program
 */
public record ImageKey(String name, String program, String compiler, Target target, String effort, String build)
        implements CacheKey<Image> {
    private static final int MOST_FUNCTIONS = 10_000;

    /** @throws IllegalArgumentException if a text isn't one line of 1 to 2000 ASCII characters, or {@code program} no digest */
    public ImageKey {
        KeyText.check(name, compiler, target.triple(), target.cpu(), target.features() + " ", effort, build);
        KeyText.checkDigest(program);
    }

    /** The key of an entry that consists of these. @throws IllegalArgumentException if they are of no key */
    static ImageKey of(Components found) {
        return new ImageKey(
                found.get("name"),
                found.get("program"),
                found.get("compiler"),
                new Target(
                        found.get("triple"),
                        found.get("cpu"),
                        found.get("features"),
                        Integer.parseInt(found.get("lanes"))),
                found.get("effort"),
                found.get("build"));
    }

    @Override
    public Sort sort() {
        return Sort.IMAGE;
    }

    @Override
    public String content() {
        return program;
    }

    @Override
    public Map<String, String> components() {
        Map<String, String> components = new LinkedHashMap<>();
        components.put("name", name);
        components.put("program", program);
        components.put("compiler", compiler);
        components.put("triple", target.triple());
        components.put("cpu", target.cpu());
        components.put("features", target.features());
        components.put("lanes", Integer.toString(target.lanes()));
        components.put("effort", effort);
        components.put("build", build);
        return components;
    }

    @Override
    public void write(Image image, DataOutputStream out) throws IOException {
        if (image.entries().size() > MOST_FUNCTIONS) {
            throw new CacheFormatException("got %d functions, wanted at most %d"
                    .formatted(image.entries().size(), MOST_FUNCTIONS));
        }
        out.writeInt(image.entries().size());
        for (Map.Entry<String, Integer> function : image.entries().entrySet()) {
            Entry.write(out, function.getKey());
            out.writeInt(function.getValue());
        }
        byte[] code = image.code();
        out.writeInt(code.length);
        out.write(code);
    }

    @Override
    public Image read(ByteBuffer in) {
        int count = Entry.length(in.getInt(), MOST_FUNCTIONS);
        Map<String, Integer> functions = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            if (functions.put(Entry.text(in), in.getInt()) != null) {
                throw new CacheFormatException("it has a function twice");
            }
        }
        int bytes = in.getInt();
        if (bytes != in.remaining()) {
            throw new CacheFormatException("got %d bytes of code, wanted %d".formatted(in.remaining(), bytes));
        }
        byte[] code = new byte[bytes];
        in.get(code);
        try {
            return new Image(code, functions);
        } catch (IllegalArgumentException e) {
            throw new CacheFormatException("its image is none");
        }
    }

    /** What it is for, in one line. */
    @Override
    public String toString() {
        return "%s for %s%s, %d lanes, effort %s, by %s, build %s"
                .formatted(
                        name,
                        target.cpu(),
                        target.features().isEmpty() ? "" : " " + target.features(),
                        target.lanes(),
                        effort,
                        compiler,
                        KeyText.shown("build", build));
    }
}
