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

        boolean overlaps(Buffer other) {
            return first <= other.last && other.first <= last;
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
        List<Buffer> placed = new ArrayList<>(); // by offset
        long end = 0;
        for (Buffer buffer : bySize) {
            long offset = 0;
            for (Buffer other : placed) {
                if (!buffer.overlaps(other)) {
                    continue;
                }
                if (other.offset - offset >= buffer.bytes) {
                    break;
                }
                offset = Math.max(offset, other.offset + other.bytes);
            }
            buffer.offset = offset;
            int at = 0;
            while (at < placed.size() && placed.get(at).offset <= offset) {
                at++;
            }
            placed.add(at, buffer);
            end = Math.max(end, offset + buffer.bytes);
        }
        return end;
    }
}
