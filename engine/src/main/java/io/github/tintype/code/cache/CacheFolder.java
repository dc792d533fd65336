package io.github.tintype.code.cache;

import io.github.tintype.code.cache.CacheFiles.Kind;
import io.github.tintype.code.cache.CacheFiles.Status;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * The directory of a cache. It is used only if it is this user's own and nobody else may enter it, which is looked at each time; so nobody
 * else can put a file there between our look at it and our reading it.
 */
final class CacheFolder {
    private static final Pattern TEMPORARY = Pattern.compile("\\.[0-9a-f-]{3,60}\\.tmp");
    private static final int ANYTHING_BY_OTHERS = 077;
    private static final int WRITING_BY_OTHERS = 022;
    /** Nobody takes that long to write a file; its writer was killed. */
    private static final Duration STALE = Duration.ofHours(1);

    private final Path folder;
    private final CacheFiles files;
    private final InstantSource clock;
    /** Bytes since {@link #trim} looked at all files; so many at first that it does after the first entry of a process. */
    private final AtomicLong written = new AtomicLong(Long.MAX_VALUE / 2);

    private final AtomicLong temporaries = new AtomicLong();

    /** An entry's file; {@code status} of the moment when it was listed. */
    record Item(Path file, Status status) {}

    CacheFolder(Path folder, CacheFiles files, InstantSource clock) {
        this.folder = folder.toAbsolutePath();
        this.files = files;
        this.clock = clock;
    }

    Path path() {
        return folder;
    }

    CacheFiles files() {
        return files;
    }

    /** Whether it is there. @throws IOException with a message that says why it may not be used, without its name */
    boolean check() throws IOException {
        Status found;
        try {
            found = files.status(folder);
        } catch (NoSuchFileException e) {
            return false;
        }
        if (found.kind() != Kind.FOLDER) {
            throw new IOException("it is no directory, nor may it be a link to one");
        }
        int user = files.user();
        if (found.user() != user) {
            throw new IOException("it belongs to user %d, and this is user %d".formatted(found.user(), user));
        }
        if (found.othersMay(ANYTHING_BY_OTHERS)) {
            throw new IOException("others may use it: got mode %o, wanted 700".formatted(found.mode()));
        }
        return true;
    }

    /**
     * The first {@code most} bytes of an entry, if it is there.
     *
     * @throws CacheFormatException if it is no file of this user's, or longer than any entry
     */
    Optional<byte[]> read(String name, int most) throws IOException {
        Path file = folder.resolve(name);
        try {
            Status found = files.status(file);
            if (found.kind() != Kind.FILE) {
                throw new CacheFormatException("it is no regular file");
            }
            if (found.user() != files.user() || found.othersMay(WRITING_BY_OTHERS)) {
                throw new CacheFormatException(
                        "it is not this user's alone (user %d, mode %o)".formatted(found.user(), found.mode()));
            }
            if (found.bytes() > Entry.MOST_BYTES) {
                throw new CacheFormatException(
                        "got %d bytes, wanted at most %d".formatted(found.bytes(), Entry.MOST_BYTES));
            }
            return Optional.of(files.read(file, most));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** That an entry was used now, as far as that can be written. */
    void touch(String name) {
        try {
            files.touch(folder.resolve(name), clock.instant());
        } catch (IOException e) {
            // a read-only cache forgets nothing either
        }
    }

    /** Puts {@code content} in the place of whatever has that name; others see the old or the new. */
    void replace(String name, byte[] content) throws IOException {
        if (!check()) {
            files.createFolder(folder);
            if (!check()) {
                throw new IOException("it can't be made");
            }
        }
        // A process of the same number in another container may write here too: if it draws the same, creating fails.
        Path temporary = folder.resolve(".%x-%x-%x.tmp"
                .formatted(ProcessHandle.current().pid(), System.nanoTime(), temporaries.getAndIncrement()));
        replace(temporary, folder.resolve(name), content);
        written.addAndGet(content.length);
    }

    /** The same for any file in any folder. */
    void replace(Path temporary, Path target, byte[] content) throws IOException {
        try {
            files.create(temporary, content);
            try {
                files.move(temporary, target);
            } catch (IOException e) {
                if (status(target).filter(there -> there.kind() == Kind.FOLDER).isEmpty()) {
                    throw e;
                }
                files.delete(target); // an empty folder; one with something in it stays, and this fails
                files.move(temporary, target);
            }
        } catch (FileAlreadyExistsException e) {
            throw e; // somebody else's temporary file
        } catch (IOException e) {
            remove(temporary);
            throw e;
        }
    }

    private void remove(Path file) {
        try {
            files.delete(file);
        } catch (IOException e) {
            // somebody else's by now, or swept later
        }
    }

    /** The entries of the folder, the one used longest ago first. */
    List<Item> items() throws IOException {
        return items("");
    }

    /** Those whose names begin with {@code prefix}. */
    List<Item> items(String prefix) throws IOException {
        List<Item> items = new ArrayList<>();
        for (Path file : files.list(folder)) {
            String name = name(file);
            if (name.startsWith(prefix) && KeyText.isFileName(name)) {
                status(file).ifPresent(status -> items.add(new Item(file, status)));
            }
        }
        items.sort(Comparator.<Item, Instant>comparing(item -> item.status().changed())
                .thenComparing(Item::file));
        return items;
    }

    private Optional<Status> status(Path file) throws IOException {
        try {
            return Optional.of(files.status(file));
        } catch (NoSuchFileException e) {
            return Optional.empty(); // another process removed it
        }
    }

    static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    /**
     * Removes what was used longest ago until {@code most} bytes are left. A look at all files takes a while, so there is none until a
     * sixteenth of that was written.
     */
    void trim(long most) throws IOException {
        if (written.get() <= most / 16) {
            return;
        }
        written.set(0);
        sweep();
        List<Item> items = items();
        long total = items.stream().mapToLong(item -> item.status().bytes()).sum();
        for (Item item : items) {
            if (total <= most) {
                return;
            }
            remove(item.file());
            total -= item.status().bytes();
        }
    }

    /** Removes what killed processes left half written. */
    void sweep() throws IOException {
        for (Path file : files.list(folder)) {
            if (TEMPORARY.matcher(name(file)).matches()) {
                status(file)
                        .filter(status -> Duration.between(status.changed(), clock.instant())
                                        .abs()
                                        .compareTo(STALE)
                                > 0)
                        .ifPresent(_ -> remove(file));
            }
        }
    }

    /** Removes all entries and what was left half written; tells which entries. */
    List<Item> clear() throws IOException {
        if (!check()) {
            return List.of();
        }
        List<Item> items = items();
        for (Item item : items) {
            files.delete(item.file());
        }
        sweep();
        return items;
    }

    /** The system's error in words, without the name of a file: that of a temporary one would make each error another. */
    static String reason(IOException problem) {
        return switch (problem) {
            case AccessDeniedException _ -> "permission denied";
            case NoSuchFileException _ -> "no such file or directory";
            case FileSystemException e when e.getReason() != null -> e.getReason();
            default -> problem.getMessage() == null ? problem.getClass().getSimpleName() : problem.getMessage();
        };
    }
}
