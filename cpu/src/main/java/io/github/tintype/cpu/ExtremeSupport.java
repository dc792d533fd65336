package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** The greater or the less of two, as a clamp has them, by {@link Math}: the library's drop NaN. Of two tensors of one shape, or a tensor and one number. */
record ExtremeSupport(Cpu cpu) implements OpSupport<BinaryOp> {
    /* About 50 µs of work. */
    private static final long SLICE_ELEMENTS = 64 << 10;

    static boolean has(BinaryOp op) {
        return op.kind() == BinaryOp.Kind.MAXIMUM || op.kind() == BinaryOp.Kind.MINIMUM;
    }

    @Override
    public boolean supports(BinaryOp op, List<TensorType> inputs, TensorType output) {
        Shape shape = output.shape();
        return has(op)
                && OpSupport.f32(inputs, output)
                && inputs.stream()
                        .allMatch(type -> type.shape().equals(shape)
                                || type.shape().dims().stream().allMatch(dim -> dim.is(1)))
                && inputs.stream().anyMatch(type -> type.shape().equals(shape));
    }

    @Override
    public List<Layout> inputLayouts(BinaryOp op, List<Operand> inputs, TensorType output) {
        Layout result = result(inputs, output.shape());
        return inputs.stream()
                .map(operand -> isWhole(operand, output.shape()) ? result : operand.layout())
                .toList();
    }

    /* In the order of the first operand that has the result's shape. */
    private static Layout result(List<Operand> inputs, Shape shape) {
        return inputs.stream()
                .filter(operand -> isWhole(operand, shape))
                .findFirst()
                .map(OpSupport::dense)
                .orElseThrow();
    }

    private static boolean isWhole(Operand operand, Shape shape) {
        return operand.type().shape().equals(shape);
    }

    @Override
    public Lowering lower(BinaryOp op, List<Operand> inputs, TensorType output) {
        long elements = output.shape().elements();
        Split parts = Split.of(elements, Math.max(1, elements / SLICE_ELEMENTS), 16);
        long stepA = isWhole(inputs.getFirst(), output.shape()) ? Float.BYTES : 0;
        long stepB = isWhole(inputs.getLast(), output.shape()) ? Float.BYTES : 0;
        boolean greater = op.kind() == BinaryOp.Kind.MAXIMUM;
        WorkerPool.KernelBody body = (part, worker, a, b, y, _, _) -> {
            long start = parts.start(part);
            long count = parts.size(part);
            long result = y + Float.BYTES * start;
            if (greater) {
                maximum(a + stepA * start, stepA, b + stepB * start, stepB, result, count);
            } else {
                minimum(a + stepA * start, stepA, b + stepB * start, stepB, result, count);
            }
        };
        return Lowering.of(
                result(inputs, output.shape()),
                arguments -> cpu.pool()
                        .parallelFor(
                                parts.parts(),
                                body,
                                arguments.cancelled(),
                                arguments.inputAddress(0),
                                arguments.inputAddress(1),
                                arguments.outputAddress(),
                                0,
                                0),
                "java");
    }

    private static void maximum(long a, long stepA, long b, long stepB, long y, long count) {
        for (long i = 0; i < count; i++) {
            Native.setFloat(
                    y + Float.BYTES * i, Math.max(Native.getFloat(a + i * stepA), Native.getFloat(b + i * stepB)));
        }
    }

    private static void minimum(long a, long stepA, long b, long stepB, long y, long count) {
        for (long i = 0; i < count; i++) {
            Native.setFloat(
                    y + Float.BYTES * i, Math.min(Native.getFloat(a + i * stepA), Native.getFloat(b + i * stepB)));
        }
    }
}
