package io.github.tintype.bench;

import io.github.tintype.capture.Backend;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.PassListener;
import io.github.tintype.compile.Plan;
import io.github.tintype.compile.Planner;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.graph.Graph;
import io.github.tintype.nn.Weights;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Program;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Prints what planning costs and what a plan says it needs, without weights: {@code --model NAME --size PIXELS --batch N --rounds N
 * --compile MODE --regions blocks|lists --dump}.
 * Each round plans for 64 pixels more, so that the later lines are those of a started JVM.
 */
final class PlanBenchmark {
    private PlanBenchmark() {}

    public static void main(String[] args) {
        Options options = new Options(args, "--dump");
        BenchmarkModel model = BenchmarkModel.named(options.required("--model"));
        int size = options.integer("--size", 512);
        int batch = options.integer("--batch", 1);
        int rounds = options.integer("--rounds", 3);
        CompileOptions compile = options.compile();
        boolean dump = options.flag("--dump");
        options.requireAllRead();
        UnaryOperator<List<Tensor>> forward = model.forward(new Weights.Recorder(DType.F32));
        try (CpuDevice device = CpuDevice.open()) {
            for (int round = 0; round < rounds; round++) {
                int pixels = size + 64 * round;
                List<TensorType> types = model.inputs(pixels, batch).stream()
                        .map(HostTensor::type)
                        .toList();
                long start = System.nanoTime();
                Graph traced = Program.trace(types, forward);
                long traceEnd = System.nanoTime();
                Graph graph = compile.backend() == Backend.EAGER ? traced : optimize(traced, compile, device);
                long passEnd = System.nanoTime();
                Plan plan = Planner.plan(graph, types, device, new ReferenceDevice());
                long planned = System.nanoTime();
                Plan again = Planner.plan(graph, types, device, new ReferenceDevice());
                long replanned = System.nanoTime();
                System.out.printf(
                        "%s %d²: trace %.3f s, passes %.3f s, plan %.3f s, again with its kernels there %.3f s; %d kernel calls, %s%n",
                        model.label(),
                        pixels,
                        (traceEnd - start) * 1e-9,
                        (passEnd - traceEnd) * 1e-9,
                        (planned - passEnd) * 1e-9,
                        (replanned - planned) * 1e-9,
                        again.calls().size(),
                        again.memory());
                if (dump) {
                    System.out.print(plan);
                }
            }
        }
    }

    private static Graph optimize(Graph graph, CompileOptions options, CpuDevice device) {
        Optimizer.Result result =
                Optimizer.optimize(graph, options.regions(), options.effectiveFlags(), device, PassListener.NONE);
        System.out.printf("programs: %d%n", result.programs().size());
        return result.graph();
    }
}
