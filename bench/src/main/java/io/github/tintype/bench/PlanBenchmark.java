package io.github.tintype.bench;

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
 * Prints what planning costs and what a plan says it needs, without weights: {@code --model NAME --size PIXELS --batch N --rounds N --dump}.
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
                Graph graph = Program.trace(types, forward);
                long traced = System.nanoTime();
                Plan plan = Planner.plan(graph, types, device, new ReferenceDevice());
                long planned = System.nanoTime();
                Plan again = Planner.plan(graph, types, device, new ReferenceDevice());
                long replanned = System.nanoTime();
                System.out.printf(
                        "%s %d²: trace %.3f s, plan %.3f s, again with its kernels there %.3f s; %s%n",
                        model.label(),
                        pixels,
                        (traced - start) * 1e-9,
                        (planned - traced) * 1e-9,
                        (replanned - planned) * 1e-9,
                        again.memory());
                if (dump) {
                    System.out.print(plan);
                }
            }
        }
    }
}
