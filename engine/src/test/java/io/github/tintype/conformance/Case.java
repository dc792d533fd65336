package io.github.tintype.conformance;

import io.github.tintype.graph.Op;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** An op and its operands. */
record Case(Op op, List<Argument> arguments) {
    Case {
        arguments = List.copyOf(arguments);
    }

    static Case of(Op op, Argument... arguments) {
        return new Case(op, List.of(arguments));
    }

    List<TensorType> inputs() {
        return arguments.stream().map(Argument::type).toList();
    }

    TensorType output() {
        return op.infer(inputs());
    }

    @Override
    public String toString() {
        return op + " " + arguments;
    }
}
