package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Copies a tensor from one layout to another, bit for bit, whatever its element type. Strides of 0 in the source repeat elements. */
final class StridedCopy {
    /** Element strides; the destination is dense or a part of something dense. */
    record Spec(DType dtype, List<Long> sizes, List<Long> from, List<Long> to) {
        Spec {
            sizes = List.copyOf(sizes);
            from = List.copyOf(from);
            to = List.copyOf(to);
        }
    }

    private final int wordBytes;
    private final Optional<RowKernel> rows; // none where all of it is one block
    private final BlockCopy block;
    private final List<StridedLoop> outer;

    StridedCopy(Cpu cpu, Spec spec) {
        // Bits, not numbers: the library must neither convert nor quieten a NaN. 2 and 8 bytes are moved as two words:
        // where a processor can't compute in bf16, copies of it as such take 20 to 200 times as long.
        DType word = switch (spec.dtype().bytes()) {
            case 1, 2 -> DType.U8;
            default -> DType.I32;
        };
        wordBytes = word.bytes();
        long words = spec.dtype().bytes() / word.bytes();
        List<StridedLoop> loops = new ArrayList<>();
        for (int i = 0; i < spec.sizes().size(); i++) {
            if (spec.sizes().get(i) != 1) {
                loops.add(new StridedLoop(
                        spec.sizes().get(i),
                        spec.from().get(i) * words,
                        spec.to().get(i) * words));
            }
        }
        loops.sort((a, b) -> Long.compare(b.to(), a.to()));
        if (words > 1) {
            loops.add(new StridedLoop(words, 1, 1));
        }
        List<StridedLoop> merged = StridedLoop.merged(loops);
        if (merged.isEmpty()) {
            merged.add(new StridedLoop(1, 1, 1));
        }
        // The library has no source that repeats: those loops are ours.
        outer = new ArrayList<>(merged.stream().filter(loop -> loop.from() == 0).toList());
        merged.removeAll(outer);
        if (merged.isEmpty()) {
            merged.add(new StridedLoop(1, 1, 1));
        }
        long bytes = word.bytes() * StridedLoop.elements(merged);
        block = new BlockCopy(cpu, bytes);
        boolean isBlock = merged.size() == 1
                && merged.getFirst().from() == 1
                && merged.getFirst().to() == 1;
        rows = isBlock ? Optional.empty() : Optional.of(rows(cpu, word, merged, bytes));
    }

    private static RowKernel rows(Cpu cpu, DType word, List<StridedLoop> merged, long bytes) {
        StridedLoop first = merged.getFirst();
        return new RowKernel(
                cpu,
                first.size(),
                merged.size() == 1 ? 16 : 1,
                2 * bytes,
                List.of(first.from() * word.bytes(), first.to() * word.bytes()),
                count -> cpu.dnn().reorder(desc(word, merged, count, true), desc(word, merged, count, false)));
    }

    private static MemoryDesc desc(DType word, List<StridedLoop> loops, long count, boolean from) {
        long[] sizes = loops.stream().mapToLong(StridedLoop::size).toArray();
        sizes[0] = count;
        return MemoryDesc.strided(
                word,
                sizes,
                loops.stream()
                        .mapToLong(from ? StridedLoop::from : StridedLoop::to)
                        .toArray());
    }

    boolean run(long src, long dst, BooleanSupplier cancelled) {
        return repeat(0, src, dst, cancelled);
    }

    private boolean repeat(int level, long src, long dst, BooleanSupplier cancelled) {
        if (level == outer.size()) {
            return rows.isPresent() ? rows.get().run(cancelled, src, dst) : block.run(cancelled, src, dst);
        }
        StridedLoop loop = outer.get(level);
        boolean all = true;
        for (long i = 0; i < loop.size() && all; i++) {
            all = repeat(level + 1, src, dst + i * loop.to() * wordBytes, cancelled);
        }
        return all;
    }

    /** What the library chose, or that it isn't asked. */
    String implementation() {
        return rows.map(RowKernel::implementation).orElse("block");
    }
}
