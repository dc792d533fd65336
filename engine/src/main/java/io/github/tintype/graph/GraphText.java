package io.github.tintype.graph;

import static java.util.stream.Collectors.joining;

import io.github.tintype.tensor.HostTensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;

/**
 * A graph as short text, for approved files and tests: leaves stand where they are read, attributes that have their usual value are
 * left out, and a scope is a heading over the nodes recorded in it, without which its weights are named.
 *
 * <pre>
 * in0: f32[b,4,h,w]
 * # conv_in
 * %0 = conv2d[padding=1](in0, weight, bias): f32[b,32,h,w]
 * return %0
 * </pre>
 */
public final class GraphText {
    /* A longer constant is shown by its type. */
    private static final int SHOWN_ELEMENTS = 8;

    private final IdentityHashMap<Node, Integer> numbers = new IdentityHashMap<>();

    private GraphText() {}

    public static String of(Graph graph) {
        return new GraphText().print(graph);
    }

    private String print(Graph graph) {
        StringBuilder text = new StringBuilder();
        for (Node node : graph.nodes()) {
            if (node.op() instanceof LeafOp.Input) {
                text.append(name(node)).append(": ").append(node.type()).append('\n');
            }
        }
        String heading = "";
        for (Node node : graph.nodes()) {
            if (node.op() instanceof LeafOp) {
                continue;
            }
            if (!node.scope().toString().equals(heading)) {
                heading = node.scope().toString();
                text.append(heading.isEmpty() ? "#" : "# " + heading).append('\n');
            }
            numbers.put(node, numbers.size());
            String inputs = within(node.scope(), names(node.inputs()));
            text.append("%s = %s(%s): %s%n".formatted(name(node), op(node.op()), inputs, node.type()));
        }
        return text.append("return ")
                .append(names(graph.outputs()))
                .append('\n')
                .toString();
    }

    /* Weights of a module are called as they are in it. */
    private static String within(Scope scope, String names) {
        return scope.path().isEmpty() ? names : names.replace(scope.path() + ".", "");
    }

    private String names(List<Node> nodes) {
        return nodes.stream().map(this::name).collect(joining(", "));
    }

    private String name(Node node) {
        return switch (node.op()) {
            case LeafOp.Input input -> "in" + input.index();
            case LeafOp.Parameter parameter -> parameter.weight().name();
            case LeafOp.Scalar scalar -> Double.toString(scalar.value());
            case LeafOp.Constant(HostTensor value) -> constant(value);
            case LeafOp.Value value -> "value " + value.type();
            default -> "%" + Objects.requireNonNull(numbers.get(node), "read before it is printed");
        };
    }

    private static String constant(HostTensor value) {
        if (value.elements() > SHOWN_ELEMENTS) {
            return "constant " + value.type();
        }
        return LongStream.range(0, value.elements())
                .mapToObj(i -> Double.toString(value.getDouble(i)))
                .collect(joining(" ", "constant " + value.type() + " {", "}"));
    }

    /** An op by its name and what sets it apart, e.g. {@code conv2d[stride=2]}. Sizes are left to the result's type. */
    static String op(Op op) {
        if (op instanceof EpilogueOp epilogue) {
            return op(epilogue.base()) + epilogue.suffix();
        }
        if (op instanceof FusedOp fused) {
            return fused.toString();
        }
        List<Object> attributes = switch (op) {
            case Conv2dOp conv -> attributes(conv);
            case CastOp(var to) -> List.of(to);
            case ReduceOp(var _, var axes) -> List.copyOf(axes);
            case ArgMaxOp(int axis) -> List.of(axis);
            case PermuteOp(var order) -> List.copyOf(order);
            case SliceOp(int axis, long from, long to) -> List.of(axis, from, to);
            case CatOp(int axis) -> List.of(axis);
            case PadOp(int axis, long before, long after, double value) -> List.of(axis, before, after, value);
            case IndexSelectOp(int axis) -> List.of(axis);
            case FullOp(var _, double value) -> List.of(value);
            case UnaryOp _, BinaryOp _, CompareOp _, WhereOp _, MatMulOp _, ReshapeOp _, ExpandOp _ -> List.of();
            case ArangeOp _, UpsampleNearestOp _, LeafOp _ -> List.of();
            case CompositeOp composite -> attributes(composite);
        };
        return attributes.isEmpty()
                ? op.name()
                : op.name() + attributes.stream().map(Object::toString).collect(joining(",", "[", "]"));
    }

    private static List<Object> attributes(Conv2dOp conv) {
        List<Object> attributes = new ArrayList<>();
        add(attributes, "stride", conv.stride(), 1);
        add(attributes, "padding", conv.padding(), 0);
        add(attributes, "dilation", conv.dilation(), 1);
        add(attributes, "groups", conv.groups(), 1);
        return attributes;
    }

    private static void add(List<Object> attributes, String name, int value, int usual) {
        if (value != usual) {
            attributes.add(name + "=" + value);
        }
    }

    private static List<Object> attributes(CompositeOp composite) {
        return switch (composite) {
            case ActivationOp _, LinearOp _ -> List.of();
            case QuantizedLinearOp(var scheme) -> List.of(scheme);
            case UpsampleConv2dOp(var conv) -> attributes(conv);
            case GroupNormOp(int groups, double eps) -> List.of("groups=" + groups, "eps=" + eps);
            case LayerNormOp(double eps) -> List.of("eps=" + eps);
            case SoftmaxOp(int axis) -> List.of(axis);
            case ScaledDotProductAttentionOp attention -> attributes(attention);
            default -> List.of(composite); // a device's or a user's own: a record, which says everything
        };
    }

    private static List<Object> attributes(ScaledDotProductAttentionOp attention) {
        List<Object> attributes = new ArrayList<>();
        if (attention.causal()) {
            attributes.add("causal");
        }
        attributes.add("scale=" + attention.scale());
        if (!attention.choice().isAutomatic()) {
            attributes.add("by " + attention.choice());
        }
        if (attention.headsAtOnce() != ScaledDotProductAttentionOp.ALL_HEADS) {
            attributes.add("heads=" + attention.headsAtOnce());
        }
        return attributes;
    }
}
