package io.github.tintype.reference;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Ops that compute nothing: elements keep their bits and move, or are made up. */
final class DataMovementKernels {
    private DataMovementKernels() {}

    /** A tensor from one layout to another. */
    static Kernel copy(TensorType type, Layout from, Layout to) {
        return arguments -> move(type.shape(), type.dtype(), arguments.input(0), 0, from, arguments.output(), 0, to);
    }

    /** The elements of {@code x} in row-major order. */
    static Kernel reshape(Operand x) {
        return copy(x.type(), x.layout(), Layout.contiguous(x.type().shape()));
    }

    static Kernel permute(List<Integer> order, Operand x, TensorType output) {
        return copy(output, x.layout().permute(order), Layout.contiguous(output.shape()));
    }

    static Kernel expand(Operand x, TensorType output) {
        Layout repeated = x.layout().expand(x.type().shape(), output.shape());
        return copy(output, repeated, Layout.contiguous(output.shape()));
    }

    static Kernel slice(int axis, long from, Operand x, TensorType output) {
        long offset = from * x.layout().stride(x.type().shape().axis(axis));
        Layout to = Layout.contiguous(output.shape());
        return arguments ->
                move(output.shape(), output.dtype(), arguments.input(0), offset, x.layout(), arguments.output(), 0, to);
    }

    static Kernel cat(int axis, List<Operand> inputs, TensorType output) {
        Layout to = Layout.contiguous(output.shape());
        int front = output.shape().axis(axis);
        return arguments -> {
            long done = 0;
            for (int i = 0; i < inputs.size(); i++) {
                Operand part = inputs.get(i);
                Shape shape = part.type().shape();
                long offset = done * to.stride(front);
                move(shape, output.dtype(), arguments.input(i), 0, part.layout(), arguments.output(), offset, to);
                done += shape.size(front);
            }
        };
    }

    static Kernel pad(PadOp op, Operand x, TensorType output) {
        Layout to = Layout.contiguous(output.shape());
        long offset = op.before() * to.stride(output.shape().axis(op.axis()));
        return arguments -> {
            fill(arguments, output, op.value());
            move(x.type().shape(), output.dtype(), arguments.input(0), 0, x.layout(), arguments.output(), offset, to);
        };
    }

    static Kernel full(double value, TensorType output) {
        return arguments -> fill(arguments, output, value);
    }

    private static void fill(KernelArguments arguments, TensorType output, double value) {
        long count = output.shape().elements();
        for (long i = 0; i < count; i++) {
            Elements.set(output.dtype(), arguments.output(), i, value);
        }
    }

    static Kernel arange(TensorType output) {
        long count = output.shape().elements();
        return arguments -> {
            for (long i = 0; i < count; i++) {
                Elements.setLong(output.dtype(), arguments.output(), i, i);
            }
        };
    }

    static Kernel upsampleNearest(Operand x, TensorType output) {
        Shape from = x.type().shape();
        Shape to = output.shape();
        Layout layout = x.layout();
        int bytes = output.dtype().bytes();
        return arguments -> {
            Walk images = new Walk(to.with(2, Dim.ONE).with(3, Dim.ONE), layout, Layout.contiguous(to));
            for (long i = 0; i < images.count(); i++, images.next()) {
                for (long y = 0; y < to.size(2); y++) {
                    long row =
                            images.offset(0) + UpsampleNearestOp.source(y, from.size(2), to.size(2)) * layout.stride(2);
                    for (long column = 0; column < to.size(3); column++) {
                        long source =
                                row + UpsampleNearestOp.source(column, from.size(3), to.size(3)) * layout.stride(3);
                        long target = images.offset(1) + y * to.size(3) + column;
                        Elements.copy(bytes, arguments.input(0), source, 0, arguments.output(), target, 0, 1);
                    }
                }
            }
        };
    }

    /** Moves a tensor of {@code shape}; offsets and layouts count elements. The last axis is moved in one go. */
    static void move(
            Shape shape,
            DType dtype,
            MemorySegment from,
            long fromOffset,
            Layout fromLayout,
            MemorySegment to,
            long toOffset,
            Layout toLayout) {
        int rank = shape.rank();
        if (rank == 0) {
            Elements.copy(dtype.bytes(), from, fromOffset, 1, to, toOffset, 1, 1);
            return;
        }
        List<Dim> outer = new ArrayList<>(shape.dims());
        outer.set(rank - 1, Dim.ONE);
        Walk rows = new Walk(new Shape(outer), fromLayout, toLayout);
        for (long i = 0; i < rows.count(); i++, rows.next()) {
            Elements.copy(
                    dtype.bytes(),
                    from,
                    fromOffset + rows.offset(0),
                    fromLayout.stride(rank - 1),
                    to,
                    toOffset + rows.offset(1),
                    toLayout.stride(rank - 1),
                    shape.size(-1));
        }
    }
}
