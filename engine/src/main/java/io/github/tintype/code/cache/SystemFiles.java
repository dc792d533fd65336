package io.github.tintype.code.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The files of the system, where it has owners and permissions. */
final class SystemFiles implements CacheFiles {
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** A process's own folder in /proc belongs to the user that it runs as; user.name says nothing in a container. */
    private static final Path SELF = Path.of("/proc/self");

    private static final int TYPE = 0170000;
    private static final int FILE = 0100000;
    private static final int FOLDER = 0040000;

    private volatile OptionalInt user = OptionalInt.empty();

    @Override
    public int user() throws IOException {
        OptionalInt known = user;
        if (known.isEmpty()) {
            known = OptionalInt.of(find());
            user = known;
        }
        return known.getAsInt();
    }

    private static int find() throws IOException {
        if (Files.isDirectory(SELF)) {
            return number(attributes(SELF.toRealPath()), "uid");
        }
        Path probe = Files.createTempFile("tintype-owner", ".tmp");
        try {
            return number(attributes(probe), "uid");
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        try {
            return Files.readAttributes(path, "unix:mode,uid,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            throw new IOException("this system's files have no owner and mode", e);
        }
    }

    private static int number(Map<String, Object> attributes, String name) {
        return (Integer) attributes.getOrDefault(name, -1);
    }

    @Override
    public Status status(Path path) throws IOException {
        Map<String, Object> found = attributes(path);
        int mode = number(found, "mode");
        Kind kind = switch (mode & TYPE) {
            case FILE -> Kind.FILE;
            case FOLDER -> Kind.FOLDER;
            default -> Kind.OTHER;
        };
        FileTime changed = (FileTime) found.getOrDefault("lastModifiedTime", FileTime.fromMillis(0));
        return new Status(
                kind, number(found, "uid"), mode & 07777, (Long) found.getOrDefault("size", 0L), changed.toInstant());
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(files::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return files;
    }

    @Override
    public byte[] read(Path file, int most) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer content = ByteBuffer.allocate((int) Math.min(most, channel.size()));
            while (content.hasRemaining() && channel.read(content) >= 0) {
                // a read may be short
            }
            return content.hasRemaining() ? Arrays.copyOf(content.array(), content.position()) : content.array();
        }
    }

    @Override
    public void create(Path file, byte[] content) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), OWNERS_FILE)) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(false);
        } catch (UnsupportedOperationException e) {
            throw new IOException("this system's files have no mode", e);
        }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void touch(Path file, Instant time) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(time));
    }

    @Override
    public void createFolder(Path folder) throws IOException {
        try {
            Path parent = folder.getParent();
            if (parent != null) {
                Files.createDirectories(parent, OWNERS_FOLDER);
            }
            Files.createDirectory(folder, OWNERS_FOLDER);
        } catch (FileAlreadyExistsException e) {
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw e; // something above it is a file
            }
        } catch (UnsupportedOperationException e) {
            throw new IOException("this system's files have no mode", e);
        }
    }
}
