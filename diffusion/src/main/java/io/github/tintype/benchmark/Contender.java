package io.github.tintype.benchmark;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.code.cache.CacheReport;
import io.github.tintype.compile.Plan;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.PreparationListener;
import io.github.tintype.runtime.PreparationListener.Stage;
import io.github.tintype.runtime.Profile;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** One variant of a workload, resident on an engine of its own, which it closes. */
final class Contender implements AutoCloseable {
    private final Variant variant;
    private final Engine engine;
    private final Compiled<List<Tensor>, List<Tensor>> program;
    private final List<Tensor> arguments;
    private final Cancellation cancellation;
    private final List<Double> seconds = new ArrayList<>();
    private Optional<HostTensor> result = Optional.empty();

    Contender(
            Workload workload,
            Variant variant,
            UnaryOperator<List<Tensor>> forward,
            Engine engine,
            Optional<Duration> tuningBudget,
            Cancellation cancellation) {
        this.variant = variant;
        this.engine = engine;
        this.cancellation = cancellation;
        BenchmarkModel model = workload.model();
        program = new Compiler(engine, CompileListener.NONE)
                .compile(model.label(), forward, variant.options(model, tuningBudget));
        arguments = model.inputs(workload.width(), workload.height(), workload.batch(), variant.form()).stream()
                .map(engine::tensor)
                .toList();
    }

    Variant variant() {
        return variant;
    }

    /** Bytes that its engine has allocated. */
    long used() {
        return engine.memory().used();
    }

    /** The most that it had allocated at once. */
    long peak() {
        return engine.memory().peak();
    }

    /** Compiles, binds and runs. @throws io.github.tintype.tensor.DeviceException if memory is short */
    FirstCall firstCall(PreparationListener listener) {
        StageWatch watch = new StageWatch(listener);
        long start = System.nanoTime();
        List<Tensor> results =
                program.call(arguments, new RunContext(cancellation, Optional.empty()).withPreparation(watch));
        double all = (System.nanoTime() - start) * 1e-9;
        double trace = watch.seconds(Stage.TRACE);
        double passes = watch.seconds(Stage.PASSES);
        double plan = watch.seconds(Stage.PLAN);
        double weights = watch.seconds(Stage.WEIGHTS);
        result = Optional.of(results.getFirst().toHost());
        return new FirstCall(trace, passes, plan, weights, all - trace - passes - plan - weights, cache());
    }

    /** What its first call gave, the first tensor of it. @throws java.util.NoSuchElementException before that */
    HostTensor result() {
        return result.orElseThrow();
    }

    private String cache() {
        return engine.device()
                .cache()
                .map(use -> {
                    CacheReport report = use.report();
                    return "%d found, %d made"
                            .formatted(report.found().size(), report.missed().size());
                })
                .orElse("none");
    }

    /** A call that isn't timed. */
    void warmUp() {
        program.call(arguments, new RunContext(cancellation, Optional.empty()));
    }

    /** A call that is. */
    void time() {
        RunContext context = new RunContext(cancellation, Optional.empty());
        long start = System.nanoTime();
        program.call(arguments, context);
        seconds.add((System.nanoTime() - start) * 1e-9);
    }

    Timings timings() {
        return new Timings(seconds);
    }

    /** What kernels take in one more call. */
    List<KernelShare> profile() {
        Profile profile = new Profile();
        program.call(arguments, new RunContext(cancellation, Optional.of(profile)));
        return KernelShare.of(profile);
    }

    /** What a call runs. */
    Plan plan() {
        Explanation.CompiledGraphInfo graph = program.explain().graphs().getLast();
        return graph.sizes().getLast().plan();
    }

    @Override
    public void close() {
        program.close();
        engine.close();
    }
}
