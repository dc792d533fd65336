package io.github.tintype.cpu;

import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** {@link IndexSelectOp} for any type: blocks of contiguous memory are copied. */
record GatherSupport() implements OpSupport<IndexSelectOp> {
    @Override
    public boolean supports(IndexSelectOp op, List<TensorType> inputs, TensorType output) {
        return !OpSupport.isEmpty(output);
    }

    @Override
    public List<Layout> inputLayouts(IndexSelectOp op, List<Operand> inputs, TensorType output) {
        return inputs.stream().map(OpSupport::contiguous).toList();
    }

    @Override
    public Lowering lower(IndexSelectOp op, List<Operand> inputs, TensorType output) {
        Shape x = inputs.get(0).type().shape();
        int axis = x.axis(op.axis());
        long inner = output.dtype().bytes();
        for (int i = axis + 1; i < x.rank(); i++) {
            inner *= x.size(i);
        }
        long choices = x.size(axis);
        long count = inputs.get(1).type().shape().elements();
        long block = inner;
        long outer = output.bytes() / (count * block);
        return Lowering.of(
                Layout.contiguous(output.shape()),
                arguments -> gather(arguments, outer, choices, count, block),
                "java");
    }

    private static void gather(KernelArguments arguments, long outer, long choices, long count, long block) {
        MemorySegment memory = Native.MEMORY;
        long source = arguments.inputAddress(0);
        long index = arguments.inputAddress(1);
        long target = arguments.outputAddress();
        for (long i = 0; i < count; i++) {
            long chosen = memory.get(ValueLayout.JAVA_LONG, index + i * Long.BYTES);
            if (chosen < 0 || chosen >= choices) {
                throw new ShapeException("index_select: got index %d, wanted 0 to %d".formatted(chosen, choices - 1));
            }
            for (long j = 0; j < outer; j++) {
                MemorySegment.copy(
                        memory,
                        source + (j * choices + chosen) * block,
                        memory,
                        target + (j * count + i) * block,
                        block);
            }
        }
    }
}
