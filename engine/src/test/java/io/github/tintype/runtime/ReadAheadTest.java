package io.github.tintype.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadAheadTest {
    private static final long EACH = 10;

    private final Set<Integer> read = new ConcurrentSkipListSet<>();

    private List<ReadAhead.Piece> pieces(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new ReadAhead.Piece(EACH, () -> read.add(i)))
                .toList();
    }

    private void awaitRead(int count) throws InterruptedException {
        for (int i = 0; i < 2000 && read.size() < count; i++) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        assertThat(read).hasSizeGreaterThanOrEqualTo(count);
    }

    @Test
    void readsSoManyBytesBeforeTheyArePackedAndNoMore() throws InterruptedException {
        try (ReadAhead ahead = new ReadAhead(pieces(20), 1, 3 * EACH)) {
            awaitRead(3);
            TimeUnit.MILLISECONDS.sleep(50);
            assertThat(read).containsExactly(0, 1, 2);
            ahead.packed(2 * EACH);
            awaitRead(5);
            TimeUnit.MILLISECONDS.sleep(50);
            assertThat(read).containsExactly(0, 1, 2, 3, 4);
            ahead.packed(2 * EACH);
            awaitRead(7);
        }
    }

    @Test
    void whatIsPackedAlreadyIsNotRead() throws InterruptedException {
        try (ReadAhead ahead = new ReadAhead(pieces(20), 1, 2 * EACH)) {
            awaitRead(2);
            ahead.packed(18 * EACH);
            awaitRead(4);
        }
        assertThat(read).containsExactly(0, 1, 18, 19);
    }

    @Test
    void aPieceThatIsLargerThanTheRoomIsReadAllTheSame() throws InterruptedException {
        try (ReadAhead ahead = new ReadAhead(pieces(2), 1, 1)) {
            awaitRead(1);
            ahead.packed(EACH);
            awaitRead(2);
        }
    }

    @Test
    void littleIsLeftToWhoPacks() {
        new ReadAhead(pieces(3), 3 * EACH + 1, 3 * EACH).close();
        assertThat(read).isEmpty();
    }

    @Test
    void closingWaitsForWhatIsBeingReadAndReadsNoMore() throws InterruptedException {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ReadAhead.Piece slow = new ReadAhead.Piece(EACH, () -> {
            reading.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            read.add(100);
        });
        ReadAhead ahead = new ReadAhead(List.of(slow, new ReadAhead.Piece(EACH, () -> read.add(101))), 1, 1);
        reading.await();
        Thread closing = Thread.ofPlatform().start(ahead::close);
        TimeUnit.MILLISECONDS.sleep(50);
        assertThat(closing.isAlive()).isTrue();
        go.countDown();
        closing.join();
        assertThat(read).containsExactly(100);
    }

    @Test
    void aFileThatWasCutShortIsForWhoPacks(@TempDir Path folder) throws IOException, InterruptedException {
        try (RandomAccessFile file =
                        new RandomAccessFile(folder.resolve("weights").toFile(), "rw");
                Arena arena = Arena.ofShared()) {
            file.setLength(1 << 20);
            HostTensor cut = new HostTensor(
                    TensorType.of(DType.F32, 1 << 18), file.getChannel().map(MapMode.READ_ONLY, 0, 1 << 20, arena));
            assertThat(cut.mappedBytes()).isEqualTo(1 << 20);
            file.setLength(1 << 16);
            DenseWeight weight = new DenseWeight("w", DType.F32, cut);
            List<ReadAhead.Piece> all =
                    List.of(ReadAhead.Piece.of(weight), pieces(1).getFirst());
            new ReadAhead(all, 1, 1 << 22).close();
        }
    }

    @Test
    void whatIsNoFileNeedsNoReading() {
        DenseWeight weight = new DenseWeight("w", DType.F32, HostTensor.ofFloats(new float[] {1}, 1));
        assertThat(ReadAhead.Piece.of(weight).bytes()).isZero();
    }
}
