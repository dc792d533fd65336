package io.github.tintype.bench;

import io.github.tintype.bench.RecordingDevice.Problem;
import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.benchmark.ModelForm;
import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Mode;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Spending;
import io.github.tintype.device.Tuning;
import io.github.tintype.device.TuningBudget;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.nn.Weights;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Times every distinct problem of a compiled model alone, by the library's kernel, by the one that compiled code takes by tables and, with {@code --tune}, by the one that
 * max-autotune finds, in turn, and adds them up by kind, in milliseconds and GFLOP/s: {@code --model NAME --size PIXELS --batch N --rounds N --threads N --dtype TYPE --quantize SCHEME --only KIND --tune}.
 */
final class ProblemBenchmark {
    /* Less is no problem. */
    private static final long LEAST_FLOPS = 1_000_000;
    /* The least that one timing takes. */
    private static final double ENOUGH_NANOS = 5e6;

    private ProblemBenchmark() {}

    public static void main(String[] args) {
        Options options = new Options(args, "--tune");
        BenchmarkModel model = options.model();
        int size = options.integer("--size", 512);
        int batch = options.integer("--batch", 1);
        int rounds = options.integer("--rounds", 5);
        int threads = options.integer("--threads", Runtime.getRuntime().availableProcessors());
        ModelForm form = options.form();
        Optional<String> only = options.text("--only");
        boolean tune = options.flag("--tune");
        options.requireAllRead();
        Tuning tuning = new Tuning(Mode.MAX_AUTOTUNE.search(), TuningBudget.unlimited(), () -> {});
        List<Spending> spendings = Stream.concat(
                        Stream.of(Spending.LEAST, Spending.of(Effort.USUAL)),
                        tune ? Stream.of(new Spending(Effort.MOST, 0, Optional.of(tuning))) : Stream.empty())
                .toList();
        System.out.printf("%-84s %5s %8s | milliseconds and GFLOP/s of each, by%n", "problem", "calls", "GFLOP");
        Map<String, double[]> totals = new TreeMap<>();
        // What one thread does is timed as the processor's time, which others on the machine change less.
        LongSupplier clock =
                threads == 1 ? ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime : System::nanoTime;
        try (CpuDevice device = CpuDevice.open(threads)) {
            problems(threads, model, size, batch, form).forEach((problem, calls) -> {
                String kind = kind(problem.op());
                if (problem.flops() < LEAST_FLOPS
                        || only.filter(name -> !kind.startsWith(name)).isPresent()) {
                    return;
                }
                List<LoweredProblem> kernels = spendings.stream()
                        .map(spending -> new LoweredProblem(device, problem, spending))
                        .toList();
                try {
                    double[] millis = time(clock, kernels, rounds);
                    double gflop = problem.flops() * 1e-9;
                    double[] total = totals.computeIfAbsent(kind, _ -> new double[1 + millis.length]);
                    total[0] += gflop * calls;
                    for (int i = 0; i < millis.length; i++) {
                        total[1 + i] += millis[i] * calls;
                    }
                    System.out.printf(
                            "%-84s %5d %8.2f%s | %s%n",
                            text(problem),
                            calls,
                            gflop * calls,
                            rates(gflop, millis),
                            kernels.getLast().implementation());
                } finally {
                    kernels.forEach(LoweredProblem::close);
                }
            });
        }
        totals.forEach((kind, total) -> {
            double[] millis = Arrays.copyOfRange(total, 1, total.length);
            System.out.printf("%-90s %8.2f%s%n", kind, total[0], rates(total[0], millis));
        });
        if (tune) {
            System.out.println(tuning.report());
        }
    }

    private static String rates(double gflop, double[] millis) {
        return Arrays.stream(millis)
                .mapToObj(time -> " | %9.3f %6.1f".formatted(time, gflop / time * 1e3))
                .collect(Collectors.joining());
    }

    private static Map<Problem, Integer> problems(
            int threads, BenchmarkModel model, int size, int batch, ModelForm form) {
        RecordingDevice recording = new RecordingDevice(CpuDevice.open(threads));
        UnaryOperator<List<Tensor>> forward = model.forward(new Weights.Recorder(DType.F32), form);
        List<Tensor> inputs = model.inputs(size, size, batch, form).stream()
                .map(value -> Tensor.placeholder(value.type()))
                .toList();
        try (Engine engine = Engine.on(recording);
                Compiled<List<Tensor>, List<Tensor>> function = new Compiler(engine, new CompileListener() {})
                        .compile(model.label(), forward, CompileOptions.DEFAULT.withFullgraph(true))) {
            return recording.problems(
                    function.prepare(inputs, RunContext.none()).plans().getLast());
        }
    }

    /* What is added to a convolution makes it no other kind. */
    private static String kind(Op op) {
        return switch (op) {
            case EpilogueOp fused -> kind(fused.base());
            case Conv2dOp conv -> "conv2d, stride %d".formatted(conv.stride());
            case UpsampleConv2dOp large -> kind(large.conv());
            default -> op.name();
        };
    }

    private static String text(Problem problem) {
        return problem.op().name()
                + problem.inputs().stream()
                        .map(input -> input.type().shape().toString())
                        .collect(Collectors.joining(" ", " ", ""));
    }

    /* Milliseconds of each kernel: medians of rounds in turn. */
    private static double[] time(LongSupplier clock, List<LoweredProblem> kernels, int rounds) {
        long[] repeats = kernels.stream()
                .mapToLong(kernel -> Math.max(1, Math.round(ENOUGH_NANOS / nanos(clock, kernel, 2))))
                .toArray();
        double[][] times = new double[kernels.size()][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < times.length; i++) {
                times[i][round] = nanos(clock, kernels.get(i), repeats[i]) * 1e-6;
            }
        }
        return Arrays.stream(times)
                .mapToDouble(of -> Arrays.stream(of).sorted().toArray()[rounds / 2])
                .toArray();
    }

    private static double nanos(LongSupplier clock, LoweredProblem kernel, long times) {
        long start = clock.getAsLong();
        for (long i = 0; i < times; i++) {
            kernel.run();
        }
        return (double) (clock.getAsLong() - start) / times;
    }
}
