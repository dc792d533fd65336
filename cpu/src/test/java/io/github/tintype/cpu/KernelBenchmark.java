package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Optional;

/** Prints the time of kernels at a U-Net's and a VAE's sizes; run by hand: {@code KernelBenchmark [threads]}. */
@SuppressWarnings("UnnecessaryLambda") // a kernel is timed as a value
final class KernelBenchmark {
    private KernelBenchmark() {}

    private static boolean never() {
        return false;
    }

    public static void main(String[] args) {
        try (Cpu cpu = Cpu.open(args.length > 0 ? Integer.parseInt(args[0]) : 2)) {
            convolution(cpu, 1, 320, 64, 320, 3);
            convolution(cpu, 1, 1280, 8, 1280, 3);
            linear(cpu, 4096, 2560, 320);
            linear(cpu, 2, 1280, 1280);
            linear(cpu, 77, 320, 768);
            attention(cpu, 8, 4096, 4096, 40);
            attention(cpu, 8, 4096, 77, 40);
            groupNorm(cpu, 320, 64 * 64);
            groupNorm(cpu, 128, 512 * 512);
            convolution(cpu, 1, 128, 512, 128, 3);
        }
    }

    private static void measure(String name, double flops, Runnable body) {
        body.run();
        double best = Double.MAX_VALUE;
        long end = System.nanoTime() + 2_000_000_000L;
        int runs = 0;
        while (runs < 5 || System.nanoTime() < end) {
            long start = System.nanoTime();
            body.run();
            best = Math.min(best, (System.nanoTime() - start) * 1e-6);
            runs++;
        }
        System.out.printf("%-60s %9.3f ms  %7.1f GFLOP/s%n", name, best, flops / best * 1e-6);
    }

    private static void convolution(Cpu cpu, long n, long c, long size, long o, int kernel) {
        Convolution.Spec spec = Convolution.Spec.of(DType.F32, n, c, size, size, o, kernel, 1, 1, true);
        Convolution conv = new Convolution(cpu, spec);
        try (Floats x = Floats.random((int) (n * c * size * size), 1);
                Floats w = Floats.random((int) (o * c * kernel * kernel), 2);
                Floats bias = Floats.random((int) o, 3);
                Floats packed = Floats.poisoned((int) conv.packedBytes() / 4);
                Floats y = Floats.poisoned((int) (n * o * size * size))) {
            conv.pack(w.address(), DType.F32, packed.address());
            measure(
                    "conv %d→%d %d×%d at %d² %s".formatted(c, o, kernel, kernel, size, conv.implementation()),
                    spec.operations(),
                    () -> conv.run(x.address(), packed.address(), bias.address(), y.address(), KernelBenchmark::never));
        }
    }

    private static void linear(Cpu cpu, int m, int n, int k) {
        MatMul kernel = new MatMul(cpu, MatMul.Spec.linear(DType.F32, m, n, k, true));
        try (Floats x = Floats.random(m * k, 1);
                Floats w = Floats.random(n * k, 2);
                Floats bias = Floats.random(n, 3);
                Floats packed = Floats.poisoned((int) kernel.packedBytes() / 4);
                Floats y = Floats.poisoned(m * n)) {
            kernel.pack(w.address(), DType.F32, packed.address());
            measure(
                    "linear %d×%d→%d %s".formatted(m, k, n, kernel.implementation()),
                    2.0 * m * n * k,
                    () -> kernel.run(
                            x.address(), packed.address(), bias.address(), y.address(), KernelBenchmark::never));
        }
    }

    private static void attention(Cpu cpu, int heads, int queries, int keys, int d) {
        int row = heads * d;
        Attention.Spec spec = new Attention.Spec(
                DType.F32,
                1,
                heads,
                queries,
                keys,
                d,
                d,
                1 / Math.sqrt(d),
                Attention.View.interleaved(queries, heads, d),
                Attention.View.interleaved(keys, heads, d),
                Attention.View.interleaved(keys, heads, d),
                Attention.View.interleaved(queries, heads, d),
                Optional.empty());
        Attention kernel = new Attention(cpu, spec);
        try (Floats q = Floats.random(queries * row, 1);
                Floats k = Floats.random(keys * row, 2);
                Floats v = Floats.random(keys * row, 3);
                Floats y = Floats.poisoned(queries * row)) {
            measure(
                    "attention %d heads %d×%d d=%d %s".formatted(heads, queries, keys, d, kernel.implementation()),
                    4.0 * queries * keys * row,
                    () -> kernel.run(q.address(), k.address(), v.address(), 0, y.address(), KernelBenchmark::never));
        }
    }

    private static void groupNorm(Cpu cpu, int c, int positions) {
        GroupNorm kernel = new GroupNorm(cpu, new GroupNorm.Spec(1, positions, c, 32, 1e-5, List.of()));
        try (Floats x = Floats.random(c * positions, 1);
                Floats scale = Floats.random(c, 2);
                Floats shift = Floats.random(c, 3);
                Floats scratch = Floats.poisoned((int) kernel.scratchBytes() / 4);
                Floats y = Floats.poisoned(c * positions)) {
            measure(
                    "group norm %d at %d %s".formatted(c, positions, kernel.implementation()),
                    8.0 * c * positions,
                    () -> kernel.run(
                            x.address(),
                            scale.address(),
                            shift.address(),
                            y.address(),
                            scratch.address(),
                            KernelBenchmark::never));
        }
    }
}
