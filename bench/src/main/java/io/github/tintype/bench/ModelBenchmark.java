package io.github.tintype.bench;

import io.github.tintype.compile.Plan;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Profile;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** Prints the time of each call of a model of true size, and the memory that its plan states and that it takes. */
public final class ModelBenchmark {
    private static final String USAGE = """
            ModelBenchmark --model MODEL [--size PIXELS] [--batch N] [--rounds N] [--threads N] [--stored f32|f16|bf16] [--profile] [--paced]
            """;

    private ModelBenchmark() {}

    private record Settings(
            BenchmarkModel model,
            int size,
            int batch,
            int rounds,
            int threads,
            DType stored,
            boolean profile,
            boolean paced) {
        static Settings parse(String[] args) {
            Options options = new Options(args, "--profile", "--paced");
            Settings settings = new Settings(
                    BenchmarkModel.named(options.required("--model")),
                    options.integer("--size", 512),
                    options.integer("--batch", 1),
                    options.integer("--rounds", 3),
                    options.integer("--threads", Runtime.getRuntime().availableProcessors()),
                    stored(options.text("--stored").orElse("f16")),
                    options.flag("--profile"),
                    options.flag("--paced"));
            options.requireAllRead();
            return settings;
        }

        private static DType stored(String name) {
            return Arrays.stream(new DType[] {DType.F32, DType.F16, DType.BF16})
                    .filter(type -> type.name().toLowerCase(Locale.ROOT).equals(name))
                    .findFirst()
                    .orElseThrow(() ->
                            new IllegalArgumentException("--stored: got %s, wanted f32, f16 or bf16".formatted(name)));
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
        try (Engine engine = Engine.on(CpuDevice.open(settings.threads()));
                Program program = engine.program(model.label(), model.forward(new RandomWeights(settings.stored())))) {
            List<HostTensor> inputs = model.inputs(settings.size(), settings.batch());
            List<TensorType> types = inputs.stream().map(HostTensor::type).toList();
            long start = System.nanoTime();
            Plan plan = program.prepare(types, RunContext.none());
            line("plan and bind", "%.0f ms".formatted(millis(start)));
            line("kernel calls", "%d, %.1f GFLOP".formatted(plan.calls().size(), plan.flops() * 1e-9));
            line("weights", NativeMemory.text(plan.weightBytes()));
            line("slab", NativeMemory.text(plan.slabBytes()));
            time(settings, engine, program, inputs, plan);
            line("memory used", NativeMemory.text(engine.memory().used()));
            line("memory peak", NativeMemory.text(engine.memory().peak()));
            line("resident peak", NativeMemory.text(Residence.peak()));
        }
    }

    private static void time(Settings settings, Engine engine, Program program, List<HostTensor> inputs, Plan plan) {
        Optional<Profile> profile = settings.profile() ? Optional.of(new Profile()) : Optional.empty();
        List<Tensor> arguments = inputs.stream().map(engine::tensor).toList();
        double[] times = new double[settings.rounds()];
        for (int i = 0; i < times.length; i++) {
            if (settings.paced() && !isTold()) {
                return;
            }
            // The first call warms caches and the compiler of the JVM up: it is printed, but not profiled if there are
            // others.
            RunContext context =
                    new RunContext(new Cancellation(), i > 0 || times.length == 1 ? profile : Optional.empty());
            long start = System.nanoTime();
            program.run(arguments, context);
            times[i] = millis(start);
            line("call " + (i + 1), "%.1f ms, %.1f GFLOP/s".formatted(times[i], plan.flops() * 1e-6 / times[i]));
        }
        line("fastest", "%.1f ms".formatted(DoubleStream.of(times).min().orElseThrow()));
        profile.ifPresent(collected -> System.out.print(collected.summary()));
    }

    /* Waits for a line, so that two programs can take turns. */
    private static boolean isTold() {
        try {
            int next = System.in.read();
            while (next >= 0 && next != '\n') {
                next = System.in.read();
            }
            return next >= 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double millis(long start) {
        return (System.nanoTime() - start) * 1e-6;
    }

    private static void line(String name, String text) {
        System.out.printf("%-14s %s%n", name, text);
    }
}
