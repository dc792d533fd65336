package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.Lookup;
import io.github.tintype.code.cache.TuneKey;
import io.github.tintype.cpu.KernelSearch.Found;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.Search;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.device.Tuning;
import io.github.tintype.device.TuningReport.Outcome;
import io.github.tintype.graph.Op;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Chooses among the kernels for a problem by running them, and remembers which was the fastest, in this process and in the cache. What is to be measured takes turns. Thread-safe.
 */
final class Tuner {
    /* Less takes a tenth of a millisecond: no difference is worth compiling several kernels for. */
    private static final long LEAST_OPERATIONS = 20_000_000;
    /* A kernel runs again until it has taken so long, but not more often. */
    private static final long ENOUGH_NANOS = 60_000_000;
    private static final int MOST_RUNS = 7;
    /* 0.0115 as a float, and a small normal number in every other float type. */
    private static final byte FILL = 0x3c;

    private final NativeMemory memory;
    private final CacheUse cache;
    private final int threads;
    private final ToDoubleFunction<Runnable> clock;
    private final LongSupplier now;
    private final Map<TuneKey, Candidate> known = new ConcurrentHashMap<>();
    /* Searches that ran out of time. */
    private final Map<TuneKey, KernelSearch> begun = new HashMap<>();

    /** What is to be computed, by kernels that are compiled so. */
    record Problem(Op op, List<Operand> inputs, TensorType output, Effort effort) {
        boolean isLarge() {
            return op.flops(inputs.stream().map(Operand::type).toList(), output) >= LEAST_OPERATIONS;
        }
    }

    /** @param threads that compute a kernel */
    Tuner(NativeMemory memory, CacheUse cache, int threads) {
        this(memory, cache, threads, Tuner::fastest, System::nanoTime);
    }

    /**
     * @param clock the time of a run, in any unit
     * @param now in nanoseconds, for the time that measuring takes
     */
    Tuner(NativeMemory memory, CacheUse cache, int threads, ToDoubleFunction<Runnable> clock, LongSupplier now) {
        this.memory = memory;
        this.cache = cache;
        this.threads = threads;
        this.clock = clock;
        this.now = now;
    }

    /**
     * The fastest of these and of what their steps lead to, as far as {@code tuning} looks for it. The first is what tables say: it stays where another isn't clearly faster, where the
     * problem is small, and where there is no time or memory for measuring.
     */
    Lowering fastest(Problem problem, List<Candidate> candidates, Target processor, Tuning tuning) {
        Candidate table = candidates.getFirst();
        if (!problem.isLarge()) {
            return table.lowering().get();
        }
        List<Candidate> grid = tuning.search().grid() ? candidates : List.of(table);
        TuneKey key = key(problem, grid, processor, tuning.search());
        Found found = hasChoice(grid, tuning.search())
                ? known(key, grid).orElseGet(() -> measure(problem, grid, key, tuning))
                : new Found(table, Outcome.NO_CHOICE);
        tuning.came(key, found.outcome());
        return found.best().lowering().get();
    }

    private static boolean hasChoice(List<Candidate> grid, Search search) {
        return grid.size() > 1
                || (search.descent() && !grid.getFirst().steps().get().isEmpty());
    }

    private TuneKey key(Problem problem, List<Candidate> grid, Target processor, Search search) {
        String text =
                "%s by %s".formatted(problem, grid.stream().map(Candidate::name).collect(Collectors.joining(", ")));
        String where = processor.cpu() + " " + processor.features();
        return TuneKey.of(problem.op().name(), text, where, threads, search.toString(), cache.build());
    }

    private Optional<Found> known(TuneKey key, List<Candidate> grid) {
        return Optional.ofNullable(known.get(key))
                .or(() -> remembered(key, grid))
                .map(candidate -> new Found(candidate, Outcome.REMEMBERED));
    }

    private Optional<Candidate> remembered(TuneKey key, List<Candidate> grid) {
        if (!(cache.find(key) instanceof Lookup.Hit<String>(String name))) {
            return Optional.empty();
        }
        Optional<Candidate> named = named(name, grid).or(() -> named(name, Candidate.reachable(grid)));
        named.ifPresent(candidate -> known.put(key, candidate));
        return named;
    }

    private static Optional<Candidate> named(String name, List<Candidate> candidates) {
        return candidates.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst();
    }

    private synchronized Found measure(Problem problem, List<Candidate> grid, TuneKey key, Tuning tuning) {
        Optional<Candidate> meanwhile = Optional.ofNullable(known.get(key));
        if (meanwhile.isPresent()) {
            return new Found(meanwhile.get(), Outcome.REMEMBERED);
        }
        Found found = begun.computeIfAbsent(key, _ -> new KernelSearch(tuning.search()))
                .run(grid, candidate -> time(problem, candidate, tuning), tuning::mayMeasure);
        if (found.outcome() == Outcome.MEASURED) {
            known.put(key, found.best());
            begun.remove(key);
            cache.store(key, found.best().name());
        }
        return found;
    }

    private double time(Problem problem, Candidate candidate, Tuning tuning) {
        long start = now.getAsLong();
        try {
            return time(problem, candidate);
        } finally {
            tuning.measured(now.getAsLong() - start);
        }
    }

    /* Infinite if there is no memory for it. */
    private double time(Problem problem, Candidate candidate) {
        List<NativeMemory.Block> blocks = new ArrayList<>();
        try {
            Lowering lowering = candidate.lowering().get();
            List<MemorySegment> inputs = new ArrayList<>();
            for (int i = 0; i < problem.inputs().size(); i++) {
                Operand operand = problem.inputs().get(i);
                long plain = operand.layout().span(operand.type().shape())
                        * operand.type().dtype().bytes();
                Optional<Packing> packing =
                        Optional.ofNullable(lowering.packings().get(i));
                inputs.add(filled(blocks, packing.map(Packing::bytes).orElse(plain)));
            }
            SegmentArguments arguments = new SegmentArguments(
                    inputs, filled(blocks, problem.output().bytes()), filled(blocks, lowering.scratchBytes()));
            return clock.applyAsDouble(() -> lowering.kernel().run(arguments));
        } catch (DeviceException e) {
            if (e.reason() != DeviceException.Reason.MEMORY) {
                throw e;
            }
            return Double.POSITIVE_INFINITY;
        } finally {
            blocks.forEach(NativeMemory.Block::close);
        }
    }

    private MemorySegment filled(List<NativeMemory.Block> blocks, long bytes) {
        NativeMemory.Block block = memory.allocate(bytes, "measuring a kernel");
        blocks.add(block);
        return block.segment().fill(FILL);
    }

    private static double fastest(Runnable kernel) {
        kernel.run(); // reads its code and touches its memory
        double least = Double.MAX_VALUE;
        double all = 0;
        for (int run = 0; run < MOST_RUNS && all < ENOUGH_NANOS; run++) {
            long start = System.nanoTime();
            kernel.run();
            double nanos = System.nanoTime() - start;
            least = Math.min(least, nanos);
            all += nanos;
        }
        return least;
    }
}
