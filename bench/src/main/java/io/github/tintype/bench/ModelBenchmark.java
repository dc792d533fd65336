package io.github.tintype.bench;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.benchmark.ModelForm;
import io.github.tintype.benchmark.RandomWeights;
import io.github.tintype.benchmark.Residence;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.compile.Plan;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.graph.Graph;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Profile;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** Prints the time of each call of a model of true size, and the memory that its plan states and that it takes. */
public final class ModelBenchmark {
    private static final String USAGE = """
            ModelBenchmark --model MODEL [--size PIXELS] [--batch N] [--rounds N] [--threads N] [--dtype f32|bf16|f16] [--quantize int8-dynamic]
                [--stored f32|bf16|f16] [--compile MODE] [--regions blocks|lists] [--profile]
            """;

    private ModelBenchmark() {}

    private record Settings(
            BenchmarkModel model,
            int size,
            int batch,
            int rounds,
            int threads,
            ModelForm form,
            DType stored,
            CompileOptions compile,
            boolean profile) {
        static Settings parse(String[] args) {
            Options options = new Options(args, "--profile");
            Settings settings = new Settings(
                    options.model(),
                    options.integer("--size", 512),
                    options.integer("--batch", 1),
                    options.integer("--rounds", 3),
                    options.integer("--threads", Runtime.getRuntime().availableProcessors()),
                    options.form(),
                    options.floats("--stored", DType.F16),
                    options.compile(),
                    options.flag("--profile"));
            options.requireAllRead();
            return settings;
        }
    }

    /** Runs {@code args}; see {@code bench/README.md}. */
    public static void main(String[] args) {
        try {
            run(Settings.parse(args));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(USAGE);
            System.exit(2);
        }
    }

    private static void run(Settings settings) {
        BenchmarkModel model = settings.model();
        Stopwatch watch = new Stopwatch();
        try (Engine engine = Engine.on(CpuDevice.open(settings.threads()));
                Compiled<List<Tensor>, List<Tensor>> program = new Compiler(engine, watch)
                        .compile(
                                model.label(),
                                model.forward(new RandomWeights(settings.stored()), settings.form()),
                                settings.compile())) {
            time(settings, engine, program, watch);
            line("memory used", NativeMemory.text(engine.memory().used()));
            line("memory peak", NativeMemory.text(engine.memory().peak()));
            line("resident peak", NativeMemory.text(Residence.now().peak()));
        }
    }

    /* Hears when the parts of compiling are done; the first call goes on to run. */
    private static final class Stopwatch implements CompileListener {
        private long last = System.nanoTime();
        private Optional<Plan> plan = Optional.empty();

        void start() {
            last = System.nanoTime();
        }

        @Override
        public void onTrace(String name, Graph graph) {
            lap("trace");
        }

        @Override
        public void onPlan(String name, Plan made) {
            lap("passes, plan, bind");
            plan = Optional.of(made);
            line("kernel calls", "%d, %.1f GFLOP".formatted(made.calls().size(), made.flops() * 1e-9));
            line("weights", NativeMemory.text(made.weightBytes()));
            line("slab", NativeMemory.text(made.slabBytes()));
        }

        private void lap(String what) {
            line(what, "%.0f ms".formatted(millis(last)));
            last = System.nanoTime();
        }

        long flops() {
            return plan.orElseThrow().flops();
        }
    }

    private static void time(
            Settings settings, Engine engine, Compiled<List<Tensor>, List<Tensor>> program, Stopwatch watch) {
        Optional<Profile> profile = settings.profile() ? Optional.of(new Profile()) : Optional.empty();
        List<Tensor> arguments =
                settings.model().inputs(settings.size(), settings.size(), settings.batch(), settings.form()).stream()
                        .map(engine::tensor)
                        .toList();
        double[] times = new double[settings.rounds()];
        for (int i = 0; i < times.length; i++) {
            // The first call compiles, and warms the caches and the JVM up: it is printed, but not profiled if there
            // are others.
            watch.start();
            RunContext context =
                    new RunContext(new Cancellation(), i > 0 || times.length == 1 ? profile : Optional.empty());
            long start = System.nanoTime();
            program.call(arguments, context);
            times[i] = millis(start);
            line("call " + (i + 1), "%.1f ms, %.1f GFLOP/s".formatted(times[i], watch.flops() * 1e-6 / times[i]));
        }
        line("fastest", "%.1f ms".formatted(DoubleStream.of(times).min().orElseThrow()));
        profile.ifPresent(collected -> System.out.print(collected.summary()));
    }

    private static double millis(long start) {
        return (System.nanoTime() - start) * 1e-6;
    }

    private static void line(String name, String text) {
        System.out.printf("%-18s %s%n", name, text);
    }
}
