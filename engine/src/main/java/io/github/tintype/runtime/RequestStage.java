package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The part of a program that is the same at each step of a request. It runs when its arguments are other tensors than those of the
 * requests it knows; tensors are immutable, so the same ones give the same results. These are kept until one of the arguments is
 * garbage, until other requests have taken their place, until memory is short, or until {@link #close}; whatever comes first, they are
 * freed as soon as no run reads them. Usable from several threads.
 */
final class RequestStage implements AutoCloseable {
    /* Prompts that take turns. Keys and values of one are 100 MB in SDXL's UNet with guidance, whatever the picture's size. */
    static final int MOST_KEPT = 4;

    private final String name;
    private final Engine engine;
    private final Binding binding;
    private final List<Integer> reads;
    private final List<Kept> known = new ArrayList<>(); // latest first
    private boolean closed;

    /** The results for one request's arguments. */
    final class Kept {
        private final List<WeakReference<DeviceBuffer>> arguments;
        private final List<Cleaner.Cleanable> watches = new ArrayList<>();
        private Optional<List<DeviceBuffer>> results = Optional.empty();
        private int users;
        private boolean forgotten;

        private Kept(List<DeviceBuffer> arguments) {
            this.arguments = arguments.stream().map(WeakReference::new).toList();
        }

        private boolean isOf(List<DeviceBuffer> others) {
            for (int i = 0; i < others.size(); i++) {
                if (!arguments.get(i).refersTo(others.get(i))) {
                    return false;
                }
            }
            return true;
        }

        /** Computed, and valid until this is released. */
        List<DeviceBuffer> results() {
            return results.orElseThrow(() -> new IllegalStateException("not computed: " + name));
        }
    }

    /**
     * @param binding closed with this
     * @param reads which arguments of the program the results depend on
     */
    RequestStage(String name, Engine engine, Binding binding, List<Integer> reads) {
        this.name = name;
        this.engine = engine;
        this.binding = binding;
        this.reads = List.copyOf(reads);
        engine.add(this);
    }

    Plan plan() {
        return binding.plan();
    }

    /**
     * The results for these arguments of the program, computed if they aren't known. Each call must be matched by a {@link #release}.
     * Threads that bring the same new arguments at once compute them once.
     */
    Kept take(List<DeviceBuffer> programArguments, RunContext context) {
        Kept kept = lease(reads.stream().map(programArguments::get).toList());
        try {
            synchronized (kept) { // before the stage's own lock, which is never held while something is computed
                if (kept.results.isEmpty()) {
                    kept.results = Optional.of(engine.compute(name, binding, programArguments, context));
                }
            }
            return kept;
        } catch (RuntimeException | Error e) {
            release(kept);
            throw e;
        }
    }

    private synchronized Kept lease(List<DeviceBuffer> arguments) {
        Kept kept =
                known.stream().filter(each -> each.isOf(arguments)).findFirst().orElseGet(() -> watched(arguments));
        known.remove(kept);
        known.addFirst(kept);
        kept.users++;
        for (int i = known.size() - 1; i >= MOST_KEPT; i--) {
            forgetIfIdle(known.get(i));
        }
        return kept;
    }

    private Kept watched(List<DeviceBuffer> arguments) {
        Kept kept = new Kept(arguments);
        for (DeviceBuffer argument : arguments) {
            kept.watches.add(engine.whenUnreachable(argument, () -> forget(kept)));
        }
        return kept;
    }

    synchronized void release(Kept kept) {
        kept.users--;
        if (closed || kept.results.isEmpty()) {
            forgetIfIdle(kept);
        }
        freeIfUnused(kept);
    }

    /** Gives back what no run reads at the moment. */
    synchronized void forgetIdle() {
        List.copyOf(known).forEach(this::forgetIfIdle);
    }

    private void forgetIfIdle(Kept kept) {
        if (kept.users == 0) {
            forget(kept);
        }
    }

    private synchronized void forget(Kept kept) {
        if (kept.forgotten) {
            return;
        }
        kept.forgotten = true;
        known.remove(kept);
        kept.watches.forEach(Cleaner.Cleanable::clean); // comes back here, in vain
        freeIfUnused(kept);
    }

    private static void freeIfUnused(Kept kept) {
        if (kept.forgotten && kept.users == 0) {
            kept.results.ifPresent(results -> results.forEach(DeviceBuffer::free));
            kept.results = Optional.empty();
        }
    }

    /** Waits for running calls, then frees weights and results. */
    @Override
    public void close() {
        binding.close();
        engine.remove(this);
        synchronized (this) {
            closed = true;
            forgetIdle();
        }
    }
}
