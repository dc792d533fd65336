package io.github.tintype.runtime;

import io.github.tintype.compile.BoundWeight;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Packing;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.DerivedWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.StoredWeight;
import io.github.tintype.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** Weights in the forms that kernels want, each made once and kept as long as a binding uses it. */
final class WeightCache {
    private record Key(Weight weight, String form) {}

    private static final class Entry {
        private final NativeMemory.Block block;
        private int users;

        Entry(NativeMemory.Block block) {
            this.block = block;
        }
    }

    private final NativeMemory memory;
    private final Runnable giveBackIdle;
    private final Map<Key, Entry> entries = new HashMap<>();

    /** @param giveBackIdle gives back what nobody uses at the moment when room is missing */
    WeightCache(NativeMemory memory, Runnable giveBackIdle) {
        this.memory = memory;
        this.giveBackIdle = giveBackIdle;
    }

    /**
     * The packed weights, in order. Each call must be matched by a {@link #release} of the same list.
     *
     * @param slabBytes what runs will need besides: if that doesn't fit into the budget, nothing is packed
     * @param beforeEach is told which one comes next, and may throw to stop
     * @throws io.github.tintype.tensor.DeviceException if memory is short
     */
    synchronized List<MemorySegment> acquire(List<BoundWeight> weights, long slabBytes, IntConsumer beforeEach) {
        List<BoundWeight> missing = missing(weights);
        requireRoom(missing, slabBytes);
        List<MemorySegment> segments = new ArrayList<>();
        try (ReadAhead ahead =
                ReadAhead.of(missing.stream().map(BoundWeight::weight).toList())) {
            for (int i = 0; i < weights.size(); i++) {
                beforeEach.accept(i);
                segments.add(acquire(weights.get(i), ahead));
            }
        } catch (RuntimeException | Error e) { // a file that was cut short is an InternalError
            release(weights.subList(0, segments.size()));
            throw e;
        }
        return segments;
    }

    private void requireRoom(List<BoundWeight> missing, long slabBytes) {
        long bytes = bytes(missing);
        if (bytes > 0 && !hasRoom(bytes, slabBytes)) {
            memory.require(
                    bytes + slabBytes,
                    "a model with %s of weights and %s of intermediates"
                            .formatted(NativeMemory.text(bytes), NativeMemory.text(slabBytes)));
        }
    }

    /** Whether the budget has room for those of these weights that aren't there yet, and for the intermediates of their runs. */
    synchronized boolean hasRoom(List<BoundWeight> weights, long slabBytes) {
        long bytes = bytes(missing(weights));
        return bytes == 0 || hasRoom(bytes, slabBytes);
    }

    private boolean hasRoom(long bytes, long slabBytes) {
        if (!memory.fits(bytes + slabBytes)) {
            giveBackIdle.run();
        }
        return memory.fits(bytes + slabBytes);
    }

    private static long bytes(List<BoundWeight> weights) {
        return weights.stream().mapToLong(bound -> bound.packing().bytes()).sum();
    }

    /* Those that aren't there yet, each once, in order. */
    private List<BoundWeight> missing(List<BoundWeight> weights) {
        Map<Key, BoundWeight> missing = new LinkedHashMap<>();
        for (BoundWeight bound : weights) {
            Key key = new Key(bound.weight(), bound.packing().key());
            if (!entries.containsKey(key)) {
                missing.put(key, bound);
            }
        }
        return List.copyOf(missing.values());
    }

    private MemorySegment acquire(BoundWeight bound, ReadAhead ahead) {
        Key key = new Key(bound.weight(), bound.packing().key());
        Entry entry = entries.get(key);
        if (entry == null) {
            entry = new Entry(memory.allocate(
                    bound.packing().bytes(), "weight " + bound.weight().name()));
            try {
                pack(bound, entry.block.segment());
                ahead.packed(bound.weight());
            } catch (RuntimeException | Error e) {
                entry.block.close();
                throw e;
            }
            entries.put(key, entry);
        }
        entry.users++;
        return entry.block.segment();
    }

    private void pack(BoundWeight bound, MemorySegment packed) {
        Packing.Packer packer = bound.packing().packer();
        switch (bound.weight()) {
            case DenseWeight dense -> {
                packer.pack(dense.source(), packed);
                dense.source().unload(); // the packed form replaces it
            }
            case DerivedWeight derived -> pack(derived, packer, packed);
            case QuantizedWeight _, StoredWeight _ ->
                throw new IllegalStateException("no parameter: " + bound.weight());
        }
    }

    /* What is put together for the packer goes as soon as it is packed. */
    private void pack(DerivedWeight derived, Packing.Packer packer, MemorySegment packed) {
        List<NativeMemory.Block> scratch = new ArrayList<>();
        try {
            HostTensor source = derived.source((bytes, _) -> {
                scratch.add(memory.allocate(bytes, "packing " + derived.name()));
                return scratch.getLast().segment();
            });
            packer.pack(source, packed);
        } finally {
            scratch.forEach(NativeMemory.Block::close);
        }
        derived.parts().forEach(dense -> dense.source().unload());
    }

    synchronized void release(List<BoundWeight> weights) {
        for (BoundWeight bound : weights) {
            Key key = new Key(bound.weight(), bound.packing().key());
            Entry entry = entries.get(key);
            if (entry != null && --entry.users == 0) {
                entry.block.close();
                entries.remove(key);
            }
        }
    }

    /** Weights in use. */
    synchronized int held() {
        return entries.size();
    }
}
