package io.github.tintype.reference;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Functions of each element by itself, with broadcasting. */
final class ElementwiseKernels {
    private ElementwiseKernels() {}

    static Kernel unary(UnaryOp.Kind kind, Operand x, TensorType output) {
        return Elements.exact(output.dtype()) ? mapLong(onLong(kind), x, output) : map(onDouble(kind), x, output);
    }

    /** To another type; from one integer type to another, and to F32, without a detour through double. */
    static Kernel cast(Operand x, TensorType output) {
        return Elements.exact(x.type().dtype()) ? mapLong(v -> v, x, output) : map(v -> v, x, output);
    }

    private static Kernel map(DoubleUnaryOperator function, Operand x, TensorType output) {
        DType from = x.type().dtype();
        return arguments -> {
            Walk walk = new Walk(output.shape(), x.layout());
            for (long i = 0; i < walk.count(); i++, walk.next()) {
                double value = Elements.get(from, arguments.input(0), walk.offset(0));
                Elements.set(output.dtype(), arguments.output(), i, function.applyAsDouble(value));
            }
        };
    }

    private static Kernel mapLong(LongUnaryOperator function, Operand x, TensorType output) {
        DType from = x.type().dtype();
        return arguments -> {
            Walk walk = new Walk(output.shape(), x.layout());
            for (long i = 0; i < walk.count(); i++, walk.next()) {
                long value = Elements.getLong(from, arguments.input(0), walk.offset(0));
                Elements.setLong(output.dtype(), arguments.output(), i, function.applyAsLong(value));
            }
        };
    }

    private static DoubleUnaryOperator onDouble(UnaryOp.Kind kind) {
        return switch (kind) {
            case NEG -> x -> -x;
            case ABS -> Math::abs;
            case EXP -> Math::exp;
            case LOG -> Math::log;
            case SQRT -> Math::sqrt;
            case RSQRT -> x -> 1 / Math.sqrt(x);
            case SIN -> Math::sin;
            case COS -> Math::cos;
            case TANH -> Math::tanh;
            case ERF -> Erf::of;
            case ROUND -> Math::rint;
            case FLOOR -> Math::floor;
            case NOT -> x -> x == 0 ? 1 : 0;
        };
    }

    private static LongUnaryOperator onLong(UnaryOp.Kind kind) {
        return switch (kind) {
            case NEG -> x -> -x;
            case ABS -> x -> x < 0 ? -x : x;
            case NOT -> x -> x == 0 ? 1 : 0;
            case ROUND, FLOOR -> x -> x;
            case EXP, LOG, SQRT, RSQRT, SIN, COS, TANH, ERF ->
                throw new DeviceException(DeviceException.Reason.COMPUTE, kind + ": got integers, wanted floats");
        };
    }

    static Kernel binary(BinaryOp.Kind kind, List<Operand> inputs, TensorType output) {
        List<Layout> layouts = broadcast(inputs, output);
        DType a = inputs.get(0).type().dtype();
        DType b = inputs.get(1).type().dtype();
        if (Elements.exact(output.dtype())) {
            LongBinaryOperator function = onLong(kind);
            return arguments -> {
                Walk walk = new Walk(output.shape(), layouts);
                for (long i = 0; i < walk.count(); i++, walk.next()) {
                    long left = Elements.getLong(a, arguments.input(0), walk.offset(0));
                    long right = Elements.getLong(b, arguments.input(1), walk.offset(1));
                    Elements.setLong(output.dtype(), arguments.output(), i, function.applyAsLong(left, right));
                }
            };
        }
        DoubleBinaryOperator function = onDouble(kind);
        return arguments -> {
            Walk walk = new Walk(output.shape(), layouts);
            for (long i = 0; i < walk.count(); i++, walk.next()) {
                double left = Elements.get(a, arguments.input(0), walk.offset(0));
                double right = Elements.get(b, arguments.input(1), walk.offset(1));
                Elements.set(output.dtype(), arguments.output(), i, function.applyAsDouble(left, right));
            }
        };
    }

