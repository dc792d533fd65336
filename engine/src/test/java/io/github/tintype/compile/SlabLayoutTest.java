package io.github.tintype.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.compile.SlabLayout.Buffer;
import io.github.tintype.device.NativeMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SlabLayoutTest {
    private static Buffer buffer(long bytes, int first, int last) {
        Buffer buffer = new Buffer(bytes, first);
        buffer.last = last;
        return buffer;
    }

    @Test
    void whatIsAliveTogetherLiesApart() {
        Random random = new Random(1);
        for (int round = 0; round < 50; round++) {
            List<Buffer> buffers = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int first = random.nextInt(40);
                buffers.add(buffer(1 + random.nextInt(5000), first, first + random.nextInt(8)));
            }
            long slab = SlabLayout.place(buffers);
            assertThat(slab).isGreaterThanOrEqualTo(SlabLayout.live(buffers));
            for (Buffer a : buffers) {
                assertThat(a.offset).isNotNegative();
                assertThat(a.offset % NativeMemory.ALIGNMENT).isZero();
                assertThat(a.offset + a.bytes).isLessThanOrEqualTo(slab);
                for (Buffer b : buffers) {
                    boolean apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
                    boolean together = a.first <= b.last && b.first <= a.last;
                    assertThat(a == b || apart || !together).isTrue();
                }
            }
        }
    }

    @Test
    void aChainTakesTwoBuffers() {
        List<Buffer> chain = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            chain.add(buffer(64, i, i + 1));
        }
        assertThat(SlabLayout.place(chain)).isEqualTo(128).isEqualTo(SlabLayout.live(chain));
    }

    @Test
    void nothingTakesNothing() {
        assertThat(SlabLayout.place(List.of())).isZero();
        assertThat(SlabLayout.live(List.of())).isZero();
    }
}
