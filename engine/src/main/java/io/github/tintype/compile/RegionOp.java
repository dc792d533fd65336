package io.github.tintype.compile;

import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Node;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/**
 * One result of a module call that is optimised on its own: what passes over the rest see of it. It reads the call's inputs, then its
 * weights.
 */
record RegionOp(RegionProgram program, int output) implements CompositeOp {
    @Override
    public String name() {
        return "region";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        int count = program.inputTypes().size();
        if (inputs.size() != count + program.first().weights().size()
                || !inputs.subList(0, count).equals(program.inputTypes())) {
            throw new ShapeException("region %s: got %s, wanted %s and its %d weights"
                    .formatted(
                            program,
                            inputs,
                            program.inputTypes(),
                            program.first().weights().size()));
        }
        return program.outputTypes().get(output);
    }

    @Override
    public Node decompose(List<Node> inputs) {
        return program.instantiate(inputs, List.of()).get(output);
    }

    @Override
    public String toString() {
        return "region[%s,%d]".formatted(program, output);
    }
}
