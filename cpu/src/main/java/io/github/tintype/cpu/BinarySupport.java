package io.github.tintype.cpu;

import io.github.tintype.cpu.PostOp.BinaryOperation;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/** Sum, difference, product and quotient, by {@link Broadcast}; an operand that it can't repeat is repeated into scratch memory first. */
record BinarySupport(Cpu cpu, KernelCache kernels) implements OpSupport<BinaryOp> {
    private record SpacedKey(BinaryOperation operation, long rows, long c, long pitch) {}

    @Override
    public boolean supports(BinaryOp op, List<TensorType> inputs, TensorType output) {
        return operation(op).isPresent() && OpSupport.f32(inputs, output);
    }

    private static Optional<BinaryOperation> operation(BinaryOp op) {
        return switch (op.kind()) {
            case ADD -> Optional.of(BinaryOperation.ADD);
            case SUB -> Optional.of(BinaryOperation.SUB);
            case MUL -> Optional.of(BinaryOperation.MUL);
            case DIV -> Optional.of(BinaryOperation.DIV);
            case MAXIMUM, MINIMUM, POW -> Optional.empty(); // the library's maximum and minimum drop NaN
        };
    }

    /**
     * The library writes over its first operand only. The second one takes that place where it may; not where the first has gaps, which is
     * gathered into the result before the second is read.
     */
    static boolean computesInPlace(BinaryOp op, int index, List<Operand> inputs, TensorType output) {
        return index == 0 || (commutes(op) && !isSpaced(inputs, output.shape()));
    }

    private static boolean commutes(BinaryOp op) {
        return op.kind() == BinaryOp.Kind.ADD || op.kind() == BinaryOp.Kind.MUL;
    }

    /* In the order of the first operand that has the result's shape. */
    private static Layout result(List<Operand> inputs, Shape shape) {
        return inputs.stream()
                .filter(operand -> operand.type().shape().equals(shape))
                .findFirst()
                .map(OpSupport::dense)
                .orElseGet(() -> Layout.contiguous(shape));
    }

    @Override
    public List<Layout> inputLayouts(BinaryOp op, List<Operand> inputs, TensorType output) {
        if (isSpaced(inputs, output.shape())) {
            return inputs.stream().map(Operand::layout).toList();
        }
        Layout result = result(inputs, output.shape());
        return inputs.stream()
                .map(operand -> operand.type().shape().equals(output.shape()) ? result : OpSupport.dense(operand))
                .toList();
    }

    /* The first operand has gaps between its rows, as a half of a projection has them: it is read where it is. */
    private static boolean isSpaced(List<Operand> inputs, Shape shape) {
        return inputs.stream().allMatch(operand -> operand.type().shape().equals(shape))
                && !inputs.getFirst().layout().isDense(shape)
                && OpSupport.rowPitch(inputs.getFirst()) > 0
                && inputs.getLast().layout().isContiguous(shape);
    }

    private Lowering lowerSpaced(BinaryOperation operation, Operand x, TensorType output) {
        long c = output.shape().size(-1);
        SpacedKey key = new SpacedKey(operation, OpSupport.rows(output), c, OpSupport.rowPitch(x));
        RowKernel kernel = kernels.get(
                RowKernel.class,
                key,
                () -> RowKernel.gathering(cpu, key.rows(), c, key.pitch(), 3, count -> {
                    MemoryDesc y = MemoryDesc.dense(DType.F32, count);
                    return cpu.dnn().binary(operation, y, y, y, List.of());
                }));
        return Lowering.of(
                Layout.contiguous(output.shape()),
                arguments -> kernel.run(
                        arguments.cancelled(),
                        arguments.inputAddress(0),
                        arguments.inputAddress(1),
                        arguments.outputAddress()),
                kernel.implementation());
    }

    @Override
    public Lowering lower(BinaryOp op, List<Operand> inputs, TensorType output) {
        if (isSpaced(inputs, output.shape())) {
            return lowerSpaced(operation(op).orElseThrow(), inputs.getFirst(), output);
        }
        Shape shape = output.shape();
        Layout result = result(inputs, shape);
        BinaryOperation operation = operation(op).orElseThrow();
        boolean commutes = commutes(op);
        boolean swap = commutes && !inputs.getFirst().type().shape().equals(shape);
        int first = swap ? 1 : 0;
        Layout a = expanded(inputs.get(first), shape);
        Layout b = expanded(inputs.get(1 - first), shape);
        Layout bAsGiven = b;
        boolean expandA = !fits(operation, shape, a, result, result);
        Layout aUsed = expandA ? result : a;
        boolean expandB = !fits(operation, shape, aUsed, b, result);
        Layout bUsed = expandB ? result : bAsGiven;
        Broadcast.Spec spec = spec(operation, shape, aUsed, bUsed, result);
        Broadcast kernel = kernels.get(Broadcast.class, spec, () -> new Broadcast(cpu, spec));
        long bytes = NativeMemory.aligned(output.bytes());
        Optional<StridedCopy> copyA = expandA ? Optional.of(copy(shape, a, result)) : Optional.empty();
        Optional<StridedCopy> copyB = expandB ? Optional.of(copy(shape, b, result)) : Optional.empty();
        return new Lowering(
                result,
                arguments -> {
                    long x = arguments.inputAddress(first);
                    long y = arguments.inputAddress(1 - first);
                    if (copyA.isPresent()) {
                        long whole = arguments.scratchAddress();
                        copyA.get().run(x, whole, arguments.cancelled());
                        x = whole;
                    }
                    if (copyB.isPresent()) {
                        long whole = arguments.scratchAddress() + (copyA.isPresent() ? bytes : 0);
                        copyB.get().run(y, whole, arguments.cancelled());
                        y = whole;
                    }
                    long written = arguments.outputAddress();
                    boolean overSecond = commutes && y == written;
                    kernel.run(overSecond ? y : x, overSecond ? x : y, written, arguments.cancelled());
                },
                java.util.Map.of(),
                (expandA ? bytes : 0) + (expandB ? bytes : 0),
                kernel.implementation());
    }

    private static Layout expanded(Operand operand, Shape shape) {
        return operand.layout().expand(operand.type().shape(), shape);
    }

    private static Broadcast.Spec spec(BinaryOperation operation, Shape shape, Layout a, Layout b, Layout result) {
        List<Long> sizes =
                shape.dims().stream().map(io.github.tintype.tensor.Dim::value).toList();
        return new Broadcast.Spec(operation, DType.F32, sizes, a.strides(), b.strides(), result.strides());
    }

    private static boolean fits(BinaryOperation operation, Shape shape, Layout a, Layout b, Layout result) {
        return Broadcast.fits(spec(operation, shape, a, b, result));
    }

    private StridedCopy copy(Shape shape, Layout from, Layout to) {
        StridedCopy.Spec spec = new StridedCopy.Spec(
                DType.F32,
                shape.dims().stream().map(io.github.tintype.tensor.Dim::value).toList(),
                from.strides(),
                to.strides());
        return kernels.get(StridedCopy.class, spec, () -> new StridedCopy(cpu, spec));
    }
}
