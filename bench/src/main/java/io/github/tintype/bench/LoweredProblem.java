package io.github.tintype.bench;

import io.github.tintype.bench.RecordingDevice.Problem;
import io.github.tintype.device.Device;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.device.Spending;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A kernel for a problem with memory of its own to run on: random numbers between −1 and 1, integers all 0. */
final class LoweredProblem implements AutoCloseable {
    private final Lowering lowering;
    private final NativeMemory memory = new NativeMemory();
    private final List<NativeMemory.Block> blocks = new ArrayList<>();
    private final SegmentArguments arguments;

    LoweredProblem(Device device, Problem problem, Spending spending) {
        lowering = device.lower(problem.op(), problem.inputs(), problem.output(), spending);
        List<MemorySegment> inputs = new ArrayList<>();
        for (int i = 0; i < problem.inputs().size(); i++) {
            Operand operand = problem.inputs().get(i);
            Optional<Packing> packing = Optional.ofNullable(lowering.packings().get(i));
            inputs.add(packing.map(form -> packed(form, operand)).orElseGet(() -> drawn(operand)));
        }
        arguments = new SegmentArguments(inputs, allocate(problem.output().bytes()), allocate(lowering.scratchBytes()));
    }

    private MemorySegment allocate(long bytes) {
        NativeMemory.Block block = memory.allocate(bytes, "a problem");
        blocks.add(block);
        return block.segment();
    }

    private MemorySegment packed(Packing form, Operand operand) {
        HostTensor weight = HostTensor.allocate(operand.type());
        fill(weight.data(), operand.type().dtype());
        MemorySegment packed = allocate(form.bytes());
        form.packer().pack(weight, packed);
        return packed;
    }

    private MemorySegment drawn(Operand operand) {
        MemorySegment drawn = allocate(operand.layout().span(operand.type().shape())
                * operand.type().dtype().bytes());
        fill(drawn, operand.type().dtype());
        return drawn;
    }

    private static void fill(MemorySegment memory, DType dtype) {
        if (!dtype.isFloat()) {
            memory.fill((byte) 0);
            return;
        }
        SplittableRandom random = new SplittableRandom(1);
        for (long i = 0; i < memory.byteSize() / dtype.bytes(); i++) {
            HostTensor.set(dtype, memory, i, random.nextDouble(-1, 1));
        }
    }

    String implementation() {
        return lowering.implementation();
    }

    void run() {
        lowering.kernel().run(arguments);
    }

    @Override
    public void close() {
        blocks.forEach(NativeMemory.Block::close);
    }
}
