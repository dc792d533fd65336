package io.github.tintype.compile;

import io.github.tintype.device.NativeMemory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Offsets for buffers so that those alive at the same time don't overlap. Largest first, each at the lowest gap that fits: within a
 * few percent of the largest sum of live bytes on our models.
 */
final class SlabLayout {
    /** A buffer alive from call {@code first} to call {@code last}, both included. */
    static final class Buffer {
        final long bytes;
        final int first;
        int last;
        long offset = -1;

        Buffer(long bytes, int first) {
            this.bytes = NativeMemory.aligned(Math.max(bytes, 1));
            this.first = first;
            this.last = first;
        }
    }

    private SlabLayout() {}

    /** The most bytes alive at once: no layout can do with less. */
    static long live(List<Buffer> buffers) {
        int calls = buffers.stream().mapToInt(buffer -> buffer.last + 1).max().orElse(0);
        long[] change = new long[calls + 1];
        for (Buffer buffer : buffers) {
            change[buffer.first] += buffer.bytes;
            change[buffer.last + 1] -= buffer.bytes;
        }
        long most = 0;
        long now = 0;
        for (long bytes : change) {
            now += bytes;
            most = Math.max(most, now);
        }
        return most;
    }

    /** Sets every offset. @return bytes of the slab */
    static long place(List<Buffer> buffers) {
        List<Buffer> bySize = new ArrayList<>(buffers);
        bySize.sort(
                Comparator.comparingLong((Buffer buffer) -> -buffer.bytes).thenComparingInt(buffer -> buffer.first));
        Placed placed = new Placed(bySize.size());
        long end = 0;
        for (Buffer buffer : bySize) {
            buffer.offset = placed.lowest(buffer);
            placed.add(buffer);
            end = Math.max(end, buffer.offset + buffer.bytes);
        }
        return end;
    }

    /* Those that have an offset, by it. Each is compared with all before it, half a million times for a UNet: numbers beside each other take a tenth of what objects do before they are compiled. */
    private static final class Placed {
        private final int[] first;
        private final int[] last;
        private final long[] begin;
        private final long[] end;
        private int count;

        Placed(int most) {
            first = new int[most];
            last = new int[most];
            begin = new long[most];
            end = new long[most];
        }

        /* The lowest offset at which nothing lies that is alive with it. */
        long lowest(Buffer buffer) {
            int from = buffer.first;
            int to = buffer.last;
            long bytes = buffer.bytes;
            long offset = 0;
            for (int i = 0; i < count; i++) {
                if (first[i] <= to && last[i] >= from) {
                    if (begin[i] - offset >= bytes) {
                        break;
                    }
                    offset = Math.max(offset, end[i]);
                }
            }
            return offset;
        }

        void add(Buffer buffer) {
            int at = count;
            while (at > 0 && begin[at - 1] > buffer.offset) {
                at--;
            }
            int behind = count - at;
            System.arraycopy(first, at, first, at + 1, behind);
            System.arraycopy(last, at, last, at + 1, behind);
            System.arraycopy(begin, at, begin, at + 1, behind);
            System.arraycopy(end, at, end, at + 1, behind);
            first[at] = buffer.first;
            last[at] = buffer.last;
            begin[at] = buffer.offset;
            end[at] = buffer.offset + buffer.bytes;
            count++;
        }
    }
}
