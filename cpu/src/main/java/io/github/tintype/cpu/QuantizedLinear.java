package io.github.tintype.cpu;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizationScheme.Float8;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A linear layer over a quantised weight [n,k]. First all rows of x are brought into the form that is multiplied, if they aren't in it:
 * quantised, or widened. Then each slice takes some columns: their part of the weight becomes F32 in the thread's memory, is multiplied with blocks of
 * rows by the library, and each block of sums gets scales and bias while it is in cache. So of the weight no more than a panel a thread is ever in F32, and of the sums no more than a block.
 *
 * <p>With {@link Spec#integers} the panel isn't made: the library multiplies bytes, which it has packed when weights were bound. Otherwise integers are
 * multiplied as F32 that hold the same numbers: sums are exact up to 2²⁴, which 1024 products of the largest numbers don't exceed, and beyond are off by as
 * little as F32 is, which the result is rounded to anyway.
 */
final class QuantizedLinear implements Kernel {
    /**
     * @param dtype of x, bias and result
     * @param pitch elements from one row of x to the next
     * @param integers whether the library multiplies bytes: for {@link Int8} that is dynamic
     */
    record Spec(
            QuantizationScheme scheme,
            DType dtype,
            long m,
            long n,
            long k,
            long pitch,
            boolean bias,
            boolean integers) {}

    /* A panel stays in a second-level cache with the rows that it is multiplied with. */
    private static final long PANEL_BYTES = 384 << 10;
    private static final long MOST_COLUMNS = 128;
    private static final long GRANULE = 16;
    private static final long BLOCK_ROWS = 384;
    /* Fewer rows would make panels for too little. */
    private static final long LEAST_ROWS = 256;
    private static final long ROW_SLICE_ELEMENTS = 64 << 10;
    private static final float FLOAT8_RANGE = 448;

    /* The words that a slice gets of a run; 0 for what isn't there. */
    private static final int ROWS = 0;
    private static final int ROW_SCALES = 1;
    private static final int VALUES = 2;
    private static final int SCALES = 3;
    private static final int ZEROS = 4;
    private static final int BIAS = 5;
    private static final int RESULT = 6;
    private static final int WORDS = 7;

    private final Cpu cpu;
    private final Spec spec;
    private final DType multiplied;
    private final Split columns;
    private final Split rowGroups;
    private final Split rowParts;
    private final Map<List<Long>, Primitive> primitives = new HashMap<>();
    private final List<MemoryDesc> packedLayouts = new ArrayList<>();
    private final long[] packedOffsets;
    private final List<Tile> tiles = new ArrayList<>(); // group by group within a column
    private final int components; // of the weight
    private final WorkerPool.KernelBody findLargest = this::findLargest;
    private final WorkerPool.KernelBody prepare = this::prepare;
    private final WorkerPool.KernelBody multiply = this::multiply;

    /* Some columns of a group of rows: blocks of rows, all of one size but the last. */
    private record Tile(Primitive whole, Primitive last, int blocks) {
        long scratchBytes() {
            return Math.max(whole.scratchBytes(), last.scratchBytes());
        }
    }

    QuantizedLinear(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        multiplied = spec.integers() ? DType.I8 : DType.F32;
        components = spec.scheme().parts().size();
        long width = Math.clamp(PANEL_BYTES / Float.BYTES / spec.k() / GRANULE * GRANULE, GRANULE, MOST_COLUMNS);
        columns = Split.of(spec.n(), Math.max(cpu.threads(), Math.ceilDiv(spec.n(), width)), GRANULE);
        long wanted = Math.ceilDiv(2L * cpu.threads(), columns.parts());
        rowGroups = Split.of(spec.m(), Math.clamp(spec.m() / LEAST_ROWS, 1, wanted), 1);
        long parts = spec.m() * spec.k() / ROW_SLICE_ELEMENTS;
        rowParts = Split.of(spec.m(), parts == 0 ? 1 : Math.max(cpu.threads(), parts), 1);
        packedOffsets = new long[columns.parts() + 1];
        for (int column = 0; column < columns.parts(); column++) {
            long size = columns.size(column);
            MemoryDesc layout = layout(size);
            packedLayouts.add(layout);
            packedOffsets[column + 1] = packedOffsets[column] + NativeMemory.aligned(layout.bytes());
            for (int group = 0; group < rowGroups.parts(); group++) {
                tiles.add(tile(rowGroups.size(group), size, layout));
            }
        }
    }

    private Tile tile(long rows, long width, MemoryDesc layout) {
        int blocks = Math.toIntExact(Math.ceilDiv(rows, BLOCK_ROWS));
        Primitive whole = primitive(Math.min(rows, BLOCK_ROWS), width, layout);
        return new Tile(whole, primitive(rows - (blocks - 1) * BLOCK_ROWS, width, layout), blocks);
    }

    /* Must not depend on m: products of different heights share packed weights. */
    private MemoryDesc layout(long width) {
        if (!spec.integers()) {
            return MemoryDesc.strided(DType.F32, new long[] {spec.k(), width}, new long[] {1, spec.k()});
        }
        return primitive(BLOCK_ROWS, width, MemoryDesc.any(DType.I8, spec.k(), width))
                .layout(OneDnn.WEIGHTS);
    }

    private Primitive primitive(long rows, long width, MemoryDesc weights) {
        return primitives.computeIfAbsent(
                List.of(rows, width),
                _ -> cpu.dnn()
                        .matmul(
                                MemoryDesc.strided(
                                        multiplied, new long[] {rows, spec.k()}, new long[] {multipliedPitch(), 1}),
                                weights,
                                Optional.empty(),
                                MemoryDesc.dense(spec.integers() ? DType.I32 : DType.F32, rows, width),
                                List.of()));
    }

    private boolean preparesRows() {
        return spec.scheme().dynamic() || spec.dtype() != DType.F32;
    }

    private long multipliedPitch() {
        return preparesRows() ? spec.k() : spec.pitch();
    }

    private long rowBytes() {
        return preparesRows() ? NativeMemory.aligned(spec.m() * spec.k() * multiplied.bytes()) : 0;
    }

    private long scaleBytes() {
        return spec.scheme().dynamic() ? NativeMemory.aligned(spec.m() * Float.BYTES) : 0;
    }

    /** What a run needs besides its operands: x in the form that is multiplied, and its scales. */
    long scratchBytes() {
        return rowBytes() + scaleBytes() + WORDS * Long.BYTES;
    }

    /** For profiles. */
    String implementation() {
        return "%s:%s%s"
                .formatted(spec.scheme(), tiles.getFirst().whole().implementation(), spec.integers() ? "" : " in f32");
    }

    /** Equal for two kernels exactly when they can share packed weights. */
    String packing() {
        StringBuilder key = new StringBuilder("onednn bytes ").append(columns);
        for (MemoryDesc layout : packedLayouts) {
            key.append(' ').append(layout.key());
        }
        return key.toString();
    }

    /** Bytes of the packed weight, where bytes are multiplied. */
    long packedBytes() {
        return packedOffsets[columns.parts()];
    }

    /** Writes the bytes [n,k] at {@code weights} as the library wants them. */
    void pack(long weights, DType from, long packed) {
        for (int column = 0; column < columns.parts(); column++) {
            MemoryDesc.Strided plain = (MemoryDesc.Strided)
                    MemoryDesc.strided(DType.I8, new long[] {spec.k(), columns.size(column)}, new long[] {1, spec.k()});
            if (packedLayouts.get(column) instanceof MemoryDesc.Packed layout) {
                new WeightPacking(cpu, plain, layout, 1)
                        .pack(weights + columns.start(column) * spec.k(), from, packed + packedOffsets[column]);
            }
        }
    }

    @Override
    public void run(KernelArguments arguments) {
        BooleanSupplier cancelled = arguments.cancelled();
        long x = arguments.inputAddress(0);
        long rows = preparesRows() ? arguments.scratchAddress() : x;
        long scales = arguments.scratchAddress() + rowBytes();
        if (preparesRows() && !prepare(x, rows, scales, cancelled)) {
            return;
        }
        long words = scales + scaleBytes();
        Native.setWord(words, ROWS, rows);
        Native.setWord(words, ROW_SCALES, scales);
        Native.setWord(words, VALUES, arguments.inputAddress(1));
        Native.setWord(words, SCALES, arguments.inputAddress(2));
        Native.setWord(words, ZEROS, components > 2 ? arguments.inputAddress(3) : 0);
        Native.setWord(words, BIAS, spec.bias() ? arguments.inputAddress(1 + components) : 0);
        Native.setWord(words, RESULT, arguments.outputAddress());
        cpu.pool().parallelFor(tiles.size(), multiply, cancelled, words, 0, 0, 0, 0);
    }

    private boolean prepare(long x, long rows, long scales, BooleanSupplier cancelled) {
        if (spec.scheme() instanceof Float8(boolean perRow, boolean dynamic) && dynamic && !perRow) {
            if (!cpu.pool().parallelFor(rowParts.parts(), findLargest, cancelled, x, scales, 0, 0, 0)) {
                return false;
            }
            float most = 0;
            for (long row = 0; row < spec.m(); row++) {
                most = Math.max(most, Native.getFloat(scales + row * Float.BYTES));
            }
            for (long row = 0; row < spec.m(); row++) {
                Native.setFloat(scales + row * Float.BYTES, most);
            }
        }
        return cpu.pool().parallelFor(rowParts.parts(), prepare, cancelled, x, rows, scales, 0, 0);
    }

    private long address(long x, long row) {
        return x + row * spec.pitch() * spec.dtype().bytes();
    }

    private void findLargest(
            int part, WorkerPool.Worker worker, long x, long largest, long unused3, long unused4, long unused5) {
        long end = rowParts.start(part + 1);
        for (long row = rowParts.start(part); row < end; row++) {
            float most = worker.rows().largest(address(x, row), spec.dtype(), spec.k());
            Native.setFloat(largest + row * Float.BYTES, most);
        }
    }

    private void prepare(
            int part, WorkerPool.Worker worker, long x, long rows, long scales, long unused4, long unused5) {
        long end = rowParts.start(part + 1);
        for (long row = rowParts.start(part); row < end; row++) {
            long to = rows + row * spec.k() * multiplied.bytes();
            prepare(worker.rows(), address(x, row), to, scales + row * Float.BYTES);
        }
    }

    private void prepare(QuantizedRows with, long from, long to, long scaleAt) {
        DType dtype = spec.dtype();
        switch (spec.scheme()) {
            case Int8(boolean dynamic)
            when dynamic -> {
                float largest = with.largest(from, dtype, spec.k());
                float scale = Math.max(QuantizedRows.rounded(dtype, largest / Int8.HALF_RANGE), Int8.LEAST_SCALE);
                with.toIntegers(from, dtype, spec.k(), 1 / scale, to, multiplied);
                Native.setFloat(scaleAt, scale);
            }
            case Float8(boolean perRow, boolean dynamic)
            when dynamic -> {
                float largest = perRow ? with.largest(from, dtype, spec.k()) : Native.getFloat(scaleAt);
                float scale = Math.max(QuantizedRows.rounded(dtype, largest / FLOAT8_RANGE), Float.MIN_NORMAL);
                with.toFloat8(from, dtype, spec.k(), scale, to);
                Native.setFloat(scaleAt, scale);
            }
            case Int8 _, Int4 _, Float8 _ -> with.widen(from, dtype, spec.k(), to);
        }
    }

    private void multiply(
            int slice, WorkerPool.Worker worker, long words, long unused2, long unused3, long unused4, long unused5) {
        int column = slice / rowGroups.parts();
        Tile tile = tiles.get(slice);
        long first = columns.start(column);
        int width = (int) columns.size(column);
        long panelBytes = spec.integers() ? 0 : NativeMemory.aligned(width * spec.k() * Float.BYTES);
        long sumBytes = NativeMemory.aligned(BLOCK_ROWS * width * Float.BYTES);
        long panel = worker.scratch(panelBytes + sumBytes + tile.scratchBytes());
        long sums = panel + panelBytes;
        QuantizedRows with = worker.rows();
        if (!spec.integers()) {
            for (int j = 0; j < width; j++) {
                panelRow(with, words, first + j, panel + j * spec.k() * Float.BYTES);
            }
        }
        columns(with, words, first, width);
        long weights = spec.integers() ? Native.getWord(words, VALUES) + packedOffsets[column] : panel;
        long row = rowGroups.start(slice % rowGroups.parts());
        long end = rowGroups.start(slice % rowGroups.parts() + 1);
        for (int block = 0; block < tile.blocks(); block++, row += BLOCK_ROWS) {
            Primitive product = block == tile.blocks() - 1 ? tile.last() : tile.whole();
            long rows = Native.getWord(words, ROWS) + row * multipliedPitch() * multiplied.bytes();
            product.executeWith(worker, sums + sumBytes, rows, weights, sums);
            finish(with, words, row, Math.min(end, row + BLOCK_ROWS), first, width, sums);
        }
    }

    private void panelRow(QuantizedRows with, long words, long n, long to) {
        long values = Native.getWord(words, VALUES);
        long scales = Native.getWord(words, SCALES);
        switch (spec.scheme()) {
            case Int8 _ -> with.fromInt8(values + n * spec.k(), spec.k(), to);
            case Float8(boolean _, boolean dynamic)
            when dynamic -> with.fromFloat8(values + n * spec.k(), spec.k(), 1, DType.F32, to);
            case Float8(boolean perRow, boolean _) -> {
                float scale = Native.getFloat(scales + (perRow ? n * Float.BYTES : 0));
                with.fromFloat8(values + n * spec.k(), spec.k(), scale, spec.dtype(), to);
            }
            case Int4 int4 -> {
                long group = n * (spec.k() / int4.groupSize());
                int zeroBytes = int4.zero() == Int4.Zero.INTEGER ? 1 : Float.BYTES;
                with.fromInt4(
                        int4,
                        values + n * (spec.k() / 2),
                        scales + group * Float.BYTES,
                        Native.getWord(words, ZEROS) + group * zeroBytes,
                        spec.k(),
                        spec.dtype(),
                        to);
            }
        }
    }

    /* A scale of a weight alone is one of its type, as torchao has it; beside one of x both are F32. */
    private void columns(QuantizedRows with, long words, long first, int width) {
        long scales = Native.getWord(words, SCALES);
        switch (spec.scheme()) {
            case Int8(boolean dynamic) ->
                with.columnScales(scales + first * Float.BYTES, dynamic ? DType.F32 : spec.dtype(), width);
            case Float8(boolean perRow, boolean dynamic)
            when dynamic && perRow -> with.columnScales(scales + first * Float.BYTES, DType.F32, width);
            case Float8(boolean _, boolean dynamic) when dynamic -> with.columnScale(Native.getFloat(scales), width);
            case Float8 _, Int4 _ -> with.columnScale(1, width);
        }
        long bias = Native.getWord(words, BIAS);
        with.columnBiases(bias == 0 ? 0 : bias + first * spec.dtype().bytes(), spec.dtype(), width);
    }

    private void finish(QuantizedRows with, long words, long from, long to, long first, int width, long sums) {
        DType dtype = spec.dtype();
        long scales = Native.getWord(words, ROW_SCALES);
        long y = Native.getWord(words, RESULT);
        boolean dynamic = spec.scheme().dynamic();
        boolean between = dynamic && dtype == DType.BF16 && spec.scheme() instanceof Int8;
        for (long row = from; row < to; row++) {
            float scale = dynamic ? Native.getFloat(scales + row * Float.BYTES) : 1;
            long result = y + (row * spec.n() + first) * dtype.bytes();
            with.finish(
                    sums + (row - from) * width * Float.BYTES, spec.integers(), scale, between, result, dtype, width);
        }
    }
}
