package io.github.tintype.cpu;

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
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The native code of this room: oneDNN and the OpenMP runtime that it links to, taken from the bytedeco jar on the class path.
 *
 * <p>Both files are unpacked once, side by side (libdnnl looks for libgomp in its own directory), into a directory named after
 * libdnnl's SHA-256. A file is loaded only if it has the digest below, and only from a directory that belongs to this user and that
 * nobody else can enter: another user must not be able to make us load his code.
 *
 * @param dnnl symbols of libdnnl
 * @param openmp symbols of libgomp
 */
record NativeLibrary(SymbolLookup dnnl, SymbolLookup openmp) {
    private static final String RESOURCES = "/org/bytedeco/dnnl/linux-x86_64/";

    /** A file of the jar and the digest of the version that this code was written for. */
    record Part(String name, String sha256) {}

    static final Part OPENMP =
            new Part("libgomp.so.1", "d46f9225c1883039e8a6853e6d96ca1af11d034ce186a090952e4a7c8a7c2fdc");
    static final Part DNNL =
            new Part("libdnnl.so.3", "3610657c35381b06694034b677cf73f28086495aba51ecf0cfb5b6511652a443");

    /**
     * Unpacks what is not there yet, checks and loads. Falls back to a fresh temporary directory if {@code cache} can't be used.
     *
     * @throws DeviceException ({@code NATIVE}) if this is not Linux on x86-64, the jar is missing, or the loader refuses
     */
    static NativeLibrary load(Path cache) {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!platform.toLowerCase(Locale.ROOT).equals("linux amd64")) {
            throw failure("got %s, wanted Linux amd64".formatted(platform));
        }
        Path folder = unpack(cache);
        // libgomp first and by its path, so that a different libgomp of the system can't take its place.
        SymbolLookup openmp = open(folder.resolve(OPENMP.name()));
        return new NativeLibrary(open(folder.resolve(DNNL.name())), openmp);
    }

    /** The directory that holds both files, checked. */
    static Path unpack(Path cache) {
        try {
            return unpackInto(privateFolder(cache.toAbsolutePath().resolve(DNNL.sha256())));
        } catch (IOException unusable) {
            try {
                Path temporary = Files.createTempDirectory("tintype-native-"); // created 0700
                temporary.toFile().deleteOnExit();
                Path folder = unpackInto(temporary);
                // Registered after the folder, so deleted before it; a loaded library lives on without its name.
                List.of(OPENMP, DNNL)
                        .forEach(part -> folder.resolve(part.name()).toFile().deleteOnExit());
                return folder;
            } catch (IOException e) {
                throw new DeviceException(
                        DeviceException.Reason.NATIVE,
                        "native libraries: got %s for %s and %s for a temporary directory, wanted one writable directory"
                                .formatted(unusable, cache, e),
                        e);
            }
        }
    }

    private static Path unpackInto(Path folder) throws IOException {
        for (Part part : List.of(OPENMP, DNNL)) {
            Path file = folder.resolve(part.name());
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    || !digest(file).equals(part.sha256())) {
                extract(part, file);
            }
        }
        return folder;
    }

    /* Written beside its place and moved there whole: another process sees all of it or nothing. */
    private static void extract(Part part, Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IOException("no directory for " + file);
        }
        Path written = Files.createTempFile(parent, part.name(), ".part"); // created 0600
        try (InputStream in = NativeLibrary.class.getResourceAsStream(RESOURCES + part.name())) {
            if (in == null) {
                throw failure("got no resource %s%s, wanted the jar org.bytedeco:dnnl linux-x86_64 on the class path"
                        .formatted(RESOURCES, part.name()));
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

    static String digest(Path file) throws IOException {
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

    @SuppressWarnings("restricted")
    private static SymbolLookup open(Path file) {
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

    private static DeviceException failure(String text) {
        return new DeviceException(DeviceException.Reason.NATIVE, "native libraries: " + text);
    }
}
