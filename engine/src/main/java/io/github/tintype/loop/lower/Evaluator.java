package io.github.tintype.loop.lower;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The value of a node at given coordinates, by way of the values of what it reads: views only change the coordinates. */
final class Evaluator {
    private final KernelScope scope;
    private final BodyBuilder b;
    private final MathFunctions math;

    Evaluator(KernelScope scope) {
        this.scope = scope;
        b = scope.builder();
        math = new MathFunctions(b);
    }

    Value value(Node node, List<Coordinate> at) {
        Optional<Value> kept = scope.kept(node, at);
        if (kept.isPresent()) {
            return kept.get();
        }
        Value value = compute(node, at);
        scope.keep(node, at, value);
        return value;
    }

    private Value compute(Node node, List<Coordinate> at) {
        return switch (node.op()) {
            case LeafOp.Input(int index, var _) -> scope.loadInput(index, node.type(), at);
            case LeafOp.Scalar scalar -> scope.scalar(node, scalar);
            case UnaryOp(UnaryOp.Kind kind) -> unary(kind, node, operand(node, 0, at));
            case ActivationOp(ActivationOp.Kind kind) -> math.activation(kind, operand(node, 0, at));
            case BinaryOp(BinaryOp.Kind kind) -> binary(kind, node, operand(node, 0, at), operand(node, 1, at));
            case CompareOp(CompareOp.Kind kind) -> compare(kind, operand(node, 0, at), operand(node, 1, at));
            case WhereOp() -> {
                Value a = operand(node, 1, at);
                yield b.select(operand(node, 0, at), a, operand(node, 2, at));
            }
            case CastOp(DType to) -> cast(node.inputs().getFirst().type().dtype(), to, operand(node, 0, at));
            case ReduceOp _ -> scope.reduction(node, at);
            case GroupNormOp _ -> scope.groupNorm(node, at);
            case ReshapeOp _ -> {
                Node x = node.inputs().getFirst();
                yield value(
                        x, scope.beforeReshape(x.shape().sizes(), node.shape().sizes(), at));
            }
            case PermuteOp(var order) -> {
                List<Coordinate> before = new ArrayList<>(at);
                for (int i = 0; i < order.size(); i++) {
                    before.set(order.get(i), at.get(i));
                }
                yield value(node.inputs().getFirst(), before);
            }
            case ExpandOp _ -> operand(node, 0, at);
            case SliceOp(int axis, long from, long _) -> {
                int front = node.shape().axis(axis);
                yield value(
                        node.inputs().getFirst(), with(at, front, at.get(front).plus(from)));
            }
            case CatOp(int axis) -> cat(node, node.shape().axis(axis), at);
            case PadOp pad -> pad(pad, node, at);
            case IndexSelectOp(int axis) -> select(node, axis, at);
            case UpsampleNearestOp _ -> upsample(node, at);
            case FullOp(var type, double value) -> full(type.dtype(), value);
            case ArangeOp(var _, DType dtype) ->
                narrowed(dtype, b.cast(number(dtype), b.position(scope.index(at.getFirst()))));
            default -> throw new Unsupported("%s is no part of a loop".formatted(node.op()));
        };
    }

    private static ValueType number(DType dtype) {
        ValueType type = ValueType.of(dtype);
        if (type == ValueType.BOOL) {
            throw new Unsupported("arange of bool");
        }
        return type;
    }

    private Value full(DType dtype, double value) {
        return narrowed(dtype, b.number(ValueType.of(dtype), value));
    }

    /* An operand that broadcasts to the node's shape. */
    private Value operand(Node node, int index, List<Coordinate> at) {
        Node input = node.inputs().get(index);
        return value(input, broadcast(input.shape(), at));
    }

    static List<Coordinate> broadcast(Shape shape, List<Coordinate> at) {
        List<Coordinate> own = new ArrayList<>(at.subList(at.size() - shape.rank(), at.size()));
        for (int i = 0; i < own.size(); i++) {
            if (shape.size(i) == 1) {
                own.set(i, Coordinate.ZERO);
            }
        }
        return own;
    }

    private static List<Coordinate> with(List<Coordinate> at, int axis, Coordinate coordinate) {
        List<Coordinate> changed = new ArrayList<>(at);
        changed.set(axis, coordinate);
        return changed;
    }

