package io.github.tintype.reference;

import io.github.tintype.device.Device;
import io.github.tintype.device.Kernel;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.ArgMaxOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.PrimitiveOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UnsupportedOpException;
import java.util.List;

/**
 * Computes every primitive for every type that it is defined for, and nothing else: composites are decomposed. Operands are read
 * as they lie; results are row-major.
 *
 * <p>Errors while running are {@link io.github.tintype.tensor.DeviceException}s: an index out of range, an integer divided by 0, an
 * integer to a negative power, the maximum of nothing.
 */
public final class ReferenceDevice implements Device {
    private final NativeMemory memory = new NativeMemory();

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public NativeMemory memory() {
        return memory;
    }

    @Override
    public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
        return op instanceof PrimitiveOp;
    }

    @Override
    public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
        return inputs.stream().map(Operand::layout).toList();
    }

    /** @throws UnsupportedOpException unless {@code op} is a primitive */
    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
        Kernel kernel = switch (op) {
            case PrimitiveOp primitive -> kernel(primitive, List.copyOf(inputs), output);
            case CompositeOp _, LeafOp _ ->
                throw new UnsupportedOpException("reference: got %s, wanted a primitive op".formatted(op.name()));
        };
        return Lowering.of(Layout.contiguous(output.shape()), kernel, "reference");
    }

    private static Kernel kernel(PrimitiveOp primitive, List<Operand> inputs, TensorType output) {
        return switch (primitive) {
            case UnaryOp op -> ElementwiseKernels.unary(op.kind(), inputs.getFirst(), output);
            case BinaryOp op -> ElementwiseKernels.binary(op.kind(), inputs, output);
            case CompareOp op -> ElementwiseKernels.compare(op.kind(), inputs, output);
            case WhereOp() -> ElementwiseKernels.where(inputs, output);
            case CastOp _ -> ElementwiseKernels.cast(inputs.getFirst(), output);
            case ReduceOp op -> ReduceKernels.reduce(op, inputs.getFirst(), output);
            case ArgMaxOp op -> ReduceKernels.argMax(op.axis(), inputs.getFirst());
            case MatMulOp() -> new MatMulKernel(inputs.get(0), inputs.get(1), output);
            case Conv2dOp op -> new Conv2dKernel(op, inputs, output);
            case ReshapeOp _ -> DataMovementKernels.reshape(inputs.getFirst());
            case PermuteOp op -> DataMovementKernels.permute(op.order(), inputs.getFirst(), output);
            case ExpandOp _ -> DataMovementKernels.expand(inputs.getFirst(), output);
            case SliceOp op -> DataMovementKernels.slice(op.axis(), op.from(), inputs.getFirst(), output);
            case CatOp op -> DataMovementKernels.cat(op.axis(), inputs, output);
            case PadOp op -> DataMovementKernels.pad(op, inputs.getFirst(), output);
            case IndexSelectOp op -> new IndexSelectKernel(op.axis(), inputs.get(0), inputs.get(1), output);
            case FullOp op -> DataMovementKernels.full(op.value(), output);
            case ArangeOp _ -> DataMovementKernels.arange(output);
            case UpsampleNearestOp _ -> DataMovementKernels.upsampleNearest(inputs.getFirst(), output);
        };
    }

    @Override
    public Lowering copy(TensorType type, Layout from, Layout to) {
        return Lowering.of(to, DataMovementKernels.copy(type, from, to), "reference");
    }

    @Override
    public void close() {}
}
