package io.github.tintype.code;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Which build of a module this is: a version number stays the same while its code changes. Part of the key of whatever is kept on disk
 * between processes.
 */
public final class Build {
    private Build() {}

    /** The build of the engine. */
    public static Optional<String> engine() {
        return of(Build.class);
    }

    /**
     * A digest of names and checksums of all classes in the jar or directory that {@code type} comes from, the same for both; empty if that is neither
     * (an archive in an archive, a run-time image). A jar's checksums stand in its table of contents: no class is read.
     */
    public static Optional<String> of(Class<?> type) {
        try {
            CodeSource source = type.getProtectionDomain().getCodeSource();
            if (source == null || source.getLocation() == null) {
                return Optional.empty();
            }
            Path path = Path.of(source.getLocation().toURI());
            Map<String, Long> classes = Files.isDirectory(path) ? ofFolder(path) : ofJar(path);
            return classes.isEmpty() ? Optional.empty() : Optional.of(digest(classes));
        } catch (Exception e) { // a location of any kind, of which this Java may know no file system
            return Optional.empty();
        }
    }

    static Map<String, Long> ofJar(Path jar) throws IOException {
        Map<String, Long> classes = new TreeMap<>();
        try (ZipFile file = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : Collections.list(file.entries())) {
                if (isClass(entry.getName())) {
                    classes.put(entry.getName(), entry.getCrc());
                }
            }
        }
        return classes;
    }

    static Map<String, Long> ofFolder(Path folder) throws IOException {
        Map<String, Long> classes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                if (isClass(name)) {
                    CRC32 checksum = new CRC32();
                    checksum.update(Files.readAllBytes(file));
                    classes.put(name, checksum.getValue());
                }
            }
        }
        return classes;
    }

    private static boolean isClass(String name) {
        return name.endsWith(".class");
    }

    static String digest(Map<String, Long> classes) {
        MessageDigest sha256 = Digests.sha256();
        classes.forEach((name, checksum) -> {
            sha256.update(name.getBytes(StandardCharsets.UTF_8));
            sha256.update(
                    ByteBuffer.allocate(1 + Long.BYTES).putLong(1, checksum).array());
        });
        return HexFormat.of().formatHex(sha256.digest());
    }
}
