package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A reduction of F32 as the reference device defines it: sums are of doubles, and NaN wins every maximum and minimum, which the library's
 * reductions don't know. Long ones are cut into chunks whose results are joined in order; chunks are cut by sizes alone, so that no bit depends on the number of threads.
 */
final class Reduction implements Kernel {
    /* About 10 µs of work. */
    private static final long SLICE_ELEMENTS = 16 << 10;

    private final Cpu cpu;
    private final ReduceOp.Kind kind;
    private final long count;
    /* From elements of the operand to those of the result. */
    private final List<StridedLoop> kept;
    private final List<StridedLoop> outer;
    private final StridedLoop run; // the innermost of those that are reduced
    private final long results;
    private final Split chunks; // of the run, or of the runs if there are several
    private final Split slices; // of all chunks of all results
    private final WorkerPool.KernelBody body = this::slice;

    /** @param result dense */
    Reduction(Cpu cpu, ReduceOp op, Operand x, Layout result) {
        this.cpu = cpu;
        kind = op.kind();
        Shape shape = x.type().shape();
        List<StridedLoop> reduced = new ArrayList<>();
        List<StridedLoop> others = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            boolean reduces = op.axes().contains(axis);
            StridedLoop loop =
                    new StridedLoop(shape.size(axis), x.layout().stride(axis), reduces ? 0 : result.stride(axis));
            (reduces ? reduced : others).add(loop);
        }
        kept = merged(others);
        List<StridedLoop> inside = merged(reduced);
        run = inside.getLast();
        outer = List.copyOf(inside.subList(0, inside.size() - 1));
        results = StridedLoop.elements(kept);
        count = StridedLoop.elements(inside);
        long runs = StridedLoop.elements(outer);
        chunks = Split.of(outer.isEmpty() ? run.size() : runs, count / SLICE_ELEMENTS, 1);
        long all = results * chunks.parts();
        slices = Split.of(all, Math.min(all, results * count / SLICE_ELEMENTS), 1);
    }

    /* At least one, in the order in which the operand lies. */
    private static List<StridedLoop> merged(List<StridedLoop> loops) {
        List<StridedLoop> sorted = new ArrayList<>(loops);
        sorted.removeIf(loop -> loop.size() == 1);
        sorted.sort((a, b) -> Long.compare(b.from(), a.from()));
        return sorted.isEmpty() ? List.of(new StridedLoop(1, 0, 0)) : StridedLoop.merged(sorted);
    }

    /** For the results of chunks. */
    long scratchBytes() {
        return chunks.parts() == 1 ? 0 : results * chunks.parts() * Double.BYTES;
    }

    @Override
    public void run(KernelArguments arguments) {
        long x = arguments.inputAddress(0);
        long y = arguments.outputAddress();
        long scratch = chunks.parts() == 1 ? 0 : arguments.scratchAddress();
        boolean all = cpu.pool().parallelFor(slices.parts(), body, arguments.cancelled(), x, y, scratch, 0, 0);
        if (all && chunks.parts() > 1) {
            join(y, scratch);
        }
    }

    private void slice(int slice, WorkerPool.Worker worker, long x, long y, long scratch, long d, long e) {
        long end = slices.start(slice + 1);
        for (long i = slices.start(slice); i < end; i++) {
            long result = i / chunks.parts();
            double value = chunk(
                    (int) (i % chunks.parts()),
                    worker.floats(),
                    x + Float.BYTES * offset(kept, result, StridedLoop::from));
            if (chunks.parts() == 1) {
                store(y, result, value);
            } else {
                Native.MEMORY.set(JAVA_DOUBLE, scratch + Double.BYTES * i, value);
            }
        }
    }

    private void join(long y, long scratch) {
        for (long result = 0; result < results; result++) {
            double value = nothing();
            for (int chunk = 0; chunk < chunks.parts(); chunk++) {
                long at = scratch + Double.BYTES * (result * chunks.parts() + chunk);
                value = joined(value, Native.MEMORY.get(JAVA_DOUBLE, at));
            }
            store(y, result, value);
        }
    }

    private void store(long y, long result, double value) {
        Native.setFloat(y + Float.BYTES * offset(kept, result, StridedLoop::to), (float)
                (kind == ReduceOp.Kind.MEAN ? value / count : value));
    }

    private double nothing() {
        return switch (kind) {
            case SUM, MEAN -> 0;
            case MAX -> Double.NEGATIVE_INFINITY;
            case MIN -> Double.POSITIVE_INFINITY;
        };
    }

    private double joined(double a, double b) {
        return switch (kind) {
            case SUM, MEAN -> a + b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
        };
    }

    /* x: the first element of the result's */
    private double chunk(int chunk, float[] block, long x) {
        if (outer.isEmpty()) {
            return ofRun(block, x + Float.BYTES * run.from() * chunks.start(chunk), chunks.size(chunk));
        }
        double value = nothing();
        long end = chunks.start(chunk + 1);
        for (long i = chunks.start(chunk); i < end; i++) {
            value = joined(value, ofRun(block, x + Float.BYTES * offset(outer, i, StridedLoop::from), run.size()));
        }
        return value;
    }

    private double ofRun(float[] block, long x, long size) {
        double value = nothing();
        for (long done = 0; done < size; done += block.length) {
            int n = (int) Math.min(block.length, size - done);
            load(x + Float.BYTES * run.from() * done, n, block);
            value = joined(
                    value,
                    switch (kind) {
                        case SUM, MEAN -> sum(block, n);
                        case MAX -> max(block, n);
                        case MIN -> min(block, n);
                    });
        }
        return value;
    }

    private void load(long x, int n, float[] block) {
        if (run.from() == 1) {
            MemorySegment.copy(Native.MEMORY, JAVA_FLOAT, x, block, 0, n);
            return;
        }
        long step = Float.BYTES * run.from();
        for (int i = 0; i < n; i++) {
            block[i] = Native.getFloat(x + i * step);
        }
    }

    /* Four sums: an addition takes as long as loading and widening three elements. */
    private static double sum(float[] block, int n) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i < n - 3; i += 4) {
            a += block[i];
            b += block[i + 1];
            c += block[i + 2];
            d += block[i + 3];
        }
        for (; i < n; i++) {
            a += block[i];
        }
        return (a + b) + (c + d);
    }

    private static double max(float[] block, int n) {
        float value = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            value = Math.max(value, block[i]);
        }
        return value;
    }

    private static double min(float[] block, int n) {
        float value = Float.POSITIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            value = Math.min(value, block[i]);
        }
        return value;
    }

    /* Of an element of nested loops. */
    private static long offset(List<StridedLoop> loops, long index, ToLongFunction<StridedLoop> stride) {
        long rest = index;
        long offset = 0;
        for (int i = loops.size() - 1; i >= 0; i--) {
            StridedLoop loop = loops.get(i);
            offset += rest % loop.size() * stride.applyAsLong(loop);
            rest /= loop.size();
        }
        return offset;
    }
}
