package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Ops that only move elements, of any type: each is a few {@link StridedCopy copies}. */
record CopySupport(Cpu cpu, KernelCache kernels) implements OpSupport<Op> {
    /* Which part of an input goes where: offsets in elements. */
    private record Part(int input, long from, long to, StridedCopy copy) {}

    @Override
    public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
        if (OpSupport.isEmpty(output)) {
            return false;
        }
        return switch (op) {
            case CatOp cat -> true;
            case ReshapeOp reshape -> true;
            case PermuteOp permute -> true;
            case ExpandOp expand -> true;
            case SliceOp slice -> true;
            case PadOp pad -> Double.doubleToRawLongBits(pad.value()) == 0;
            default -> false;
        };
    }

    @Override
    public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
        if (op instanceof ReshapeOp) {
            return inputs.stream().map(OpSupport::contiguous).toList();
        }
        return inputs.stream().map(Operand::layout).toList();
    }

    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
        Operand x = inputs.getFirst();
        Shape shape = output.shape();
        Layout dense = Layout.contiguous(shape);
        return switch (op) {
            case CatOp(int axis) -> {
                Layout result = x.layout().denseLike(shape);
                List<Part> parts = new ArrayList<>();
                long at = 0;
                for (int i = 0; i < inputs.size(); i++) {
                    TensorType type = inputs.get(i).type();
                    if (type.shape().elements() > 0) {
                        parts.add(new Part(
                                i,
                                0,
                                at * result.stride(shape.axis(axis)),
                                copy(type, inputs.get(i).layout(), result)));
                    }
                    at += type.shape().size(axis);
                }
                yield lowering(result, parts, output, false);
            }
            case PadOp(int axis, long before, long after, double value) -> {
                Layout result = x.layout().denseLike(shape);
                List<Part> parts = x.type().shape().elements() == 0
                        ? List.of()
                        : List.of(new Part(
                                0, 0, before * result.stride(shape.axis(axis)), copy(x.type(), x.layout(), result)));
                yield lowering(result, parts, output, true);
            }
            case ReshapeOp reshape -> whole(output, dense, dense, 0);
            case PermuteOp(List<Integer> order) -> whole(output, x.layout().permute(order), dense, 0);
            case ExpandOp expand -> whole(output, x.layout().expand(x.type().shape(), shape), dense, 0);
            case SliceOp(int axis, long from, long to) ->
                whole(
                        output,
                        x.layout(),
                        x.layout().denseLike(shape),
                        from * x.layout().stride(shape.axis(axis)));
            default -> throw new IllegalArgumentException("copy: got " + op.name());
        };
    }

    private Lowering whole(TensorType type, Layout from, Layout to, long offset) {
        return lowering(to, List.of(new Part(0, offset, 0, copy(type, from, to))), type, false);
    }

    /** A kernel for {@link io.github.tintype.device.Device#copy}. */
    Lowering copyAll(TensorType type, Layout from, Layout to) {
        return type.shape().elements() == 0 ? Lowering.of(to, arguments -> {}, "nothing") : whole(type, from, to, 0);
    }

    private StridedCopy copy(TensorType type, Layout from, Layout to) {
        List<Long> sizes = type.shape().dims().stream().map(Dim::value).toList();
        StridedCopy.Spec spec = new StridedCopy.Spec(type.dtype(), sizes, from.strides(), to.strides());
        return kernels.get(StridedCopy.class, spec, () -> new StridedCopy(cpu, spec));
    }

    private static Lowering lowering(Layout result, List<Part> parts, TensorType output, boolean zeroFirst) {
        int bytes = output.dtype().bytes();
        return Lowering.of(
                result,
                arguments -> {
                    if (zeroFirst) {
                        arguments.output().fill((byte) 0);
                    }
                    for (int i = 0; i < parts.size(); i++) {
                        Part part = parts.get(i);
                        part.copy()
                                .run(
                                        arguments.inputAddress(part.input()) + part.from() * bytes,
                                        arguments.outputAddress() + part.to() * bytes,
                                        arguments.cancelled());
                    }
                },
                parts.isEmpty() ? "nothing" : parts.getFirst().copy().implementation());
    }
}
