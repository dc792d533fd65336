package io.github.tintype.cpu;

import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Lays the filters of a convolution out as {@link WinogradTemplate} wants them: for F(4×4) four times their size in f32, for F(2×2) 16/9 of it, whatever type they are stored in. */
record WinogradFilters(Cpu cpu, WinogradTemplate template, long outputs, long inputs) {
    private static final int TAPS = 9;
    /* What is transformed before it is written: 74 KiB of F(4×4) with panels of 16. */
    private static final int INPUTS = 32;

    /** Bytes of the transformed filters. */
    long bytes() {
        return template.filterElements(outputs, inputs) * Float.BYTES;
    }

    /** Everything that decides the bytes. */
    String key() {
        return "winograd %s:%d".formatted(template.form(), template.columns());
    }

    /** {@code weights} are [outputs,inputs,3,3] of {@code from}. */
    void pack(long weights, DType from, long packed) {
        cpu.pool()
                .parallelFor(
                        Math.toIntExact(template.panels(outputs)),
                        (panel, worker) -> pack(panel, worker, weights, from, packed),
                        () -> false);
    }

    /* A panel, some inputs at a time: what lies side by side is written at once. Outputs that there are none of are 0. */
    private void pack(long panel, WorkerPool.Worker worker, long weights, DType from, long packed) {
        int columns = template.columns();
        long first = panel * columns;
        int rows = Math.toIntExact(Math.min(columns, outputs - first));
        long each = inputs * TAPS;
        MemorySegment filters = Native.view(worker.scratch(rows * each * Float.BYTES), rows * each * Float.BYTES);
        HostTensor.convert(
                Native.view(weights + first * each * from.bytes(), rows * each * from.bytes()),
                from,
                filters,
                DType.F32,
                rows * each);
        double[][] taps = new double[TAPS][columns];
        int stride = INPUTS * columns;
        float[] block = new float[template.form().parts() * stride];
        for (long input = 0; input < inputs; input += INPUTS) {
            int count = Math.toIntExact(Math.min(INPUTS, inputs - input));
            for (int i = 0; i < count; i++) {
                read(filters, (input + i) * TAPS, each, rows, taps);
                template.form().transformFilters(taps, block, i * columns, stride);
            }
            for (int part = 0; part < template.form().parts(); part++) {
                long at = template.filterIndex(part, first, input, outputs, inputs);
                MemorySegment target = Native.view(packed + at * Float.BYTES, (long) count * columns * Float.BYTES);
                MemorySegment.copy(block, part * stride, target, ValueLayout.JAVA_FLOAT, 0, count * columns);
            }
        }
    }

    private static void read(MemorySegment filters, long at, long each, int rows, double[][] taps) {
        for (int row = 0; row < rows; row++) {
            for (int tap = 0; tap < TAPS; tap++) {
                taps[tap][row] = filters.getAtIndex(ValueLayout.JAVA_FLOAT, row * each + at + tap);
            }
        }
    }
}
