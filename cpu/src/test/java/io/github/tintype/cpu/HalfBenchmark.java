package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Prints the time of ops in f32 and in the floats of 16 bits, in turn; run by hand: {@code HalfBenchmark [threads]}. */
final class HalfBenchmark {
    private static final int ROUNDS = 9;

    private HalfBenchmark() {}

    public static void main(String[] args) {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 2;
        try (CpuDevice device = CpuDevice.open(threads)) {
            compare(device, "linear 1024×1280→10240", new LinearOp(), List.of(1), "1024 1280", "10240 1280");
            compare(device, "linear 77×768→3072", new LinearOp(), List.of(1), "77 768", "3072 768");
            compare(device, "linear 2×1280→1280", new LinearOp(), List.of(1), "2 1280", "1280 1280");
            compare(device, "conv 320→320 at 64²", new Conv2dOp(1, 1, 1, 1), List.of(1), "1 320 64 64", "320 320 3 3");
            compare(
                    device,
                    "attention 10 heads 4096² d=64",
                    new ScaledDotProductAttentionOp(false, 0.125),
                    List.of(),
                    "1 10 4096 64",
                    "1 10 4096 64",
                    "1 10 4096 64");
            compare(device, "group norm 320 at 64²", new GroupNormOp(32, 1e-5), List.of(), "1 320 64 64", "320", "320");
            compare(device, "layer norm 4096×640", new LayerNormOp(1e-5), List.of(), "4096 640", "640", "640");
            compare(device, "add 4096×1280", new BinaryOp(BinaryOp.Kind.ADD), List.of(), "4096 1280", "4096 1280");
            compare(device, "silu 4096×1280", new ActivationOp(ActivationOp.Kind.SILU), List.of(), "4096 1280");
            compare(device, "transpose 4096×1280", new PermuteOp(List.of(1, 0)), List.of(), "4096 1280");
            compare(
                    device,
                    "upsample 320 at 64²",
                    new UpsampleNearestOp(Dim.of(128), Dim.of(128)),
                    List.of(),
                    "1 320 64 64");
        }
    }

    private static void compare(CpuDevice device, String name, Op op, List<Integer> weights, String... shapes) {
        List<Runnable> kernels = new ArrayList<>();
        List<DType> types = List.of(DType.F32, DType.BF16, DType.F16);
        for (DType dtype : types) {
            kernels.add(prepare(device, op, weights, dtype, shapes));
        }
        double[] best = new double[types.size()];
        Arrays.fill(best, Double.MAX_VALUE);
        for (int round = 0; round < ROUNDS + 1; round++) {
            for (int i = 0; i < best.length; i++) {
                long start = System.nanoTime();
                kernels.get(i).run();
                double millis = (System.nanoTime() - start) * 1e-6;
                best[i] = round == 0 ? best[i] : Math.min(best[i], millis);
            }
        }
        System.out.printf(
                "%-32s f32 %8.2f ms   bf16 %8.2f ms (%.2f)   f16 %8.2f ms (%.2f)%n",
                name, best[0], best[1], best[1] / best[0], best[2], best[2] / best[0]);
    }

    private static Runnable prepare(CpuDevice device, Op op, List<Integer> weights, DType dtype, String... shapes) {
        SplittableRandom random = new SplittableRandom(1);
        List<Operand> operands = new ArrayList<>();
        List<HostTensor> values = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
            long[] sizes = Arrays.stream(shapes[i].split(" "))
                    .mapToLong(Long::parseLong)
                    .toArray();
            TensorType type = TensorType.of(dtype, sizes);
            Layout layout = sizes.length == 4 && !(op instanceof ScaledDotProductAttentionOp)
                    ? Layout.channelsLast(type.shape())
                    : Layout.contiguous(type.shape());
            operands.add(new Operand(
                    type, weights.contains(i) ? Layout.contiguous(type.shape()) : layout, weights.contains(i)));
            HostTensor value = HostTensor.allocate(type);
            for (long j = 0; j < value.elements(); j++) {
                value.setDouble(j, random.nextDouble(-1, 1));
            }
            values.add(value);
        }
        TensorType output = op.infer(operands.stream().map(Operand::type).toList());
        Lowering lowering = device.lower(op, operands, output);
        List<MemorySegment> inputs = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            MemorySegment memory = values.get(i).data();
            Optional<Packing> packing = Optional.ofNullable(lowering.packings().get(i));
            if (packing.isPresent()) {
                memory = new NativeMemory()
                        .allocate(packing.get().bytes(), "a weight")
                        .segment();
                packing.get().packer().pack(values.get(i), memory);
            }
            inputs.add(memory);
        }
        SegmentArguments memory = new SegmentArguments(
                inputs,
                new NativeMemory().allocate(output.bytes(), "a result").segment(),
                new NativeMemory().allocate(lowering.scratchBytes(), "scratch").segment());
        return () -> lowering.kernel().run(memory);
    }
}
