package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Op;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Prints GFLOP/s of every kernel that a search may come to, the fastest last, and of the one that tables say: the best of rounds in which all take turns. Run by hand:
 * {@code CandidateBenchmark THREADS ROUNDS TYPE m,k,n …} for linear layers, {@code n,c,o,side …} for 3×3 convolutions with stride and padding 1, {@code n,c,o,side,kernel,stride,padding …} for
 * others.
 */
final class CandidateBenchmark {
    private CandidateBenchmark() {}

    private static final class Timed {
        private final String name;
        private final Runnable kernel;
        private double least = Double.MAX_VALUE;

        private Timed(String name, Runnable kernel) {
            this.name = name;
            this.kernel = kernel;
        }

        private void run() {
            double start = System.nanoTime();
            kernel.run();
            least = Math.min(least, System.nanoTime() - start);
        }
    }

    public static void main(String[] args) {
        try (CpuDevice device = CpuDevice.open(Integer.parseInt(args[0]))) {
            DType dtype = DType.valueOf(args[2]);
            for (String shape : Arrays.asList(args).subList(3, args.length)) {
                long[] sizes = Arrays.stream(shape.split(","))
                        .mapToLong(Long::parseLong)
                        .toArray();
                boolean linear = sizes.length == 3;
                int kernel = sizes.length > 4 ? Math.toIntExact(sizes[4]) : 3;
                int stride = sizes.length > 5 ? Math.toIntExact(sizes[5]) : 1;
                int padding = sizes.length > 6 ? Math.toIntExact(sizes[6]) : kernel / 2;
                Op op = linear ? new LinearOp() : new Conv2dOp(stride, padding, 1, 1);
                TensorType x = linear
                        ? TensorType.of(dtype, sizes[0], sizes[1])
                        : TensorType.of(dtype, sizes[0], sizes[1], sizes[3], sizes[3]);
                TensorType weight = linear
                        ? TensorType.of(dtype, sizes[2], sizes[1])
                        : TensorType.of(dtype, sizes[2], sizes[1], kernel, kernel);
                Shape of = x.shape();
                List<Operand> inputs = List.of(
                        new Operand(x, linear ? Layout.contiguous(of) : Layout.channelsLast(of), false),
                        new Operand(weight, Layout.contiguous(weight.shape()), true));
                System.out.println(op.name() + " " + shape);
                print(device, op, inputs, op.infer(List.of(x, weight)), Integer.parseInt(args[1]));
            }
        }
    }

    private static void print(CpuDevice device, Op op, List<Operand> inputs, TensorType output, int rounds) {
        List<NativeMemory.Block> blocks = new ArrayList<>();
        List<Candidate> candidates =
                Candidate.reachable(device.candidates(op, inputs, output, Spending.of(Effort.USUAL)));
        List<Timed> timed = new ArrayList<>();
        List<MemorySegment> shared = inputs.stream()
                .map(input -> zeros(device, blocks, input.type().bytes()))
                .toList();
        MemorySegment y = zeros(device, blocks, output.bytes());
        MemorySegment scratch = zeros(device, blocks, 400 << 20);
        MemorySegment packed = zeros(device, blocks, 8 * inputs.get(1).type().bytes());
        for (Candidate candidate : candidates) {
            Lowering lowering = candidate.lowering().get();
            Optional<Packing> packing = Optional.ofNullable(lowering.packings().get(1));
            List<MemorySegment> all = List.of(
                    shared.getFirst(),
                    packing.map(form -> packed.asSlice(0, form.bytes())).orElse(shared.get(1)));
            SegmentArguments arguments = new SegmentArguments(all, y, scratch);
            String table = timed.isEmpty() ? " (table)" : "";
            timed.add(
                    new Timed(candidate.name() + table, () -> lowering.kernel().run(arguments)));
        }
        for (int round = 0; round < rounds; round++) {
            timed.forEach(Timed::run);
        }
        double operations = op.flops(inputs.stream().map(Operand::type).toList(), output);
        timed.sort(Comparator.comparingDouble(one -> -one.least));
        timed.forEach(one -> System.out.printf("  %6.1f %s%n", operations / one.least, one.name));
        blocks.forEach(NativeMemory.Block::close);
    }

    private static MemorySegment zeros(CpuDevice device, List<NativeMemory.Block> blocks, long bytes) {
        NativeMemory.Block block = device.memory().allocate(bytes, "a benchmark");
        blocks.add(block);
        return block.segment().fill((byte) 0);
    }
}
