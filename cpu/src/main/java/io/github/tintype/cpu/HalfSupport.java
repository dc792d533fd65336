package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.Spending;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HalfConverter;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An op on bf16 or f16 by its f32 kernel: operands are widened into scratch memory, and the result is rounded once, at the end. So every
 * op that there is in f32 is there in both, whatever the processor has. Weights stay packed in 16 bits and are widened when they are used. What is generated takes
 * operands as they are.
 *
 * @param f32 how the op is computed in f32; what it does in other types itself is left to it
 */
record HalfSupport<O>(Cpu cpu, OpSupport<O> f32) implements OpSupport<O> {
    @Override
    public boolean supports(O op, List<TensorType> inputs, TensorType output) {
        return f32.supports(op, inputs, output)
                || (isHalf(inputs, output)
                        && f32.supports(
                                op, inputs.stream().map(HalfSupport::wide).toList(), wide(output)));
    }

    /** Whether operands are widened. Next to those of the result's type there may be a scalar, which is f32 and stays it, and a mask of booleans. */
    static boolean isHalf(List<TensorType> inputs, TensorType output) {
        return HalfConverter.isHalf(output.dtype())
                && inputs.stream().allMatch(input -> HalfConverter.handles(input.dtype()) || isMask(input));
    }

    private static boolean isMask(TensorType type) {
        return type.dtype() == DType.BOOL;
    }

    private boolean widens(O op, List<Operand> inputs, TensorType output) {
        List<TensorType> types = inputs.stream().map(Operand::type).toList();
        return isHalf(types, output) && !f32.supports(op, types, output);
    }

    /** The type that is computed in. */
    static TensorType wide(TensorType type) {
        return HalfConverter.isHalf(type.dtype()) ? type.with(DType.F32) : type;
    }

    /* What the f32 kernel is given: dense, in the order in which the operand lies. */
    private static Operand wide(Operand operand) {
        return isMask(operand.type())
                ? operand
                : new Operand(wide(operand.type()), OpSupport.dense(operand), operand.weight());
    }

    @Override
    public List<Layout> inputLayouts(O op, List<Operand> inputs, TensorType output) {
        if (!widens(op, inputs, output)) {
            return f32.inputLayouts(op, inputs, output);
        }
        List<Operand> widened = inputs.stream().map(HalfSupport::wide).toList();
        List<Layout> wanted = new ArrayList<>(f32.inputLayouts(op, widened, wide(output)));
        List<Layout> narrow = f32.hasNarrow() ? f32.inputLayouts(op, inputs, output) : layouts(inputs);
        for (int i = 0; i < wanted.size(); i++) {
            Operand x = inputs.get(i);
            Shape shape = x.type().shape();
            Layout dense = widened.get(i).layout();
            if (wanted.get(i).sameAs(dense, shape)
                    && narrow.get(i).sameAs(x.layout(), shape)
                    && Conversion.fits(shape, x.layout(), dense)) {
                wanted.set(i, x.layout()); // gaps are left out on the way
            }
        }
        return wanted;
    }

    private static List<Layout> layouts(List<Operand> inputs) {
        return inputs.stream().map(Operand::layout).toList();
    }

    @Override
    public Lowering lower(O op, List<Operand> inputs, TensorType output) {
        if (!widens(op, inputs, output)) {
            return f32.lower(op, inputs, output);
        }
        List<Operand> widened = inputs.stream().map(HalfSupport::wide).toList();
        Lowering kernel = f32.lower(op, widened, wide(output));
        List<Optional<HalfKernel.Widened>> operands = new ArrayList<>();
        Map<Integer, Packing> packings = new HashMap<>();
        long scratch = NativeMemory.aligned(kernel.scratchBytes());
        for (int i = 0; i < inputs.size(); i++) {
            TensorType type = inputs.get(i).type();
            Optional<Packing> packing = Optional.ofNullable(kernel.packings().get(i));
            if (!HalfConverter.isHalf(type.dtype())) {
                operands.add(Optional.empty());
                continue;
            }
            if (packing.isPresent()) {
                packings.put(i, narrow(packing.get(), type.dtype()));
            }
            Layout from = inputs.get(i).layout();
            Layout to = widened.get(i).layout();
            Conversion conversion = packing.map(
                            form -> Conversion.of(cpu, type.dtype(), DType.F32, form.bytes() / Float.BYTES))
                    .orElseGet(() -> Conversion.of(cpu, type.dtype(), DType.F32, type.shape(), from, to));
            long bytes = packing.map(Packing::bytes).orElse(wide(type).bytes());
            operands.add(Optional.of(new HalfKernel.Widened(conversion, scratch, bytes)));
            scratch += NativeMemory.aligned(bytes);
        }
        HalfKernel.Widened result = new HalfKernel.Widened(
                Conversion.of(cpu, DType.F32, output.dtype(), output.shape().elements()),
                scratch,
                wide(output).bytes());
        return new Lowering(
                kernel.output(),
                new HalfKernel(kernel, operands, result),
                packings,
                scratch + NativeMemory.aligned(result.bytes()),
                kernel.implementation() + " of " + output.dtype());
    }

    @Override
    public List<Candidate> candidates(O op, List<Operand> inputs, TensorType output, Spending spending) {
        if (!widens(op, inputs, output)) {
            return f32.candidates(op, inputs, output, spending);
        }
        List<Candidate> candidates = new ArrayList<>(f32.narrow(op, inputs, output, spending));
        candidates.addAll(OpSupport.super.candidates(op, inputs, output, spending));
        return candidates;
    }

    /* The same elements in the same order: what is rounded to the type of the graph, and is 0 where the layout has no element. */
    private Packing narrow(Packing packing, DType dtype) {
        long elements = packing.bytes() / Float.BYTES;
        Conversion conversion = Conversion.of(cpu, DType.F32, dtype, elements);
        return new Packing(dtype + " " + packing.key(), elements * dtype.bytes(), (source, packed) -> {
            try (NativeMemory.Block whole = cpu.memory().allocate(packing.bytes(), "packing a weight")) {
                packing.packer().pack(source, whole.segment());
                conversion.run(whole.segment().address(), packed.address(), () -> false);
            }
        });
    }
}
