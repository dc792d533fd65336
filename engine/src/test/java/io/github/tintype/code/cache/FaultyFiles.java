package io.github.tintype.code.cache;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The system's files, with faults: the disk is full or the process dies at a step, files belong to others, a directory is read-only. */
final class FaultyFiles implements CacheFiles {
    /** The process is gone: nothing of ours runs after it. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    enum Fault {
        NO_SPACE,
        KILL
    }

    private final CacheFiles system = new SystemFiles();
    final Map<Path, Integer> owners = new HashMap<>();
    boolean readOnly;
    /** What the disk makes of the bytes of a file. */
    UnaryOperator<byte[]> damage = UnaryOperator.identity();

    /** The step at which the fault happens, from 0; −1 for never. */
    int failing = -1;

    Fault fault = Fault.NO_SPACE;
    int steps;

    private void step(Path path) throws IOException {
        if (steps++ == failing) {
            fail(path);
        }
    }

    private void fail(Path path) throws IOException {
        switch (fault) {
            case NO_SPACE -> throw new FileSystemException(path.toString(), null, "No space left on device");
            case KILL -> throw new Killed();
        }
    }

    private void write(Path path) throws IOException {
        if (readOnly) {
            throw new AccessDeniedException(path.toString());
        }
        step(path);
    }

    @Override
    public int user() throws IOException {
        return system.user();
    }

    @Override
    public Status status(Path path) throws IOException {
        step(path);
        Status real = system.status(path);
        return new Status(
                real.kind(), owners.getOrDefault(path, real.user()), real.mode(), real.bytes(), real.changed());
    }

    @Override
    public List<Path> list(Path folder) throws IOException {
        step(folder);
        return system.list(folder);
    }

    @Override
    public byte[] read(Path file, int most) throws IOException {
        step(file);
        return damage.apply(system.read(file, most));
    }

    /* Fails before, in the middle and after: three steps. */
    @Override
    public void create(Path file, byte[] content) throws IOException {
        write(file);
        if (steps++ == failing) {
            system.create(file, Arrays.copyOf(content, content.length / 2));
            fail(file);
        }
        system.create(file, content);
        step(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        write(to);
        system.move(from, to);
        step(to);
    }

    @Override
    public void delete(Path file) throws IOException {
        write(file);
        system.delete(file);
    }

    @Override
    public void touch(Path file, Instant time) throws IOException {
        write(file);
        system.touch(file, time);
    }

    @Override
    public void createFolder(Path folder) throws IOException {
        write(folder);
        system.createFolder(folder);
    }
}
