package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Prints the time of attention at the sizes of Stable Diffusion's models, by the library and generated: by turns, the least of many; run by hand: {@code
 * AttentionBenchmark [threads] [seconds for each]}. Of one thread it is the processor's time, which others on the machine add less to.
 */
final class AttentionBenchmark {
    private static final int LEAST_ROUNDS = 5;

    private static final List<Case> CASES = List.of(
            new Case("SD 1.5 512²", 8, 4096, 4096, 40, false),
            new Case("SD 1.5 512²", 8, 1024, 1024, 80, false),
            new Case("SD 1.5 512²", 8, 256, 256, 160, false),
            new Case("SD 1.5 512²", 8, 64, 64, 160, false),
            new Case("SD 1.5 512²", 8, 4096, 77, 40, false),
            new Case("SD 1.5 512²", 8, 1024, 77, 80, false),
            new Case("SD 1.5 512²", 8, 256, 77, 160, false),
            new Case("SD 1.5 512²", 8, 64, 77, 160, false),
            new Case("SDXL 1024²", 10, 4096, 4096, 64, false),
            new Case("SDXL 1024²", 20, 1024, 1024, 64, false),
            new Case("SDXL 1024²", 10, 4096, 77, 64, false),
            new Case("SDXL 1024²", 20, 1024, 77, 64, false),
            new Case("VAE 512²", 1, 4096, 4096, 512, false),
            new Case("VAE 1024²", 1, 16384, 16384, 512, false),
            new Case("text, causal", 12, 77, 77, 64, true));

    private AttentionBenchmark() {}

    private record Case(String where, long heads, long queries, long keys, long d, boolean causal) {
        double operations() {
            return 4.0 * heads * queries * keys * d;
        }

        int elements(long tokens) {
            return Math.toIntExact(tokens * heads * d);
        }

        Operand operand(long tokens) {
            TensorType type = TensorType.of(DType.F32, 1, heads, tokens, d);
            return new Operand(type, Layout.of(elements(tokens), d, heads * d, 1), false);
        }
    }

    public static void main(String[] args) {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
        double seconds = args.length > 1 ? Double.parseDouble(args[1]) : 4;
        try (CpuDevice device = CpuDevice.open(threads)) {
            LongSupplier clock =
                    threads == 1 ? ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime : System::nanoTime;
            CASES.forEach(one -> compare(device, one, clock, seconds));
        }
    }

    private static void compare(CpuDevice device, Case one, LongSupplier clock, double seconds) {
        try (Floats q = Floats.random(one.elements(one.queries), 1);
                Floats k = Floats.random(one.elements(one.keys), 2);
                Floats v = Floats.random(one.elements(one.keys), 3);
                Floats y = Floats.poisoned(one.elements(one.queries));
                Run library = new Run(device, one, Effort.LIBRARY, List.of(q, k, v), y);
                Run generated = new Run(device, one, Effort.USUAL, List.of(q, k, v), y)) {
            long end = System.nanoTime() + (long) (seconds * 1e9);
            for (int round = 0; round < LEAST_ROUNDS || System.nanoTime() < end; round++) {
                library.time(clock);
                generated.time(clock);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-12s %2d × %5d × %5d × %3d   %8.2f ms %6.1f GFLOP/s   %s %8.2f ms %6.1f GFLOP/s   %.2f%n",
                    one.where,
                    one.heads,
                    one.queries,
                    one.keys,
                    one.d,
                    library.best * 1e-6,
                    one.operations() / library.best,
                    generated.lowering.implementation(),
                    generated.best * 1e-6,
                    one.operations() / generated.best,
                    (double) library.best / generated.best);
        }
    }

    private static final class Run implements AutoCloseable {
        private final Lowering lowering;
        private final Floats scratch;
        private final FloatArguments arguments;
        private long best = Long.MAX_VALUE;

        Run(CpuDevice device, Case one, Effort effort, List<Floats> inputs, Floats output) {
            Operand q = one.operand(one.queries);
            Operand k = one.operand(one.keys);
            lowering = device.lower(
                    new ScaledDotProductAttentionOp(one.causal, 1 / Math.sqrt((double) one.d)),
                    List.of(q, k, k),
                    q.type(),
                    Spending.of(effort));
            scratch = Floats.poisoned(Math.toIntExact(lowering.scratchBytes() / Float.BYTES));
            arguments = new FloatArguments(inputs, output, scratch);
        }

        void time(LongSupplier clock) {
            long start = clock.getAsLong();
            lowering.kernel().run(arguments);
            best = Math.min(best, clock.getAsLong() - start);
        }

        @Override
        public void close() {
            scratch.close();
        }
    }
}
