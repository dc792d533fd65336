package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.DynamicInt8Template;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Lays the bytes of a weight [n,k] out in the panels of a {@link DynamicInt8Template}, and behind them its offsets, if it has such. In Java, whose reads of a mapped file that was cut short
 * can be caught.
 */
record BytePanels(Cpu cpu, DynamicInt8Template template, long n, int k) {
    private static final ValueLayout.OfInt OFFSET = ValueLayout.JAVA_INT;

    /** Where offsets begin, in bytes. */
    long offsetsAt() {
        return NativeMemory.aligned(template.weightBytes(n, k));
    }

    /** Bytes of all panels and offsets. */
    long bytes() {
        return template.offsets() ? offsetsAt() + n * Integer.BYTES : template.weightBytes(n, k);
    }

    /** Everything that decides the bytes. */
    String key() {
        return "byte panels %d %s".formatted(template.tile().columns(), template.packed());
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
        int width = template.packed().count();
        int steps = Math.toIntExact(template.steps(k));
        long first = (long) panel * columns;
        byte[] row = new byte[steps * width];
        byte[] packed = new byte[steps * columns * width];
        int count = (int) Math.min(columns, n - first);
        for (int column = 0; column < count; column++) {
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, (first + column) * k, row, 0, k);
            for (int step = 0; step < steps; step++) {
                System.arraycopy(row, step * width, packed, (step * columns + column) * width, width);
            }
            if (template.offsets()) {
                target.set(OFFSET, offsetsAt() + (first + column) * Integer.BYTES, offset(row));
            }
        }
        MemorySegment.copy(packed, 0, target, ValueLayout.JAVA_BYTE, first * steps * width, packed.length);
    }

    private static int offset(byte[] row) {
        int sum = 0;
        for (byte weight : row) {
            sum += weight;
        }
        return DynamicInt8Template.OFFSET * sum;
    }
}
