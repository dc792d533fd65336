package io.github.tintype.code.cache;

import io.github.tintype.code.Digests;
import io.github.tintype.code.Target;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Everything that decides the code of a program: equal keys have equal images.
 *
 * @param name of the program, for people
 * @param program the SHA-256 of the program's text, in 64 hexadecimal digits
 * @param compiler the compiler's version, with whatever of its settings decides code
 * @param target what the code is for
 * @param effort how hard the compiler tried
 * @param build of the engine ({@link io.github.tintype.code.Build}): what code may rely on, beyond its program
 */
public record ImageKey(String name, String program, String compiler, Target target, String effort, String build) {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern FILE = Pattern.compile("[0-9a-f]{16}-[0-9a-f]{64}\\.image");
    /** One line of a terminal can show it. */
    private static final Pattern PLAIN = Pattern.compile("[ -~]{1,2000}");

    private static final int ABBREVIATED = 12;

    /** @throws IllegalArgumentException if a text isn't one line of 1 to 2000 ASCII characters, or {@code program} no digest */
    public ImageKey {
        for (String text :
                List.of(name, compiler, target.triple(), target.cpu(), target.features() + " ", effort, build)) {
            if (!PLAIN.matcher(text).matches()) {
                throw new IllegalArgumentException(
                        "image key: got a text of %d characters, wanted 1 to 2000 that are printable ASCII"
                                .formatted(text.length()));
            }
        }
        if (!DIGEST.matcher(program).matches()) {
            throw new IllegalArgumentException("image key: got a digest of %d characters, wanted 64 hexadecimal digits"
                    .formatted(program.length()));
        }
    }

    /** The key of a program that is given by its text. */
    public static ImageKey of(String name, String text, String compiler, Target target, String effort, String build) {
        return new ImageKey(name, hex(text.getBytes(StandardCharsets.UTF_8)), compiler, target, effort, build);
    }

    /** What the key consists of, by name. */
    Map<String, String> components() {
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

    /** The file of the entry. All keys of one program begin alike, so that a miss finds what there is of it without reading all files. */
    String fileName() {
        StringBuilder text = new StringBuilder("format=").append(Entry.FORMAT).append('\n');
        components()
                .forEach((name, value) ->
                        text.append(name).append('=').append(value).append('\n'));
        return filePrefix() + hex(text.toString().getBytes(StandardCharsets.UTF_8)) + ".image";
    }

    String filePrefix() {
        return program.substring(0, 16) + "-";
    }

    static boolean isFileName(String name) {
        return FILE.matcher(name).matches();
    }

    /** In what {@code there}, an entry of the same program, differs from this key: one phrase each. */
    List<String> differences(ImageKey there) {
        List<String> differences = new ArrayList<>();
        Map<String, String> others = there.components();
        components().forEach((name, here) -> {
            String other = others.getOrDefault(name, "");
            if (!other.equals(here)) {
                differences.add(
                        "another %s: %s, here %s".formatted(label(name), shown(name, other), shown(name, here)));
            }
        });
        return differences;
    }

    private static String label(String component) {
        return switch (component) {
            case "triple" -> "platform";
            case "cpu" -> "processor";
            case "features" -> "set of processor features";
            case "lanes" -> "number of lanes";
            case "build" -> "build of the engine";
            default -> component;
        };
    }

    private static String shown(String component, String value) {
        return switch (component) {
            case "build", "program" -> value.substring(0, Math.min(ABBREVIATED, value.length()));
            default -> value.isEmpty() ? "none" : value;
        };
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(Digests.sha256().digest(bytes));
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
                        shown("build", build));
    }
}
