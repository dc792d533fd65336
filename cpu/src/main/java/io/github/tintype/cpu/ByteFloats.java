package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BooleanSupplier;

/** Floats of 8 bits to wider ones, by a table of the 256 there are, over all threads. */
final class ByteFloats {
    private static final long SLICE_ELEMENTS = 64 << 10;

    private final Cpu cpu;
    private final Split slices;
    private final WorkerPool.KernelBody body;

    /** @param to F32, BF16 or F16 */
    ByteFloats(Cpu cpu, DType from, DType to, long elements) {
        this.cpu = cpu;
        slices = Split.of(elements, Math.max(1, elements / SLICE_ELEMENTS), 1);
        int[] table = table(from, to);
        body = to == DType.F32
                ? (slice, _, source, target, _, _, _) -> {
                    long end = slices.start(slice + 1);
                    for (long i = slices.start(slice); i < end; i++) {
                        int bits = table[Byte.toUnsignedInt(Native.getByte(source + i))];
                        Native.setFloat(target + i * Float.BYTES, Float.intBitsToFloat(bits));
                    }
                }
                : (slice, _, source, target, _, _, _) -> {
                    long end = slices.start(slice + 1);
                    for (long i = slices.start(slice); i < end; i++) {
                        int bits = table[Byte.toUnsignedInt(Native.getByte(source + i))];
                        Native.setShort(target + i * Short.BYTES, (short) bits);
                    }
                };
    }

    /* The bits of what each byte stands for. */
    private static int[] table(DType from, DType to) {
        HostTensor bytes = HostTensor.allocate(TensorType.of(from, 256));
        for (int i = 0; i < 256; i++) {
            bytes.data().set(ValueLayout.JAVA_BYTE, i, (byte) i);
        }
        MemorySegment wide = bytes.to(to).data();
        int[] table = new int[256];
        for (int i = 0; i < table.length; i++) {
            table[i] = to == DType.F32
                    ? wide.getAtIndex(ValueLayout.JAVA_INT, i)
                    : wide.getAtIndex(ValueLayout.JAVA_SHORT, i);
        }
        return table;
    }

    void run(long source, long target, BooleanSupplier cancelled) {
        cpu.pool().parallelFor(slices.parts(), body, cancelled, source, target, 0, 0, 0);
    }
}
