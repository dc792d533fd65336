package io.github.tintype.code.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** What the cache does to files, each call one step that can fail; in tests it does. Links are never followed, except above the folder. */
interface CacheFiles {
    /** Of what is there under a name. */
    enum Kind {
        FILE,
        FOLDER,
        /** A link, a pipe, a device: never opened. */
        OTHER
    }

    /**
     * @param user the owner's number
     * @param mode the permissions, as in {@code 0700}
     * @param changed last written, or {@link #touch}ed
     */
    record Status(Kind kind, int user, int mode, long bytes, Instant changed) {
        boolean othersMay(int what) {
            return (mode & what) != 0;
        }
    }

    /** The number of the user that we are. */
    int user() throws IOException;

    /** @throws java.nio.file.NoSuchFileException if there is nothing */
    Status status(Path path) throws IOException;

    List<Path> list(Path folder) throws IOException;

    /** The first {@code most} bytes, or all if there are fewer. */
    byte[] read(Path file, int most) throws IOException;

    /** Makes a file that only its owner can read and write, and forces it to the disk. */
    void create(Path file, byte[] content) throws IOException;

    /** In one step, replacing what is there unless that is a folder with something in it. */
    void move(Path from, Path to) throws IOException;

    void delete(Path file) throws IOException;

    void touch(Path file, Instant time) throws IOException;

    /** Makes a folder that only its owner can enter, and those above it, as far as they are missing. */
    void createFolder(Path folder) throws IOException;
}
