package io.github.tintype.reference;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;

/**
 * Reductions. Floats are added in double, integers in long. NaN wins every maximum and minimum. The sum of nothing is 0, its mean
 * NaN; a maximum of nothing is an error, as in torch.
 */
final class ReduceKernels {
    private ReduceKernels() {}

    static Kernel reduce(ReduceOp op, Operand x, TensorType output) {
        Shape kept = x.type().shape();
        Shape reduced = x.type().shape();
        for (int axis = 0; axis < kept.rank(); axis++) {
            kept = op.axes().contains(axis) ? kept.with(axis, Dim.ONE) : kept;
            reduced = op.axes().contains(axis) ? reduced : reduced.with(axis, Dim.ONE);
        }
        Shape outer = kept;
        Shape inner = reduced;
        boolean exact = Elements.exact(output.dtype());
        return arguments -> {
            Walk outputs = new Walk(outer, x.layout());
            Walk elements = new Walk(inner, x.layout());
            if (elements.count() == 0 && outputs.count() > 0) {
                refuseEmpty(op, x);
            }
            for (long i = 0; i < outputs.count(); i++, outputs.next()) {
                if (exact) {
                    long value = reduceLong(op.kind(), x.type().dtype(), arguments, outputs.offset(0), elements);
                    Elements.setLong(output.dtype(), arguments.output(), i, value);
                } else {
                    double value = reduceDouble(op.kind(), x.type().dtype(), arguments, outputs.offset(0), elements);
                    Elements.set(output.dtype(), arguments.output(), i, value);
                }
            }
        };
    }

    private static void refuseEmpty(ReduceOp op, Operand x) {
        switch (op.kind()) {
            case SUM, MEAN -> {}
            case MAX, MIN ->
                throw new DeviceException(
                        DeviceException.Reason.COMPUTE,
                        "%s: got %s, wanted at least one element along %s".formatted(op.name(), x.type(), op.axes()));
        }
    }

    private static double reduceDouble(
            ReduceOp.Kind kind, DType dtype, KernelArguments arguments, long base, Walk elements) {
        double result = switch (kind) {
            case SUM, MEAN -> 0;
            case MAX -> Double.NEGATIVE_INFINITY;
            case MIN -> Double.POSITIVE_INFINITY;
        };
        for (long i = 0; i < elements.count(); i++, elements.next()) {
            double value = Elements.get(dtype, arguments.input(0), base + elements.offset(0));
            result = switch (kind) {
                case SUM, MEAN -> result + value;
                case MAX -> Math.max(result, value);
                case MIN -> Math.min(result, value);
            };
        }
        return kind == ReduceOp.Kind.MEAN ? result / elements.count() : result;
    }

    private static long reduceLong(
            ReduceOp.Kind kind, DType dtype, KernelArguments arguments, long base, Walk elements) {
        long result = switch (kind) {
            case SUM, MEAN -> 0;
            case MAX -> Long.MIN_VALUE;
            case MIN -> Long.MAX_VALUE;
        };
        for (long i = 0; i < elements.count(); i++, elements.next()) {
            long value = Elements.getLong(dtype, arguments.input(0), base + elements.offset(0));
            result = switch (kind) {
                case SUM, MEAN -> result + value;
                case MAX -> Math.max(result, value);
                case MIN -> Math.min(result, value);
            };
        }
        return result;
    }

    /** The first NaN, if there is one, counts as the largest, as in torch. */
    static Kernel argMax(int axis, Operand x) {
        Shape shape = x.type().shape();
        DType dtype = x.type().dtype();
        long size = shape.size(axis);
        long stride = x.layout().stride(shape.axis(axis));
        return arguments -> {
            Walk outputs = new Walk(shape.with(axis, Dim.ONE), x.layout());
            if (size == 0 && outputs.count() > 0) {
                throw new DeviceException(
                        DeviceException.Reason.COMPUTE,
                        "argmax: got %s, wanted at least one element along %d".formatted(x.type(), axis));
            }
            for (long i = 0; i < outputs.count(); i++, outputs.next()) {
                long largest = 0;
                for (long k = 1; k < size; k++) {
                    if (exceeds(
                            dtype, arguments, outputs.offset(0) + k * stride, outputs.offset(0) + largest * stride)) {
                        largest = k;
                    }
                }
                Elements.setLong(DType.I64, arguments.output(), i, largest);
            }
        };
    }

    private static boolean exceeds(DType dtype, KernelArguments arguments, long candidate, long best) {
        if (Elements.exact(dtype)) {
            return Elements.getLong(dtype, arguments.input(0), candidate)
                    > Elements.getLong(dtype, arguments.input(0), best);
        }
        double value = Elements.get(dtype, arguments.input(0), candidate);
        double largest = Elements.get(dtype, arguments.input(0), best);
        return value > largest || (Double.isNaN(value) && !Double.isNaN(largest));
    }
}
