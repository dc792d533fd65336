package io.github.tintype.benchmark;

import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/**
 * Measures a {@link Suite}. One model is resident at a time. Its variants are too, as many as the budget has room for: each is compiled and called, which shows
 * its memory; then they take turns, round by round, so that whatever else the machine does meets all of them alike.
 */
public final class Benchmark {
    private final Suite suite;
    private final LongFunction<Engine> engines;
    private final BenchmarkListener listener;
    private final Cancellation cancellation;

    /** @param engines makes an engine, on a device of its own, with so many bytes of memory */
    public Benchmark(Suite suite, LongFunction<Engine> engines, BenchmarkListener listener, Cancellation cancellation) {
        this.suite = suite;
        this.engines = engines;
        this.listener = listener;
        this.cancellation = cancellation;
    }

    /**
     * A row for each variant of each workload, in order.
     *
     * @throws java.util.concurrent.CancellationException when a stop is requested
     */
    public List<Row> run() {
        List<Row> rows = new ArrayList<>();
        for (Workload workload : suite.workloads()) {
            System.gc(); // what the last model was made of is counted by nobody any more
            rows.addAll(new Turns(workload).run());
        }
        return rows;
    }

    /* What was found before the turns. */
    private record Prepared(Contender contender, FirstCall firstCall, MemoryUse memory, Optional<Quality> quality) {}

    /* The variants of one workload. */
    private final class Turns {
        private final Workload workload;
        private final RandomWeights weights = new RandomWeights(DType.F16);
        private final List<Variant> waiting;
        /* Of the first variant, once it has run. */
        private Optional<HostTensor> wanted = Optional.empty();
        private int calls;

        private Turns(Workload workload) {
            this.workload = workload;
            this.waiting = new ArrayList<>(suite.variantsOf(workload.model()));
        }

        private List<Row> run() {
            listener.begins(workload, waiting.size() * suite.calls());
            List<Row> rows = new ArrayList<>();
            while (!waiting.isEmpty()) {
                List<Prepared> group = new ArrayList<>();
                try {
                    while (!waiting.isEmpty() && admit(group, rows)) {
                        waiting.removeFirst();
                    }
                    rows.addAll(measure(group));
                } finally {
                    group.forEach(one -> one.contender().close());
                }
            }
            return rows;
        }

        /* Whether the next variant has been dealt with; if not, it has to wait until those before it have gone. */
        private boolean admit(List<Prepared> group, List<Row> rows) {
            Variant next = waiting.getFirst();
            try {
                group.add(prepare(next, group));
                return true;
            } catch (DeviceException e) {
                if (e.reason() != DeviceException.Reason.MEMORY) {
                    throw e;
                }
                if (group.isEmpty()) {
                    rows.add(new Row(workload, next, new Row.Refused(String.valueOf(e.getMessage()))));
                }
                return group.isEmpty();
            }
        }

        private Prepared prepare(Variant variant, List<Prepared> group) {
            cancellation.check();
            long others =
                    group.stream().mapToLong(one -> one.contender().used()).sum();
            long budget = Math.max(1, suite.memoryBudget() - weights.bytes() - others);
            try (ResidenceWatch watch = ResidenceWatch.start()) {
                Contender contender = open(variant, engines.apply(budget));
                try {
                    FirstCall first = contender.firstCall(listener.preparation());
                    called();
                    for (int i = 0; i < suite.warmup(); i++) {
                        contender.warmUp();
                        called();
                    }
                    Optional<Quality> quality = wanted.map(result -> Quality.of(contender.result(), result));
                    if (wanted.isEmpty()
                            && variant.equals(suite.variantsOf(workload.model()).getFirst())) {
                        wanted = Optional.of(contender.result());
                    }
                    return new Prepared(contender, first, memory(contender, watch.most(), others), quality);
                } catch (RuntimeException | Error e) {
                    contender.close();
                    throw e;
                }
            }
        }

        private MemoryUse memory(Contender contender, Residence most, long others) {
            return new MemoryUse(
                    contender.plan().weightBytes(),
                    contender.plan().slabBytes(),
                    contender.peak(),
                    most.anonymous() - others,
                    most.files(),
                    weights.bytes());
        }

        /* The engine is the contender's, from the moment there is one. */
        private Contender open(Variant variant, Engine engine) {
            try {
                UnaryOperator<List<Tensor>> forward = workload.model().forward(weights, variant.form());
                return new Contender(workload, variant, forward, engine, suite.tuningBudget(), cancellation);
            } catch (RuntimeException | Error e) {
                engine.close();
                throw e;
            }
        }

        private List<Row> measure(List<Prepared> group) {
            for (int round = 0; round < suite.rounds(); round++) {
                for (Prepared one : group) {
                    one.contender().time();
                    called();
                }
            }
            List<Variant> beside =
                    group.stream().map(one -> one.contender().variant()).toList();
            List<Row> rows = new ArrayList<>();
            for (Prepared one : group) {
                rows.add(new Row(workload, one.contender().variant(), measured(one, beside)));
                called();
            }
            return rows;
        }

        private Row.Measured measured(Prepared one, List<Variant> beside) {
            return new Row.Measured(
                    beside,
                    one.contender().timings(),
                    one.firstCall(),
                    one.memory(),
                    one.contender().plan().calls().stream()
                            .map(call -> new Row.Work(call.flops(), call.bytes()))
                            .toList(),
                    one.contender().profile(),
                    one.quality());
        }

        private void called() {
            listener.called(++calls);
        }
    }
}
