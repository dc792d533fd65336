package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.Lookup;
import io.github.tintype.code.cache.TuneKey;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.graph.Op;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
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
    /* What tables say is left for what takes so much of its time, or less: noise isn't a reason. */
    private static final double CLEARLY = 0.97;
    /* 0.0115 as a float, and a small normal number in every other float type. */
    private static final byte FILL = 0x3c;

    private final NativeMemory memory;
    private final CacheUse cache;
    private final int threads;
    private final ToDoubleFunction<Runnable> clock;
    private final Map<TuneKey, String> known = new ConcurrentHashMap<>();

    /** What is to be computed. */
    record Problem(Op op, List<Operand> inputs, TensorType output) {
        boolean isLarge() {
            return op.flops(inputs.stream().map(Operand::type).toList(), output) >= LEAST_OPERATIONS;
        }
    }

    /** @param threads that compute a kernel */
    Tuner(NativeMemory memory, CacheUse cache, int threads) {
        this(memory, cache, threads, Tuner::fastest);
    }

    /** @param clock the time of a run, in any unit */
    Tuner(NativeMemory memory, CacheUse cache, int threads, ToDoubleFunction<Runnable> clock) {
        this.memory = memory;
        this.cache = cache;
        this.threads = threads;
        this.clock = clock;
    }

    /** The fastest of these, of which the first is what tables say: it stays where another isn't clearly faster, and where memory is too short for measuring. */
    Lowering fastest(Problem problem, List<Candidate> candidates, Target processor) {
        if (candidates.size() == 1 || !problem.isLarge()) {
            return candidates.getFirst().lowering().get();
        }
        TuneKey key = key(problem, candidates, processor);
        String name =
                known.computeIfAbsent(key, _ -> remembered(key).orElseGet(() -> measure(problem, candidates, key)));
        return candidates.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElse(candidates.getFirst())
                .lowering()
                .get();
    }

    private TuneKey key(Problem problem, List<Candidate> candidates, Target processor) {
        String text = "%s by %s"
                .formatted(problem, candidates.stream().map(Candidate::name).collect(Collectors.joining(", ")));
        return TuneKey.of(
                problem.op().name(), text, processor.cpu() + " " + processor.features(), threads, cache.build());
    }

    private Optional<String> remembered(TuneKey key) {
        return cache.find(key) instanceof Lookup.Hit<String>(String name) ? Optional.of(name) : Optional.empty();
    }

    private synchronized String measure(Problem problem, List<Candidate> candidates, TuneKey key) {
        String best = candidates.getFirst().name();
        OptionalDouble first = time(problem, candidates.getFirst());
        double least = first.orElse(0) * CLEARLY;
        for (Candidate candidate : candidates.subList(1, candidates.size())) {
            OptionalDouble time = first.isPresent() ? time(problem, candidate) : OptionalDouble.empty();
            if (time.isPresent() && time.getAsDouble() <= least) {
                best = candidate.name();
                least = time.getAsDouble();
            }
        }
        if (first.isPresent()) {
            cache.store(key, best);
        }
        return best;
    }

    /* Empty if there is no memory for it. */
    private OptionalDouble time(Problem problem, Candidate candidate) {
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
            return OptionalDouble.of(clock.applyAsDouble(() -> lowering.kernel().run(arguments)));
        } catch (DeviceException e) {
            if (e.reason() != DeviceException.Reason.MEMORY) {
                throw e;
            }
            return OptionalDouble.empty();
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
