package io.github.tintype.runtime;

import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Weight;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Reads the files of weights on threads of its own, a bounded number of bytes before they are packed: threads that pack would read them a few pages at a time, and wait for each.
 */
final class ReadAhead implements AutoCloseable {
    /* Less is read in a moment, and not worth a thread. */
    private static final long LEAST = 64L << 20;
    /* What a disk reads in a quarter of a second, more or less. */
    private static final long AHEAD = 256L << 20;
    /* While one waits for the last pages of its weight, others keep the disk busy. */
    private static final int READERS = 3;

    /** What is packed at once. */
    record Piece(long bytes, Runnable reading) {
        static Piece of(Weight weight) {
            return new Piece(
                    ReadAhead.bytes(weight),
                    () -> weight.parts().stream().map(DenseWeight::source).forEach(source -> source.load()));
        }
    }

    private final long ahead;
    private final Deque<Piece> unread;
    private final CompletableFuture<?>[] readers;
    /* Of what was taken, or skipped. */
    private long read;
    private long packed;

    /** Starts to read pieces, in order. */
    ReadAhead(List<Piece> pieces) {
        this(pieces, LEAST, AHEAD);
    }

    /**
     * @param least bytes of all that threads are started for
     * @param ahead bytes that may be read and not packed before another piece is read
     */
    ReadAhead(List<Piece> pieces, long least, long ahead) {
        this.ahead = ahead;
        unread = new ArrayDeque<>(pieces);
        boolean pays = pieces.stream().mapToLong(Piece::bytes).sum() >= least;
        readers = IntStream.range(0, pays ? READERS : 0)
                .mapToObj(i -> CompletableFuture.runAsync(
                        this::read, Thread.ofPlatform().daemon().name("tintype-read-" + i)::start))
                .toArray(CompletableFuture<?>[]::new);
    }

    /** Of weights, as far as they lie in files. */
    static ReadAhead of(Collection<? extends Weight> weights) {
        return new ReadAhead(weights.stream().map(Piece::of).toList());
    }

    private static long bytes(Weight weight) {
        return weight.parts().stream()
                .mapToLong(part -> part.source().mappedBytes())
                .sum();
    }

    private void read() {
        try {
            for (Optional<Piece> next = take(); next.isPresent(); next = take()) {
                next.get().reading.run();
            }
        } catch (InternalError _) {
            // The file was cut short: who packs meets the same, and says so.
        } catch (InterruptedException _) {
            // Nobody does that to these threads; who packs reads the rest.
        }
    }

    /* The next one, once there is room for it; none if all are read, or this is closed. */
    private synchronized Optional<Piece> take() throws InterruptedException {
        skipPacked();
        while (!unread.isEmpty() && read - packed >= ahead) {
            wait();
            skipPacked();
        }
        Optional<Piece> next = Optional.ofNullable(unread.poll());
        read += next.map(Piece::bytes).orElse(0L);
        return next;
    }

    /* Who packs may be faster, and has given those pages back. */
    private void skipPacked() {
        while (!unread.isEmpty() && read + unread.peek().bytes() <= packed) {
            read += unread.remove().bytes();
        }
    }

    /** A weight is packed, the next in order. */
    void packed(Weight weight) {
        packed(bytes(weight));
    }

    /** So many bytes of the pieces are packed. */
    synchronized void packed(long bytes) {
        packed += bytes;
        notifyAll();
    }

    /** Reads no further, and waits for what is being read. */
    @Override
    public void close() {
        synchronized (this) {
            unread.clear();
            notifyAll();
        }
        CompletableFuture.allOf(readers).join();
    }
}
