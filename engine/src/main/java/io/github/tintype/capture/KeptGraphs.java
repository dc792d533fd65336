package io.github.tintype.capture;

import io.github.tintype.code.Digests;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.Lookup;
import io.github.tintype.code.cache.PlanKey;
import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.StoredResult;
import io.github.tintype.device.Device;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.stored.GraphFormatException;
import io.github.tintype.graph.stored.StoredGraph;
import io.github.tintype.tensor.DenseWeight;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Graphs after the passes, as a device keeps them between processes: found by the recorded graph and by all that decides what the passes make of it. */
final class KeptGraphs {
    private static final System.Logger LOG = System.getLogger(KeptGraphs.class.getName());

    private KeptGraphs() {}

    /**
     * What the passes make of {@code graph}: found, or made and kept.
     *
     * @param name of the compiled function
     * @param options the part that the passes see is part of the key
     */
    static Optimized optimize(
            String name, Graph graph, CompileOptions options, Device device, Supplier<Optimizer.Result> passes) {
        Optional<CacheUse> cache = device.cache();
        List<DenseWeight> weights = StoredGraph.weights(graph);
        Optional<byte[]> recorded = cache.flatMap(_ -> StoredGraph.write(graph, weights));
        if (cache.isEmpty() || recorded.isEmpty()) {
            return new Optimized(passes.get(), Optional.empty());
        }
        PlanKey key = PlanKey.of(
                name,
                Digests.hex(recorded.get()),
                options.regions().toString(),
                options.effectiveFlags().toString(),
                device.identity(),
                cache.get().build());
        return switch (cache.get().find(key)) {
            case Lookup.Hit<ByteBuffer>(ByteBuffer kept) ->
                read(key, kept, graph, weights)
                        .map(result -> new Optimized(result, Optional.of("found in the cache")))
                        .orElseGet(() -> make(key, weights, cache.get(), passes, "can't be read"));
            case Lookup.Miss<ByteBuffer>(var _, String reason) -> make(key, weights, cache.get(), passes, reason);
        };
    }

    private static Optional<Optimizer.Result> read(
            PlanKey key, ByteBuffer kept, Graph graph, List<DenseWeight> weights) {
        try {
            return Optional.of(StoredResult.read(kept, graph, weights));
        } catch (GraphFormatException e) {
            LOG.log(System.Logger.Level.WARNING, "code cache: {0} is optimised anew: {1}", key.name(), e.getMessage());
            return Optional.empty();
        }
    }

    private static Optimized make(
            PlanKey key, List<DenseWeight> weights, CacheUse cache, Supplier<Optimizer.Result> passes, String reason) {
        Optimizer.Result made = passes.get();
        StoredResult.write(made, weights).ifPresent(bytes -> cache.store(key, ByteBuffer.wrap(bytes)));
        return new Optimized(made, Optional.of("made now: " + reason));
    }
}
