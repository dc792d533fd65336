package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Runs a kernel alone. */
final class LoweringRun {
    private LoweringRun() {}

    /** Values as operands: constants, of the numbers {@code weights}, row-major; all others too, unless they are images, which are channels last. */
    static List<Operand> operands(List<HostTensor> values, boolean images, Set<Integer> weights) {
        List<Operand> operands = new ArrayList<>();
        for (HostTensor value : values) {
            boolean weight = weights.contains(operands.size());
            Layout layout = images && !weight && value.shape().rank() == 4
                    ? Layout.channelsLast(value.shape())
                    : Layout.contiguous(value.shape());
            operands.add(new Operand(value.type(), layout, weight));
        }
        return operands;
    }

    /** Into memory that is NaN, from weights as they are packed for it. What is of several lowerings lies alike, in whatever order. */
    static HostTensor of(Lowering lowering, List<HostTensor> values, TensorType output) {
        try (Arena arena = Arena.ofShared()) {
            List<MemorySegment> inputs = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                HostTensor value = values.get(i);
                Optional<Packing> packing =
                        Optional.ofNullable(lowering.packings().get(i));
                inputs.add(packing.map(form -> {
                            MemorySegment packed = arena.allocate(form.bytes(), 64);
                            form.packer().pack(value, packed);
                            return packed;
                        })
                        .orElseGet(() ->
                                arena.allocate(value.data().byteSize(), 64).copyFrom(value.data())));
            }
            HostTensor y = HostTensor.allocate(output);
            MemorySegment written = arena.allocate(output.bytes(), 64).fill((byte) 0xff);
            MemorySegment scratch =
                    arena.allocate(Math.max(1, lowering.scratchBytes()), 64).fill((byte) 0xff);
            lowering.kernel().run(new SegmentArguments(inputs, written, scratch));
            y.data().copyFrom(written);
            return y;
        }
    }
}
