package io.github.tintype.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which of our native libraries are in this process, and the files they came from: Linux knows. */
final class NativeLibraries {
    private static final Pattern FILE = Pattern.compile("(/.*/(?:libdnnl|libgomp|libtokenizers)[^/]*)$");

    private NativeLibraries() {}

    /** Paths; "(deleted)" behind those that are loaded from a temporary file. */
    static List<String> loaded() {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return loaded(maps);
        } catch (IOException _) {
            return List.of();
        }
    }

    static List<String> loaded(Stream<String> maps) {
        return maps.map(FILE::matcher)
                .filter(Matcher::find)
                .map(match -> match.group(1))
                .distinct()
                .toList();
    }
}