    private Value unary(UnaryOp.Kind kind, Node node, Value x) {
        ValueType type = x.type();
        return switch (kind) {
            case NEG -> narrowed(node.type().dtype(), b.unary(Expression.Function.NEG, x));
            case ABS -> narrowed(node.type().dtype(), b.unary(Expression.Function.ABS, x));
            case SQRT -> b.unary(Expression.Function.SQRT, x);
            case RSQRT -> math.rsqrt(x);
            case ROUND -> type.isFloat() ? b.unary(Expression.Function.ROUND, x) : x;
            case FLOOR -> type.isFloat() ? b.unary(Expression.Function.FLOOR, x) : x;
            case NOT -> b.unary(Expression.Function.NOT, x);
            case EXP, LOG, SIN, COS, TANH, ERF -> {
                if (type != ValueType.F32) {
                    throw new Unsupported("%s of %s".formatted(node.op().name(), type));
                }
                yield kind == UnaryOp.Kind.EXP && isBelowLargest(node.inputs().getFirst())
                        ? math.expOfNegative(x)
                        : function(kind, x);
            }
        };
    }

    private Value function(UnaryOp.Kind kind, Value x) {
        return switch (kind) {
            case EXP -> math.exp(x);
            case LOG -> math.log(x);
            case SIN -> math.sin(x);
            case COS -> math.cos(x);
            case TANH -> math.tanh(x);
            case ERF -> math.erf(x);
            case NEG, ABS, SQRT, RSQRT, ROUND, FLOOR, NOT -> throw new IllegalArgumentException(kind.name());
        };
    }

    private Value binary(BinaryOp.Kind kind, Node node, Value x, Value y) {
        if (x.type() == ValueType.BOOL) {
            throw new Unsupported("%s of bool".formatted(node.op().name()));
        }
        if (kind == BinaryOp.Kind.DIV && isSoftmax(node)) {
            return b.mul(x, b.div(b.number(y.type(), 1), y));
        }
        Expression.Operation operation = switch (kind) {
            case ADD -> Expression.Operation.ADD;
            case SUB -> Expression.Operation.SUB;
            case MUL -> Expression.Operation.MUL;
            case DIV -> {
                if (x.type().isInteger()) {
                    throw new Unsupported("div of integers: by zero it is an error");
                }
                yield Expression.Operation.DIV;
            }
            case MAXIMUM -> Expression.Operation.MAX;
            case MINIMUM -> Expression.Operation.MIN;
            case POW -> throw new Unsupported("pow");
        };
        return narrowed(node.type().dtype(), b.binary(operation, x, y));
    }

    /*
     * e^(x − max x) divided by its sum. That is at least 1, so that its reciprocal, one for a row, is an ordinary number: multiplying by it is
     * several times faster than dividing and off by 1.5 ulp at most.
     */
    private static boolean isSoftmax(Node division) {
        Node e = division.inputs().get(0);
        Node sum = division.inputs().get(1);
        return isReduction(sum, ReduceOp.Kind.SUM)
                && sum.inputs().getFirst().equals(e)
                && e.op().equals(new UnaryOp(UnaryOp.Kind.EXP))
                && isBelowLargest(e.inputs().getFirst())
                && isSameRow(sum, e.inputs().getFirst().inputs().get(1));
    }

    /* x − max x, which is never positive. */
    private static boolean isBelowLargest(Node difference) {
        return difference.op().equals(new BinaryOp(BinaryOp.Kind.SUB))
                && isReduction(difference.inputs().get(1), ReduceOp.Kind.MAX)
                && difference
                        .inputs()
                        .get(1)
                        .inputs()
                        .getFirst()
                        .equals(difference.inputs().getFirst());
    }

    private static boolean isSameRow(Node sum, Node max) {
        return ((ReduceOp) max.op()).axes().equals(((ReduceOp) sum.op()).axes());
    }

    private static boolean isReduction(Node node, ReduceOp.Kind kind) {
        return node.op() instanceof ReduceOp reduction && reduction.kind() == kind;
    }

    /* Integers of 8 and 16 bits wrap; narrow floats stay as they are until they are stored. */
    private Value narrowed(DType dtype, Value x) {
        return switch (dtype) {
            case I16, I8, U8 -> b.define(new Expression.Narrow(dtype, x));
            case F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, I32, BOOL -> x;
        };
    }

    private Value compare(CompareOp.Kind kind, Value x, Value y) {
        if (x.type() == ValueType.BOOL) {
            throw new Unsupported("comparison of bool");
        }
        return b.compare(
                switch (kind) {
                    case EQ -> Expression.Relation.EQ;
                    case LT -> Expression.Relation.LT;
                    case LE -> Expression.Relation.LE;
                    case GT -> Expression.Relation.GT;
                    case GE -> Expression.Relation.GE;
                },
                x,
                y);
    }

