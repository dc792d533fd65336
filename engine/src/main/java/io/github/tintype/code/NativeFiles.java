package io.github.tintype.code;

import io.github.tintype.tensor.DeviceException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Native libraries that come in a jar, unpacked once, side by side. They are kept in a directory named after the SHA-256 of the first, and taken
 * from there only if they still have their digests and the directory belongs to this user and nobody else can enter: another user must not be
 * able to make us load his code.
 *
 * @param artifact whose jar they are in, for the error where it is missing
 * @param jar a class of the module that has that jar
 * @param folder the absolute name of their directory there, ending in a slash
 * @param parts one or more
 */
public record NativeFiles(String artifact, Class<?> jar, String folder, List<Part> parts) {
    /** A file and the digest of the version that the caller was written for. */
    public record Part(String name, String sha256) {}

    public NativeFiles {
        parts = List.copyOf(parts);
    }

    /**
     * The directory that holds the unpacked files, all checked.
     *
     * @param cache where to keep it; if that can't be used, a temporary directory is made
     * @throws DeviceException ({@code NATIVE}) if this is not Linux on x86-64, or a file is missing, another, or can't be written
     */
    public Path unpack(Path cache) {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!platform.toLowerCase(Locale.ROOT).equals("linux amd64")) {
            throw failure("got %s, wanted Linux amd64".formatted(platform));
        }
        try {
            return unpackInto(privateFolder(
                    cache.toAbsolutePath().resolve(parts.getFirst().sha256())));
        } catch (IOException unusable) {
            try {
                Path temporary = Files.createTempDirectory("tintype-native-"); // created 0700
                temporary.toFile().deleteOnExit();
                unpackInto(temporary);
                // Registered after the folder, so deleted before it; a loaded library lives on without its name.
                parts.forEach(part -> temporary.resolve(part.name()).toFile().deleteOnExit());
                return temporary;
            } catch (IOException e) {
                throw new DeviceException(
                        DeviceException.Reason.NATIVE,
                        "native libraries: got %s for %s and %s for a temporary directory, wanted one writable directory"
                                .formatted(unusable, cache, e),
                        e);
            }
        }
    }

    /** The symbols of an unpacked library, loaded for good. @throws DeviceException ({@code NATIVE}) if the system's loader refuses */
    @SuppressWarnings("restricted") // loading a library is what this class is for
    public static SymbolLookup load(Path file) {
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new DeviceException(
                    DeviceException.Reason.NATIVE,
                    "native libraries: got \"%s\" for %s, wanted a library that the system's loader accepts"
                            .formatted(e.getMessage(), file),
                    e);
        }
    }

    private Path unpackInto(Path target) throws IOException {
        for (Part part : parts) {
            Path file = target.resolve(part.name());
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    || !digest(file).equals(part.sha256())) {
                extract(part, target, file);
            }
        }
        return target;
    }

    /* Written beside its place and moved there whole: another process sees all of it or nothing. */
    private void extract(Part part, Path target, Path file) throws IOException {
        Path written = Files.createTempFile(target, part.name(), ".part"); // created 0600
        try (InputStream in = jar.getResourceAsStream(folder + part.name())) {
            if (in == null) {
                throw failure("got no resource %s%s, wanted the jar %s on the class path"
                        .formatted(folder, part.name(), artifact));
            }
            Files.copy(in, written, StandardCopyOption.REPLACE_EXISTING);
            String found = digest(written);
            if (!found.equals(part.sha256())) {
                throw failure("got %s with SHA-256 %s, wanted %s".formatted(part.name(), found, part.sha256()));
            }
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(written);
        }
    }

    private static Path privateFolder(Path folder) throws IOException {
        Set<PosixFilePermission> mine = PosixFilePermissions.fromString("rwx------");
        Path parent = folder.getParent();
        if (parent != null) {
            Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(mine));
        }
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(mine));
        } catch (FileAlreadyExistsException exists) {
            // checked below
        }
        PosixFileAttributes found = Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        // A fresh file in it belongs to whoever we are: user.name says nothing in a container.
        Path probe = Files.createTempFile(folder, "owner", ".part");
        try {
            boolean same = Files.getOwner(probe).equals(found.owner());
            if (!found.isDirectory() || !same || !found.permissions().equals(mine)) {
                throw new IOException("%s is not a directory of this user alone".formatted(folder));
            }
        } finally {
            Files.deleteIfExists(probe);
        }
        return folder;
    }

    /** The SHA-256 of a file, in hexadecimal digits. */
    public static String digest(Path file) throws IOException {
        MessageDigest sha256 = Digests.sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
            byte[] buffer = new byte[1 << 16]; // stays in cache: a megabyte takes a quarter longer
            while (in.read(buffer) >= 0) {
                // the stream feeds the digest
            }
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static DeviceException failure(String text) {
        return new DeviceException(DeviceException.Reason.NATIVE, "native libraries: " + text);
    }
}
