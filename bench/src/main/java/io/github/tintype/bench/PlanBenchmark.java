package io.github.tintype.bench;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.compile.Plan;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.graph.Graph;
import io.github.tintype.nn.Weights;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Prints what compiling costs, from the call to what could run, without weights: {@code --model NAME --size PIXELS --batch N --rounds N
 * --compile MODE --regions blocks|lists --after NAME,NAME --dump}.
 * Each round is a new function for 64 pixels more, so that the later lines are those of a started JVM. Models that the first round comes after are planned by the same engine before, as a
 * pipeline plans its text encoders.
 */
final class PlanBenchmark {
    private PlanBenchmark() {}

    /* When the function was recorded. */
    private static final class Stopwatch implements CompileListener {
        private long recorded;

        @Override
        public void onTrace(String name, Graph graph) {
            recorded = System.nanoTime();
        }
    }

    public static void main(String[] args) {
        Options options = new Options(args, "--dump");
        BenchmarkModel model = options.model();
        int size = options.integer("--size", 512);
        int batch = options.integer("--batch", 1);
        int rounds = options.integer("--rounds", 3);
        CompileOptions compile = options.compile();
        List<BenchmarkModel> after = options.models("--after");
        boolean dump = options.flag("--dump");
        options.requireAllRead();
        UnaryOperator<List<Tensor>> forward = forward(model);
        try (Engine engine = Engine.on(CpuDevice.open())) {
            for (BenchmarkModel other : after) {
                plan(engine, other, forward(other), size, batch, compile);
            }
            for (int round = 0; round < rounds; round++) {
                Plan plan = plan(engine, model, forward, size + 64 * round, batch, compile);
                if (dump) {
                    System.out.print(plan);
                }
            }
            engine.device().cache().ifPresent(use -> System.out.println(use.report()));
        }
    }

    private static UnaryOperator<List<Tensor>> forward(BenchmarkModel model) {
        return model.forward(new Weights.Recorder(DType.F32));
    }

    private static Plan plan(
            Engine engine,
            BenchmarkModel model,
            UnaryOperator<List<Tensor>> forward,
            int pixels,
            int batch,
            CompileOptions compile) {
        List<Tensor> inputs = model.inputs(pixels, pixels, batch).stream()
                .map(value -> Tensor.placeholder(value.type()))
                .toList();
        Stopwatch watch = new Stopwatch();
        try (Compiled<List<Tensor>, List<Tensor>> function =
                new Compiler(engine, watch).compile(model.label(), forward, compile)) {
            long start = System.nanoTime();
            Plan plan = function.prepare(inputs, RunContext.none()).plans().getLast();
            long end = System.nanoTime();
            System.out.printf(
                    "%s %d²: recorded in %.3f s, passes and plan %.3f s, together %.3f s; %d kernel calls, %s%n",
                    model.label(),
                    pixels,
                    (watch.recorded - start) * 1e-9,
                    (end - watch.recorded) * 1e-9,
                    (end - start) * 1e-9,
                    plan.calls().size(),
                    plan.memory());
            function.explain()
                    .graphs()
                    .forEach(graph -> System.out.printf(
                            "programs: %d, passes: %s%n",
                            graph.programs().size(), graph.cache().orElse("not looked for")));
            return plan;
        }
    }
}
