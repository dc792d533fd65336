package io.github.tintype.code.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.code.Digests;
import io.github.tintype.code.Image;
import io.github.tintype.code.Target;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EntryTest {
    private final Entry<Image> entry = new Entry<>(Samples.KEY, Samples.image(Samples.KEY));
    private final byte[] file = entry.encode();

    @Test
    void whatWasWrittenIsRead() {
        assertThat(Entry.decode(file)).isEqualTo(entry);
        assertThat(Entry.decodeKey(file)).isEqualTo(entry.key());
        Entry<Image> bare = new Entry<>(
                new ImageKey("b", Digests.hex(""), "c", new Target("t", "u", "", 4), "e", "f"),
                Samples.image(Samples.KEY, 5000));
        assertThat(Entry.decode(bare.encode())).isEqualTo(bare);
    }

    @Test
    void everyTruncationAndEveryAddedByteIsFound() {
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> Entry.decode(cut)).as("%d bytes", length).isInstanceOf(CacheFormatException.class);
        }
        assertThatThrownBy(() -> Entry.decode(Arrays.copyOf(file, file.length + 1)))
                .hasMessage("got %d bytes, wanted %d".formatted(file.length + 1, file.length));
        assertThatThrownBy(() -> Entry.decode(new byte[file.length])).isInstanceOf(CacheFormatException.class);
    }

    @Test
    void hugeLengthsAreRefusedBeforeMemoryIsTaken() {
        for (int at : List.of(12, 16)) {
            for (int length : List.of(Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 100_000_000)) {
                byte[] wrong = file.clone();
                ByteBuffer.wrap(wrong).putInt(at, length);
                assertThatThrownBy(() -> Entry.decode(wrong)).isInstanceOf(CacheFormatException.class);
            }
        }
    }

    /* Somebody who makes a checksum can make a file that has one; the parser must hold without it. */
    @Test
    void everyBitFlippedUnderARightChecksumIsReadOrRefusedButNeverAnythingElse() {
        int refused = 0;
        for (int bit = 0; bit < (file.length - Digests.BYTES) * 8; bit++) {
            byte[] flipped = file.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            var sha256 = Digests.sha256();
            sha256.update(flipped, 0, flipped.length - Digests.BYTES);
            System.arraycopy(sha256.digest(), 0, flipped, flipped.length - Digests.BYTES, Digests.BYTES);
            try {
                assertThat(Entry.decode(flipped)).as("bit %d", bit).isNotEqualTo(entry);
            } catch (CacheFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void anotherFormatIsSaid() {
        byte[] other = file.clone();
        ByteBuffer.wrap(other).putInt(8, 1);
        assertThatThrownBy(() -> Entry.decode(other)).hasMessage("another format: 1, here 3");
    }
}
