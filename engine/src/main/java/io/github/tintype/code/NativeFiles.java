package io.github.tintype.code;

import io.github.tintype.tensor.DeviceException;
import java.io.IOException;
import java.io.InputStream;
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
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/**
 * A native library that comes in a jar, unpacked once. It is kept in a directory named after its SHA-256, and taken from there only if it still
 * has that digest and the directory belongs to this user and nobody else can enter: another user must not be able to make us load his code.
 */
public final class NativeFiles {
    private NativeFiles() {}

    /**
     * The path of the unpacked file.
     *
     * @param cache where to keep it; if that can't be used, a temporary directory is made
     * @param jar beside whose classes the resource is
     * @param resource its absolute name
     * @param sha256 of the version that the caller was written for
     * @throws DeviceException ({@code NATIVE}) if it is missing, another, or can't be written
     */
    public static Path unpack(Path cache, Class<?> jar, String resource, String sha256) {
        String name = resource.substring(resource.lastIndexOf('/') + 1);
        try {
            return unpackInto(
                    privateFolder(cache.toAbsolutePath().resolve(sha256)).resolve(name), jar, resource, sha256);
        } catch (IOException unusable) {
            try {
                Path temporary = Files.createTempDirectory("tintype-native-"); // created 0700
                temporary.toFile().deleteOnExit();
                Path file = unpackInto(temporary.resolve(name), jar, resource, sha256);
                // Registered after the folder, so deleted before it; a loaded library lives on without its name.
                file.toFile().deleteOnExit();
                return file;
            } catch (IOException e) {
                throw failure("got %s for %s and %s for a temporary directory, wanted one writable directory"
                        .formatted(unusable, cache, e));
            }
        }
    }

    private static Path unpackInto(Path file, Class<?> jar, String resource, String sha256) throws IOException {
        boolean there = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && digest(file).equals(sha256);
        if (!there) {
            extract(file, jar, resource, sha256);
        }
        return file;
    }

    /* Written beside its place and moved there whole: another process sees all of it or nothing. */
    private static void extract(Path file, Class<?> jar, String resource, String sha256) throws IOException {
        Path written = Files.createTempFile(file.getParent(), "unpacked", ".part"); // created 0600
        try (InputStream in = jar.getResourceAsStream(resource)) {
            if (in == null) {
                throw failure("got no resource %s, wanted its jar on the class path".formatted(resource));
            }
            Files.copy(in, written, StandardCopyOption.REPLACE_EXISTING);
            String found = digest(written);
            if (!found.equals(sha256)) {
                throw failure("got %s with SHA-256 %s, wanted %s".formatted(resource, found, sha256));
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

    private static String digest(Path file) throws IOException {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha256)) {
                byte[] buffer = new byte[1 << 20];
                while (in.read(buffer) >= 0) {
                    // the stream feeds the digest
                }
            }
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has SHA-256
        }
    }

    private static DeviceException failure(String text) {
        return new DeviceException(DeviceException.Reason.NATIVE, "native libraries: " + text);
    }
}