    private static DoubleBinaryOperator onDouble(BinaryOp.Kind kind) {
        return switch (kind) {
            case ADD -> Double::sum;
            case SUB -> (a, b) -> a - b;
            case MUL -> (a, b) -> a * b;
            case DIV -> (a, b) -> a / b;
            case MAXIMUM -> Math::max;
            case MINIMUM -> Math::min;
            case POW -> Math::pow;
        };
    }

    private static LongBinaryOperator onLong(BinaryOp.Kind kind) {
        return switch (kind) {
            case ADD -> Long::sum;
            case SUB -> (a, b) -> a - b;
            case MUL -> (a, b) -> a * b;
            case DIV -> ElementwiseKernels::divide;
            case MAXIMUM -> Math::max;
            case MINIMUM -> Math::min;
            case POW -> ElementwiseKernels::power;
        };
    }

    private static long divide(long a, long b) {
        if (b == 0) {
            throw new DeviceException(DeviceException.Reason.COMPUTE, "div: got %d / 0".formatted(a));
        }
        return a / b;
    }

    private static long power(long base, long exponent) {
        if (exponent < 0) {
            throw new DeviceException(
                    DeviceException.Reason.COMPUTE,
                    "pow: got integer exponent %d, wanted 0 or more".formatted(exponent));
        }
        long power = 1;
        long square = base;
        for (long left = exponent; left > 0; left >>= 1) {
            power = (left & 1) == 0 ? power : power * square;
            square *= square;
        }
        return power;
    }

    static Kernel compare(CompareOp.Kind kind, List<Operand> inputs, TensorType output) {
        List<Layout> layouts = broadcast(inputs, output);
        DType a = inputs.get(0).type().dtype();
        DType b = inputs.get(1).type().dtype();
        boolean exact = Elements.exact(a) && Elements.exact(b);
        return arguments -> {
            Walk walk = new Walk(output.shape(), layouts);
            for (long i = 0; i < walk.count(); i++, walk.next()) {
                boolean holds = exact
                        ? holds(
                                kind,
                                Elements.getLong(a, arguments.input(0), walk.offset(0)),
                                Elements.getLong(b, arguments.input(1), walk.offset(1)))
                        : holds(
                                kind,
                                Elements.get(a, arguments.input(0), walk.offset(0)),
                                Elements.get(b, arguments.input(1), walk.offset(1)));
                Elements.setLong(DType.BOOL, arguments.output(), i, holds ? 1 : 0);
            }
        };
    }

    private static boolean holds(CompareOp.Kind kind, double a, double b) {
        return switch (kind) {
            case EQ -> a == b;
            case LT -> a < b;
            case LE -> a <= b;
            case GT -> a > b;
            case GE -> a >= b;
        };
    }

    private static boolean holds(CompareOp.Kind kind, long a, long b) {
        return switch (kind) {
            case EQ -> a == b;
            case LT -> a < b;
            case LE -> a <= b;
            case GT -> a > b;
            case GE -> a >= b;
        };
    }

    static Kernel where(List<Operand> inputs, TensorType output) {
        List<Layout> layouts = broadcast(inputs, output);
        return arguments -> {
            Walk walk = new Walk(output.shape(), layouts);
            for (long i = 0; i < walk.count(); i++, walk.next()) {
                int chosen = Elements.getLong(DType.BOOL, arguments.input(0), walk.offset(0)) != 0 ? 1 : 2;
                DType dtype = inputs.get(chosen).type().dtype();
                long offset = walk.offset(chosen);
                if (Elements.exact(dtype)) {
                    long value = Elements.getLong(dtype, arguments.input(chosen), offset);
                    Elements.setLong(output.dtype(), arguments.output(), i, value);
                } else {
                    double value = Elements.get(dtype, arguments.input(chosen), offset);
                    Elements.set(output.dtype(), arguments.output(), i, value);
                }
            }
        };
    }

    private static List<Layout> broadcast(List<Operand> inputs, TensorType output) {
        return inputs.stream()
                .map(input -> input.layout().expand(input.type().shape(), output.shape()))
                .toList();
    }
}
