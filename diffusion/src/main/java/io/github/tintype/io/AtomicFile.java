package io.github.tintype.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.UUID;

/**
 * Writes a file so that others see the old one or the new one, never a part: a temporary file in the same folder, forced to the disk,
 * then renamed. A mapped file is safe from us too, because it is replaced, never rewritten.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** What writes the content. */
    @FunctionalInterface
    public interface Body {
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Replaces {@code target} with what {@code body} writes. If anything fails, the old file stays and the temporary one is removed.
     *
     * @throws UncheckedIOException naming the file, if it can't be written
     */
    public static void write(Path target, Body body) {
        Path temporary = temporary(target);
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                body.writeTo(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            forceFolder(Objects.requireNonNull(temporary.getParent()));
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be written: %s".formatted(target, e), e);
        } finally {
            removeQuietly(temporary);
        }
    }

    /** The same of a file that is in memory. @throws UncheckedIOException naming the file, if it can't be written */
    static void write(Path target, byte[] content) {
        write(target, channel -> {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /**
     * Tries whether {@link #write(Path, Body)} could begin: whether the folder takes a new file, and one with so long a name.
     *
     * @throws IOException if it couldn't
     */
    public static void check(Path target) throws IOException {
        Path temporary = temporary(target);
        Files.createFile(temporary);
        removeQuietly(temporary);
    }

    private static Path temporary(Path target) {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || target.getFileName() == null) {
            throw new UncheckedIOException(new IOException("%s: not the name of a file".formatted(target)));
        }
        return folder.resolve(".%s.%s.tmp".formatted(target.getFileName(), UUID.randomUUID()));
    }

    /* Makes the rename itself durable; where folders can't be opened (Windows), the file system does that alone. */
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            System.getLogger(AtomicFile.class.getName())
                    .log(System.Logger.Level.DEBUG, "%s can't be forced to the disk".formatted(folder), e);
        }
    }

    private static void removeQuietly(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            if (!Files.exists(temporary)) {
                return; // a name that can't exist
            }
            System.getLogger(AtomicFile.class.getName())
                    .log(System.Logger.Level.WARNING, "%s is left behind".formatted(temporary), e);
        }
    }
}
