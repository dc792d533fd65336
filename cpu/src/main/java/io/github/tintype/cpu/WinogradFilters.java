package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Lays the filters of a convolution out as {@link WinogradTemplate} wants them: for F(4×4) four times their number, for F(2×2) 16/9 of it. */
record WinogradFilters(Cpu cpu, WinogradTemplate template, long outputs, long inputs) {
    private static final int TAPS = 9;
    /* What is transformed before it is written: 74 KiB of F(4×4) with panels of 16. */
    private static final int INPUTS = 32;
    /* Of F16, less one for what rounds up. */
    private static final int LARGEST_EXPONENT = 14;

    /** Bytes of the transformed filters. */
    long bytes() {
        return scaleAt() + (template.scales() ? Float.BYTES : 0);
    }

    /** Where the scale lies, behind the filters. */
    long scaleAt() {
        return NativeMemory.aligned(
                template.filterElements(outputs, inputs) * template.filters().bytes());
    }

    /** Everything that decides the bytes. */
    String key() {
        return "winograd %s:%d %s".formatted(template.form(), template.columns(), template.filters());
    }

    /** {@code weights} are [outputs,inputs,3,3] of {@code from}. */
    void pack(long weights, DType from, long packed) {
        double scale = template.scales() ? scale(weights, from) : 1;
        if (template.scales()) {
            Native.view(packed + scaleAt(), Float.BYTES).set(ValueLayout.JAVA_FLOAT, 0, (float) (1 / scale));
        }
        cpu.pool()
                .parallelFor(
                        Math.toIntExact(template.panels(outputs)),
                        (panel, worker) -> pack(panel, worker, weights, from, scale, packed),
                        () -> false);
    }

    /* The power of two by which the largest element comes near to what the type holds. */
    private double scale(long weights, DType from) {
        long each = inputs * TAPS;
        double[] largest = new double[Math.toIntExact(outputs)];
        cpu.pool()
                .parallelFor(
                        largest.length,
                        (output, worker) -> {
                            MemorySegment filters = filters(worker, weights + output * each * from.bytes(), from, each);
                            for (long i = 0; i < each; i++) {
                                double size = Math.abs(filters.getAtIndex(ValueLayout.JAVA_FLOAT, i));
                                largest[output] = Math.max(largest[output], size);
                            }
                        },
                        () -> false);
        double bound =
                Arrays.stream(largest).max().orElseThrow() * template.form().growth();
        return bound > 0 && Double.isFinite(bound)
                ? Math.scalb(1.0, Math.clamp(LARGEST_EXPONENT - Math.getExponent(bound), -100, 100))
                : 1;
    }

    private static MemorySegment filters(WorkerPool.Worker worker, long weights, DType from, long count) {
        MemorySegment filters = Native.view(worker.scratch(count * Float.BYTES), count * Float.BYTES);
        worker.convert(Native.view(weights, count * from.bytes()), from, filters, DType.F32, count);
        return filters;
    }

    /* A panel, some inputs at a time: what lies side by side is written at once. Outputs that there are none of are 0. */
    private void pack(long panel, WorkerPool.Worker worker, long weights, DType from, double scale, long packed) {
        int columns = template.columns();
        long first = panel * columns;
        int rows = Math.toIntExact(Math.min(columns, outputs - first));
        long each = inputs * TAPS;
        MemorySegment filters = filters(worker, weights + first * each * from.bytes(), from, rows * each);
        double[][] taps = new double[TAPS][columns];
        int stride = INPUTS * columns;
        float[] block = new float[template.form().parts() * stride];
        for (long input = 0; input < inputs; input += INPUTS) {
            int count = Math.toIntExact(Math.min(INPUTS, inputs - input));
            for (int i = 0; i < count; i++) {
                read(filters, (input + i) * TAPS, each, rows, scale, taps);
                template.form().transformFilters(taps, block, i * columns, stride);
            }
            for (int part = 0; part < template.form().parts(); part++) {
                long at = template.filterIndex(part, first, input, outputs, inputs);
                write(worker, block, part * stride, count * columns, packed, at);
            }
        }
    }

    private void write(WorkerPool.Worker worker, float[] block, int from, int count, long packed, long at) {
        DType type = template.filters();
        MemorySegment target = Native.view(packed + at * type.bytes(), (long) count * type.bytes());
        if (type == DType.F32) {
            MemorySegment.copy(block, from, target, ValueLayout.JAVA_FLOAT, 0, count);
            return;
        }
        MemorySegment source =
                MemorySegment.ofArray(block).asSlice((long) from * Float.BYTES, (long) count * Float.BYTES);
        worker.convert(source, DType.F32, target, type, count);
    }

    private static void read(MemorySegment filters, long at, long each, int rows, double scale, double[][] taps) {
        for (int row = 0; row < rows; row++) {
            for (int tap = 0; tap < TAPS; tap++) {
                taps[tap][row] = scale * filters.getAtIndex(ValueLayout.JAVA_FLOAT, row * each + at + tap);
            }
        }
    }
}
