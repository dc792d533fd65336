package io.github.tintype.cpu;

import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * softmax(q · kᵀ · scale + mask) · v for each batch and head, without ever holding more scores than one block of queries has.
 *
 * <p>A slice is a run of queries of one head: it packs that head's keys and values once into the worker's scratch memory, then goes
 * through its queries block by block, so that a block's scores stay in the cache between the three steps.
 */
final class Attention {
    /** Element strides of a [b,h,t,d] view; d is contiguous. */
    record View(long batch, long head, long row) {
        /** Heads side by side in the rows of a [b,t,h·d] tensor. */
        static View interleaved(long tokens, long heads, long d) {
            return new View(tokens * heads * d, d, heads * d);
        }
    }

    /** Which keys a query sees. One that sees none gives 0. */
    sealed interface Mask {
        /** Query i those from 0 to i. */
        record Causal() implements Mask {}

        /** As an f32 tensor says, which is added to the scores. */
        record Added(Strides strides) implements Mask {}

        /** The same of a tensor with one number for all keys of a row, which the library would add 600 times as slowly as we do. */
        record AddedToRows(Strides strides) implements Mask {}

        /** Those for which a tensor of booleans is true. */
        record Allowed(Strides strides) implements Mask {}
    }

    /** Of a mask that broadcasts to [b,h,queries,keys]: 0 where it has size 1, and 1 or 0 from key to key. */
    record Strides(long batch, long head, long row, long column) {
        long offset(long b, long h, long query) {
            return b * batch + h * head + query * row;
        }
    }

    record Spec(
            DType dtype,
            long batch,
            long heads,
            long queries,
            long keys,
            long d,
            long valueD,
            double scale,
            View q,
            View k,
            View v,
            View dst,
            Optional<Mask> mask) {}

    /* Scores of a block should stay in the second-level cache: 64 rows of 4096 keys are 1 MB. */
    private static final long BLOCK_SCORES = 1 << 18;
    private static final long LONG_RUN = 512;

    private final Cpu cpu;
    private final Spec spec;
    private final long block;
    private final Split runs;
    private final Step whole;
    private final Step rest; // of the last block of queries
    private final Primitive packKeys;
    private final Primitive packValues;
    private final long keysBytes;
    private final long valuesBytes;
    private final long scratchBytes;
    private final long scoresBytes;
    private final long weightsBytes; // 0 where they take the place of the scores
    private final WorkerPool.KernelBody slices =
            (slice, worker, q, k, v, mask, dst) -> runOfQueries(worker, slice, q, k, v, mask, dst);

    /* The three primitives of a block of one height. */
    private record Step(Primitive scores, Primitive softmax, Primitive values) {
        long scratch() {
            return Math.max(scores.scratchBytes(), Math.max(softmax.scratchBytes(), values.scratchBytes()));
        }
    }

    Attention(Cpu cpu, Spec spec) {
        this.cpu = cpu;
        this.spec = spec;
        // Each block reads all keys and values: the wider they are, the more rows they should serve.
        long rows = Math.max(BLOCK_SCORES / spec.keys(), spec.d() / 2);
        block = Math.min(spec.queries(), Math.clamp(rows, 16, 512));
        double operations =
                2.0 * spec.batch() * spec.heads() * spec.queries() * spec.keys() * (spec.d() + spec.valueD());
        long wanted = Split.slices(4 * operations, cpu.threads()); // softmax costs more than it counts
        long heads = spec.batch() * spec.heads();
        // Long runs, as each packs keys and values again, unless threads would have nothing to do.
        long longRun = Math.max(block, heads * (spec.queries() / LONG_RUN) < cpu.threads() ? block : LONG_RUN);
        runs = Split.of(spec.queries(), Math.min((wanted + heads - 1) / heads, spec.queries() / longRun), block);
        whole = step(
                block,
                MemoryDesc.any(spec.dtype(), spec.d(), spec.keys()),
                MemoryDesc.any(spec.dtype(), spec.keys(), spec.valueD()));
        MemoryDesc keys = whole.scores().layout(OneDnn.WEIGHTS);
        MemoryDesc values = whole.values().layout(OneDnn.WEIGHTS);
        long left = spec.queries() % block;
        rest = left == 0 ? whole : step(left, keys, values);
        packKeys = cpu.dnn()
                .reorder(
                        MemoryDesc.strided(spec.dtype(), new long[] {spec.d(), spec.keys()}, new long[] {
                            1, spec.k().row()
                        }),
                        keys);
        packValues = cpu.dnn()
                .reorder(
                        MemoryDesc.strided(spec.dtype(), new long[] {spec.keys(), spec.valueD()}, new long[] {
                            spec.v().row(), 1
                        }),
                        values);
        keysBytes = NativeMemory.aligned(keys.bytes());
        valuesBytes = NativeMemory.aligned(values.bytes());
        scratchBytes = NativeMemory.aligned(Math.max(
                Math.max(packKeys.scratchBytes(), packValues.scratchBytes()),
                Math.max(whole.scratch(), rest.scratch())));
        scoresBytes = NativeMemory.aligned(block * spec.keys() * Float.BYTES);
        weightsBytes = spec.dtype() == DType.F32
                ? 0
                : NativeMemory.aligned(block * spec.keys() * spec.dtype().bytes());
    }

