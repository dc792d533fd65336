package io.github.tintype.cpu;

import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Lays the filters of a convolution out as {@link WinogradTemplate} wants them: for F(4×4) four times their size in f32, for F(2×2) 16/9 of it, whatever type they are stored in. */
record WinogradFilters(Cpu cpu, WinogradTemplate template, long outputs, long inputs) {
    private static final int TAPS = 9;

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
        long padded = template.panels(outputs) * template.columns();
        cpu.pool()
                .parallelFor(
                        Math.toIntExact(padded),
                        (output, worker) -> pack(output, worker, weights, from, packed),
                        () -> false);
    }

    private void pack(long output, WorkerPool.Worker worker, long weights, DType from, long packed) {
        long count = inputs * TAPS;
        float[] filters = new float[Math.toIntExact(count)];
        if (output < outputs) {
            long bytes = count * Float.BYTES;
            MemorySegment wide = Native.view(worker.scratch(bytes), bytes);
            HostTensor.convert(
                    Native.view(weights + output * count * from.bytes(), count * from.bytes()),
                    from,
                    wide,
                    DType.F32,
                    count);
            MemorySegment.copy(wide, ValueLayout.JAVA_FLOAT, 0, filters, 0, filters.length);
        }
        float[] parts = new float[template.form().parts()];
        for (int input = 0; input < inputs; input++) {
            template.form().transformFilter(filters, input * TAPS, parts);
            for (int part = 0; part < parts.length; part++) {
                long at = template.filterIndex(part, output, input, outputs, inputs);
                Native.MEMORY.set(ValueLayout.JAVA_FLOAT, packed + at * Float.BYTES, parts[part]);
            }
        }
    }
}
