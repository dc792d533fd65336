package io.github.tintype.cpu;

import io.github.tintype.loop.template.DynamicInt8Template;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Lays the bytes of a weight [n,k] out in the panels of a {@link DynamicInt8Template}. In Java, whose reads of a mapped file that was cut short can be caught. */
record BytePanels(Cpu cpu, DynamicInt8Template template, long n, int k) {
    private static final ValueLayout.OfShort PAIR = ValueLayout.JAVA_SHORT_UNALIGNED;

    /** Bytes of all panels. */
    long bytes() {
        return template.weightBytes(n, k);
    }

    /** Everything that decides the bytes. */
    String key() {
        return "byte panels %d".formatted(template.tile().columns());
    }

    /** The weight lies at {@code weights} as elements of {@code from}, which is I8. */
    void pack(long weights, DType from, long packed) {
        if (from != DType.I8) {
            throw new IllegalArgumentException("byte panels: got %s, wanted %s".formatted(from, DType.I8));
        }
        MemorySegment source = Native.view(weights, n * k);
        MemorySegment target = Native.view(packed, bytes());
        cpu.pool()
                .parallelFor(
                        Math.toIntExact(template.panels(n)), (panel, _) -> pack(panel, source, target), () -> false);
    }

    private void pack(int panel, MemorySegment source, MemorySegment target) {
        int columns = template.tile().columns();
        int steps = Math.toIntExact(DynamicInt8Template.pairs(k));
        long first = (long) panel * columns;
        byte[] row = new byte[2 * steps];
        short[] pairs = new short[steps * columns];
        int count = (int) Math.min(columns, n - first);
        for (int column = 0; column < count; column++) {
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, (first + column) * k, row, 0, k);
            for (int step = 0; step < steps; step++) {
                pairs[step * columns + column] = (short) ((row[2 * step] & 0xff) | (row[2 * step + 1] << 8));
            }
        }
        MemorySegment.copy(pairs, 0, target, PAIR, first * 2 * steps, pairs.length);
    }
}