    private Step step(long rows, MemoryDesc keys, MemoryDesc values) {
        MemoryDesc scores = MemoryDesc.dense(DType.F32, rows, spec.keys());
        List<PostOp> postOps = new ArrayList<>(List.of(PostOp.scale(spec.scale())));
        if (spec.mask().isPresent() && spec.mask().get() instanceof Mask.Added(Strides mask)) {
            postOps.add(new PostOp.Binary(
                    PostOp.BinaryOperation.ADD,
                    MemoryDesc.strided(
                            DType.F32, new long[] {mask.row() == 0 ? 1 : rows, spec.keys()}, new long[] {spec.keys(), 1
                            })));
        }
        MemoryDesc weights = MemoryDesc.dense(spec.dtype(), rows, spec.keys());
        return new Step(
                cpu.dnn().matmul(rows(rows, spec.d(), spec.q()), keys, Optional.empty(), scores, postOps),
                cpu.dnn().softmax(scores, weights, 1),
                cpu.dnn().matmul(weights, values, Optional.empty(), rows(rows, spec.valueD(), spec.dst()), List.of()));
    }

    private MemoryDesc rows(long rows, long d, View view) {
        return MemoryDesc.strided(spec.dtype(), new long[] {rows, d}, new long[] {view.row(), 1});
    }

    /** {@code mask} is unused where the spec has none in memory. */
    boolean run(long q, long k, long v, long mask, long dst, BooleanSupplier cancelled) {
        long count = spec.batch() * spec.heads() * runs.parts();
        return cpu.pool().parallelFor(Math.toIntExact(count), slices, cancelled, q, k, v, mask, dst);
    }

    private void runOfQueries(WorkerPool.Worker worker, int slice, long q, long k, long v, long mask, long dst) {
        long batch = slice / runs.parts() / spec.heads();
        long head = slice / runs.parts() % spec.heads();
        int run = slice % runs.parts();
        long pad = worker.scratch(scratchBytes + keysBytes + valuesBytes + scoresBytes + weightsBytes + block);
        long packedKeys = pad + scratchBytes;
        long packedValues = packedKeys + keysBytes;
        long scores = packedValues + valuesBytes;
        long weights = weightsBytes == 0 ? scores : scores + scoresBytes;
        long blind = scores + scoresBytes + weightsBytes;
        packKeys.executeWith(worker, pad, at(k, spec.k(), batch, head, 0), packedKeys);
        packValues.executeWith(worker, pad, at(v, spec.v(), batch, head, 0), packedValues);
        long end = runs.start(run + 1);
        for (long row = runs.start(run); row < end; row += block) {
            Step step = end - row < block ? rest : whole;
            long rows = Math.min(block, end - row);
            long queries = at(q, spec.q(), batch, head, row);
            long results = at(dst, spec.dst(), batch, head, row);
            if (spec.mask().isPresent() && spec.mask().get() instanceof Mask.Added(Strides strides)) {
                long added = mask + strides.offset(batch, head, row) * Float.BYTES;
                step.scores().executeWith(worker, pad, queries, packedKeys, scores, added);
            } else {
                step.scores().executeWith(worker, pad, queries, packedKeys, scores);
            }
            if (spec.mask().isPresent()) {
                hide(spec.mask().get(), scores, mask, batch, head, row, rows);
                ScoreMask.markBlind(scores, rows, spec.keys(), blind);
            }
            step.softmax().executeWith(worker, pad, scores, weights);
            step.values().executeWith(worker, pad, weights, packedValues, results);
            if (spec.mask().isPresent()) {
                ScoreMask.clearBlind(
                        results,
                        rows,
                        spec.dst().row() * spec.dtype().bytes(),
                        spec.valueD() * spec.dtype().bytes(),
                        blind);
            }
        }
    }

    private void hide(Mask how, long scores, long mask, long batch, long head, long row, long rows) {
        switch (how) {
            case Mask.Added _ -> {} // on the way
            case Mask.Causal() -> ScoreMask.hideLater(scores, row, rows, spec.keys());
            case Mask.AddedToRows(Strides strides) -> {
                long added = mask + strides.offset(batch, head, row) * Float.BYTES;
                ScoreMask.add(scores, added, rows, spec.keys(), strides);
            }
            case Mask.Allowed(Strides strides) -> {
                long allowed = mask + strides.offset(batch, head, row);
                ScoreMask.hide(scores, allowed, rows, spec.keys(), strides);
            }
        }
    }

    private long at(long address, View view, long batch, long head, long row) {
        return address
                + (batch * view.batch() + head * view.head() + row * view.row())
                        * spec.dtype().bytes();
    }

    /** What the library chose for scores, softmax and values. */
    String implementation() {
        return whole.scores().implementation()
                + "+" + whole.softmax().implementation()
                + "+" + whole.values().implementation();
    }
}
