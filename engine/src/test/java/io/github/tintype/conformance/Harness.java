package io.github.tintype.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Device;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.graph.Op;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Runs one op on a device, as planner and runtime would: operands in the layouts it wants, weights in the form it wants. */
final class Harness {
    private static final int GUARD = 64;
    private static final byte FILL = (byte) 0xff; // NaN in every float type: an element that isn't written shows

    private Harness() {}

    /* An op as planner and device agreed on it. */
    private record Agreed(Lowering lowering, List<Operand> operands) {
        static Agreed of(
                Device device,
                Op op,
                List<HostTensor> values,
                List<Layout> layouts,
                List<Boolean> weights,
                TensorType output) {
            List<Operand> offered = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                offered.add(new Operand(values.get(i).type(), layouts.get(i), weights.get(i)));
            }
            List<Layout> wanted = device.inputLayouts(op, offered, output);
            List<Operand> operands = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                operands.add(new Operand(values.get(i).type(), wanted.get(i), weights.get(i)));
            }
            Lowering lowering = device.lower(op, operands, output);
            assertThat(lowering.output().isDense(output.shape())).isTrue();
            return new Agreed(lowering, operands);
        }

        List<MemorySegment> inputs(Arena arena, List<HostTensor> values) {
            List<MemorySegment> inputs = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                Packing packing = lowering.packings().get(i);
                if (packing == null) {
                    inputs.add(place(arena, values.get(i), operands.get(i).layout()));
                    continue;
                }
                assertThat(operands.get(i).weight())
                        .as("a packing is for weights only")
                        .isTrue();
                MemorySegment packed = arena.allocate(packing.bytes(), 64);
                packing.packer().pack(values.get(i), packed);
                inputs.add(packed);
            }
            return inputs;
        }

        boolean liesLikeOutput(int input, TensorType output) {
            return operands.get(input).type().equals(output)
                    && !lowering.packings().containsKey(input)
                    && operands.get(input).layout().sameAs(lowering.output(), output.shape());
        }
    }

    /** The result of {@code op}, row-major. Operands have {@code values} and lie in {@code layouts} before the device is asked. */
    static HostTensor run(
            Device device,
            Op op,
            List<HostTensor> values,
            List<Layout> layouts,
            List<Boolean> weights,
            TensorType output) {
        Agreed agreed = Agreed.of(device, op, values, layouts, weights, output);
        try (Arena arena = Arena.ofConfined()) {
            return execute(arena, agreed.lowering(), agreed.inputs(arena, values), output);
        }
    }

    /** The results of {@code op} written over each input over which the device allows it, in turn. */
    static List<HostTensor> runInPlace(
            Device device,
            Op op,
            List<HostTensor> values,
            List<Layout> layouts,
            List<Boolean> weights,
            TensorType output) {
        List<HostTensor> results = new ArrayList<>();
        Agreed agreed = Agreed.of(device, op, values, layouts, weights, output);
        for (int i = 0; i < values.size(); i++) {
            if (!device.computesInPlace(op, i, agreed.operands(), output) || !agreed.liesLikeOutput(i, output)) {
                continue;
            }
            try (Arena arena = Arena.ofConfined()) {
                List<MemorySegment> inputs = agreed.inputs(arena, values);
                MemorySegment scratch = arena.allocate(agreed.lowering().scratchBytes(), 64);
                agreed.lowering().kernel().run(new Memory(inputs, inputs.get(i), scratch, () -> false));
                results.add(read(output, agreed.lowering().output(), inputs.get(i)));
            }
        }
        return results;
    }

    private static HostTensor execute(Arena arena, Lowering lowering, List<MemorySegment> inputs, TensorType output) {
        MemorySegment guarded = arena.allocate(output.bytes() + GUARD, 64).fill(FILL);
        MemorySegment scratch =
                arena.allocate(lowering.scratchBytes() + GUARD, 64).fill(FILL);
        Memory memory = new Memory(
                inputs, guarded.asSlice(0, output.bytes()), scratch.asSlice(0, lowering.scratchBytes()), () -> false);
        lowering.kernel().run(memory);
        for (int i = 0; i < GUARD; i++) {
            assertThat(guarded.get(ValueLayout.JAVA_BYTE, output.bytes() + i))
                    .as("written past the output")
                    .isEqualTo(FILL);
            assertThat(scratch.get(ValueLayout.JAVA_BYTE, lowering.scratchBytes() + i))
                    .as("written past the scratch memory")
                    .isEqualTo(FILL);
        }
        return read(output, lowering.output(), memory.output());
    }

    private record Memory(
            List<MemorySegment> inputs, MemorySegment output, MemorySegment scratch, BooleanSupplier cancelled)
            implements KernelArguments {
        @Override
        public MemorySegment input(int index) {
            return inputs.get(index);
        }
    }

    private static MemorySegment place(Arena arena, HostTensor value, Layout layout) {
        int bytes = value.dtype().bytes();
        MemorySegment memory =
                arena.allocate(layout.span(value.shape()) * bytes, 64).fill(FILL);
        long[] offsets = offsets(value.shape(), layout);
        for (int i = 0; i < offsets.length; i++) {
            MemorySegment.copy(value.data(), (long) i * bytes, memory, offsets[i] * bytes, bytes);
        }
        return memory;
    }

    private static HostTensor read(TensorType type, Layout layout, MemorySegment memory) {
        HostTensor value = HostTensor.allocate(type);
        int bytes = type.dtype().bytes();
        long[] offsets = offsets(type.shape(), layout);
        for (int i = 0; i < offsets.length; i++) {
            MemorySegment.copy(memory, offsets[i] * bytes, value.data(), (long) i * bytes, bytes);
        }
        return value;
    }

    /** {@code value} as it reads after it has been stored in {@code layout}, in which elements may share their memory. */
    static HostTensor shared(HostTensor value, Layout layout) {
        try (Arena arena = Arena.ofConfined()) {
            return read(value.type(), layout, place(arena, value, layout));
        }
    }

    /* Where each element of a shape lies, in row-major order. Written apart from the devices' own walks, to check them. */
    private static long[] offsets(Shape shape, Layout layout) {
        long[] offsets = new long[Math.toIntExact(shape.elements())];
        for (int i = 0; i < offsets.length; i++) {
            long rest = i;
            for (int axis = shape.rank() - 1; axis >= 0; axis--) {
                offsets[i] += rest % shape.size(axis) * layout.stride(axis);
                rest /= shape.size(axis);
            }
        }
        return offsets;
    }

    /** What {@link Device#copy} makes of {@code value}. */
    static HostTensor copy(Device device, HostTensor value, Layout from, Layout to) {
        Lowering lowering = device.copy(value.type(), from, to);
        assertThat(lowering.output().sameAs(to, value.shape())).isTrue();
        try (Arena arena = Arena.ofConfined()) {
            return execute(arena, lowering, List.of(place(arena, value, from)), value.type());
        }
    }
}
