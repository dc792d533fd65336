package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** One result: an op and the nodes it reads. Immutable; a graph is what can be reached from its outputs. */
public final class Node {
    private final Op op;
    private final List<Node> inputs;
    private final TensorType type;
    private final Scope scope;

    private Node(Op op, List<Node> inputs, TensorType type, Scope scope) {
        this.op = op;
        this.inputs = inputs;
        this.type = type;
        this.scope = scope;
    }

    /** @throws ShapeException if the inputs don't fit; the message names the scope */
    public static Node of(Scope scope, Op op, List<Node> inputs) {
        List<Node> copy = List.copyOf(inputs);
        try {
            return new Node(op, copy, op.infer(copy.stream().map(Node::type).toList()), scope);
        } catch (ShapeException e) {
            if (scope == Scope.NONE) {
                throw e;
            }
            throw e.at(scope.toString());
        }
    }

    /** This node over other inputs. @throws ShapeException if they don't fit */
    public Node over(List<Node> others) {
        boolean sameTypes = others.size() == inputs.size();
        for (int i = 0; i < others.size() && sameTypes; i++) {
            sameTypes = others.get(i).type.equals(inputs.get(i).type);
        }
        return sameTypes ? new Node(op, List.copyOf(others), type, scope) : of(scope, op, others);
    }

    /** This node in another scope. */
    public Node in(Scope other) {
        return new Node(op, inputs, type, other);
    }

    /** A node in this node's scope: how decompositions are written. */
    public Node then(Op op, Node... others) {
        List<Node> all = new java.util.ArrayList<>(others.length + 1);
        all.add(this);
        all.addAll(List.of(others));
        return of(scope, op, all);
    }

    /** A number beside this node, as {@link LeafOp.Scalar} has it. */
    public Node scalar(double value) {
        return of(scope, new LeafOp.Scalar(value, scalarType(type.dtype())), List.of());
    }

    /** The type in which a number beside {@code dtype} is held. */
    public static DType scalarType(DType dtype) {
        return dtype.isFloat() && dtype != DType.F64 ? DType.F32 : dtype;
    }

    public Op op() {
        return op;
    }

    public List<Node> inputs() {
        return inputs;
    }

    public TensorType type() {
        return type;
    }

    public Shape shape() {
        return type.shape();
    }

    public Dim dim(int axis) {
        return type.shape().dim(axis);
    }

    public Scope scope() {
        return scope;
    }

    @Override
    public String toString() {
        return "%s: %s".formatted(op, type);
    }
}
