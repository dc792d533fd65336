package io.github.tintype.compile;

import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.SliceOp;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Removes what changes nothing, and views of views.
 *
 * <pre>
 * %0 = permute[0,2,1](in0): f32[2,5,3]
 * %1 = permute[0,2,1](%0): f32[2,3,5]         becomes     %0 = silu(in0): f32[2,3,5]
 * %2 = mul(%1, 1.0): f32[2,3,5]
 * %3 = silu(%2): f32[2,3,5]
 * </pre>
 *
 * Arithmetic goes only where it returns each value bit for bit: x · 1, x / 1, x − 0, x + (−0) and x to the power of 1. Not x + 0, which
 * makes +0 of −0, and not x · 0, which is NaN for infinity. For integers x + 0 is exact too.
 */
final class NoOps implements Pass {
    @Override
    public String name() {
        return "no_ops";
    }

    @Override
    public Graph apply(Graph graph, PassContext context) {
        return Rewriter.rewrite(graph, (_, now) -> simplify(now));
    }

    private static Node simplify(Node node) {
        return switch (node.op()) {
            case BinaryOp(BinaryOp.Kind kind) -> arithmetic(kind, node);
            case CastOp _, ReshapeOp _, ExpandOp _, PermuteOp _, SliceOp _ -> view(merged(node));
            default -> node;
        };
    }

    private static Node arithmetic(BinaryOp.Kind kind, Node node) {
        Node a = node.inputs().get(0);
        Node b = node.inputs().get(1);
        if (a.type().equals(node.type()) && isNeutral(kind, b)) {
            return a;
        }
        boolean commutes = kind == BinaryOp.Kind.ADD || kind == BinaryOp.Kind.MUL;
        return commutes && b.type().equals(node.type()) && isNeutral(kind, a) ? b : node;
    }

    /* Whether x (kind) other is x, bit for bit, for every x. */
    private static boolean isNeutral(BinaryOp.Kind kind, Node other) {
        OptionalDouble value = everywhere(other);
        if (value.isEmpty()) {
            return false;
        }
        boolean exactZero = !other.type().dtype().isFloat();
        return switch (kind) {
            case ADD -> value.getAsDouble() == 0 && (exactZero || isMinusZero(value.getAsDouble()));
            case SUB -> value.getAsDouble() == 0 && (exactZero || !isMinusZero(value.getAsDouble()));
            case MUL, DIV, POW -> value.getAsDouble() == 1;
            case MAXIMUM, MINIMUM -> false;
        };
    }

    private static boolean isMinusZero(double value) {
        return Double.doubleToRawLongBits(value) == Double.doubleToRawLongBits(-0.0);
    }

    /* The number that every element is. */
    private static OptionalDouble everywhere(Node node) {
        return switch (node.op()) {
            case LeafOp.Scalar scalar -> OptionalDouble.of(scalar.value());
            case FullOp full -> OptionalDouble.of(full.value());
            case ExpandOp _, ReshapeOp _, PermuteOp _ ->
                everywhere(node.inputs().getFirst());
            default -> OptionalDouble.empty();
        };
    }

    /* A view of a view of one kind is one view. */
    private static Node merged(Node node) {
        Node x = node.inputs().getFirst();
        return switch (node.op()) {
            case ReshapeOp _ when x.op() instanceof ReshapeOp -> over(node, x);
            case ExpandOp _ when x.op() instanceof ExpandOp -> over(node, x);
            case PermuteOp(List<Integer> outer)
            when x.op() instanceof PermuteOp(List<Integer> inner) ->
                over(node, x, new PermuteOp(outer.stream().map(inner::get).toList()));
            case SliceOp(int axis, long from, long to)
            when x.op() instanceof SliceOp(int same, long first, long _) && same == axis ->
                over(node, x, new SliceOp(axis, first + from, first + to));
            default -> node;
        };
    }

    private static Node over(Node node, Node view) {
        return over(node, view, node.op());
    }

    private static Node over(Node node, Node view, io.github.tintype.graph.Op op) {
        return Node.of(node.scope(), op, view.inputs());
    }

    private static Node view(Node node) {
        Node x = node.inputs().getFirst();
        boolean same = node.type().equals(x.type())
                && switch (node.op()) {
                    case PermuteOp(List<Integer> order) ->
                        order.equals(IntStream.range(0, order.size()).boxed().toList());
                    default -> true;
                };
        return same ? x : node;
    }
}
