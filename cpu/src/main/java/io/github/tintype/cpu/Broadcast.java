package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * a (operation) b where either may repeat along some axes. The axes are merged as far as both allow; the two innermost go to the
 * library, the others are slices of ours.
 */
final class Broadcast {
    /** Element strides of the operands, 0 where they repeat; the result's are those of a dense tensor in some order of the axes. */
    record Spec(
            PostOp.BinaryOperation operation,
            DType dtype,
            List<Long> sizes,
            List<Long> a,
            List<Long> b,
            List<Long> dst) {
        Spec {
            sizes = List.copyOf(sizes);
            a = List.copyOf(a);
            b = List.copyOf(b);
            dst = List.copyOf(dst);
        }
    }

    private record Loop(long size, long a, long b, long dst) {
        boolean continues(Loop inner) {
            return a == inner.a * inner.size && b == inner.b * inner.size && dst == inner.dst * inner.size;
        }
    }

    private final Cpu cpu;
    private final Spec spec;
    private final List<Loop> outer = new ArrayList<>();
    private final RowKernel rows;
    private final Loop row;

    Broadcast(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        List<Loop> loops = loops(spec);
        Loop inner = loops.getLast();
        boolean two = loops.size() > 1;
        row = two ? loops.get(loops.size() - 2) : new Loop(1, 0, 0, 0);
        outer.addAll(loops.subList(0, Math.max(0, loops.size() - 2)));
        long bytes = 3 * row.size() * inner.size() * spec.dtype().bytes();
        rows = two
                ? new RowKernel(
                        cpu,
                        row.size(),
                        1,
                        bytes,
                        List.of(step(row.a()), step(row.b()), step(row.dst())),
                        count -> primitive(count, inner))
                : new RowKernel(
                        cpu,
                        inner.size(),
                        16,
                        bytes,
                        List.of(step(inner.a()), step(inner.b()), step(inner.dst())),
                        count -> primitive(1, new Loop(count, inner.a(), inner.b(), inner.dst())));
    }

    /** Whether there is a kernel for it. */
    static boolean fits(Spec spec) {
        return fits(loops(spec));
    }

    /* The library is fast for a dense first operand and a second one that is dense or repeats. */
    private static boolean fits(List<Loop> loops) {
        Loop inner = loops.getLast();
        if (inner.dst() != 1 || inner.a() != 1 || inner.b() > 1) {
            return false;
        }
        if (loops.size() == 1) {
            return true;
        }
        Loop row = loops.get(loops.size() - 2);
        long pitch = inner.b() == 0 ? 1 : inner.size();
        return row.dst() == inner.size() && row.a() == inner.size() && (row.b() == 0 || row.b() == pitch);
    }

    private static List<Loop> loops(Spec spec) {
        List<Loop> loops = new ArrayList<>();
        for (int i = 0; i < spec.sizes().size(); i++) {
            if (spec.sizes().get(i) != 1) {
                loops.add(new Loop(
                        spec.sizes().get(i),
                        spec.a().get(i),
                        spec.b().get(i),
                        spec.dst().get(i)));
            }
        }
        loops.sort((x, y) -> Long.compare(y.dst(), x.dst()));
        List<Loop> merged = new ArrayList<>();
        for (Loop loop : loops) {
            if (!merged.isEmpty() && merged.getLast().continues(loop)) {
                merged.set(
                        merged.size() - 1,
                        new Loop(merged.getLast().size() * loop.size(), loop.a(), loop.b(), loop.dst()));
            } else {
                merged.add(loop);
            }
        }
        if (merged.isEmpty()) {
            merged.add(new Loop(1, 1, 1, 1));
        }
        return merged;
    }

    private long step(long elements) {
        return elements * spec.dtype().bytes();
    }

    private Primitive primitive(long count, Loop inner) {
        return cpu.dnn()
                .binary(
                        spec.operation(),
                        operand(count, inner.size(), row.a(), inner.a()),
                        operand(count, inner.size(), row.b(), inner.b()),
                        operand(count, inner.size(), row.dst(), 1),
                        List.of());
    }

    private MemoryDesc operand(long count, long size, long rowStride, long stride) {
        long rowsOf = rowStride == 0 ? 1 : count;
        long columns = stride == 0 ? 1 : size;
        long pitch = rowsOf == 1 ? columns : rowStride;
        return MemoryDesc.strided(spec.dtype(), new long[] {rowsOf, columns}, new long[] {pitch, 1});
    }

    boolean run(long a, long b, long dst, BooleanSupplier cancelled) {
        return run(0, a, b, dst, cancelled);
    }

    private boolean run(int level, long a, long b, long dst, BooleanSupplier cancelled) {
        if (level == outer.size()) {
            return rows.run(cancelled, a, b, dst);
        }
        Loop loop = outer.get(level);
        boolean all = true;
        for (long i = 0; i < loop.size() && all; i++) {
            all = run(level + 1, a + step(i * loop.a()), b + step(i * loop.b()), dst + step(i * loop.dst()), cancelled);
        }
        return all;
    }

    /** What the library chose. */
    String implementation() {
        return rows.implementation();
    }
}