    private Value cast(DType from, DType to, Value x) {
        if (from == to) {
            return x;
        }
        Value value = b.cast(ValueType.of(to), x);
        return switch (to) {
            case F16, BF16, F8_E4M3, F8_E5M2, I16, I8, U8 -> b.define(new Expression.Narrow(to, value));
            case F64, F32, I64, I32, BOOL -> value;
        };
    }

    private Value cat(Node node, int axis, List<Coordinate> at) {
        Index position = scope.index(at.get(axis));
        long end = node.shape().size(axis);
        Optional<Value> result = Optional.empty();
        for (Node part : node.inputs().reversed()) {
            long size = part.shape().size(axis);
            long begin = end - size;
            end = begin;
            if (size == 0) {
                continue;
            }
            Index inside = position.minus(scope.size(begin)).max(Index.of(0)).min(scope.size(size - 1));
            Value value = value(part, with(at, axis, Coordinate.of(inside)));
            if (result.isEmpty()) {
                result = Optional.of(value);
                continue;
            }
            Value isBefore =
                    b.compare(Expression.Relation.LT, b.position(position), b.position(scope.size(begin + size)));
            result = Optional.of(b.select(isBefore, value, result.get()));
        }
        return result.orElseThrow(() -> new Unsupported("cat of nothing"));
    }

    private Value pad(PadOp pad, Node node, List<Coordinate> at) {
        int axis = node.shape().axis(pad.axis());
        Node x = node.inputs().getFirst();
        long size = x.shape().size(axis);
        Value outside = full(node.type().dtype(), pad.value());
        if (size == 0) {
            return outside;
        }
        Index position = scope.index(at.get(axis));
        Index inside = position.minus(scope.size(pad.before())).max(Index.of(0)).min(scope.size(size - 1));
        Value value = value(x, with(at, axis, Coordinate.of(inside)));
        Value here = b.position(position);
        Value isAfter = b.compare(Expression.Relation.GE, here, b.position(scope.size(pad.before())));
        Value isBefore = b.compare(Expression.Relation.LT, here, b.position(scope.size(pad.before() + size)));
        return b.select(b.binary(Expression.Operation.AND, isAfter, isBefore), value, outside);
    }

    private Value select(Node node, int axis, List<Coordinate> at) {
        Node table = node.inputs().get(0);
        Node indices = node.inputs().get(1);
        int front = table.shape().axis(axis);
        int rank = indices.shape().rank();
        Value index = value(indices, at.subList(front, front + rank));
        long size = table.shape().size(front);
        if (size == 0) {
            throw new Unsupported("index_select from nothing");
        }
        Value last = b.position(scope.size(size - 1));
        Value isGood = b.binary(
                Expression.Operation.AND,
                b.compare(Expression.Relation.GE, index, b.i64(0)),
                b.compare(Expression.Relation.LE, index, last));
        b.check(isGood, scope.faults());
        Index inside = new Index.Data(index).max(Index.of(0)).min(scope.size(size - 1));
        List<Coordinate> coordinates = new ArrayList<>(at.subList(0, front));
        coordinates.add(Coordinate.of(inside));
        coordinates.addAll(at.subList(front + rank, at.size()));
        return value(table, coordinates);
    }

    private Value upsample(Node node, List<Coordinate> at) {
        Node x = node.inputs().getFirst();
        List<Coordinate> from = new ArrayList<>(at);
        for (int axis = 2; axis < 4; axis++) {
            from.set(
                    axis,
                    source(at.get(axis), x.shape().size(axis), node.shape().size(axis)));
        }
        return value(x, from);
    }

    /* As UpsampleNearestOp.source has it, the float included. */
    private Coordinate source(Coordinate at, long from, long to) {
        if (from == to) {
            return at;
        }
        if (from == 1) {
            return Coordinate.ZERO;
        }
        Index position = scope.index(at);
        if (to == 2 * from) {
            return Coordinate.of(position.dividedBy(Index.of(2)));
        }
        Value ratio = scope.constant((float) from / to);
        Value product = b.mul(b.cast(ValueType.F32, b.position(position)), ratio);
        Value whole = b.cast(ValueType.I64, b.unary(Expression.Function.FLOOR, product));
        return Coordinate.of(new Index.Data(whole).max(Index.of(0)).min(scope.size(from - 1)));
    }
}
