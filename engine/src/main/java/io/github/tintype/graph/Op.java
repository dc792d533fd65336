package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.function.Function;

/** What a node computes. Always a record: its components are all that decides the result besides the inputs. */
public sealed interface Op permits LeafOp, PrimitiveOp, CompositeOp {
    /** The operator's name in dumps and errors, e.g. {@code conv2d}. */
    String name();

    /**
     * The type of the result.
     *
     * @throws io.github.tintype.tensor.ShapeException if the inputs don't fit
     */
    TensorType infer(List<TensorType> inputs);

    /** This op with each symbol in its sizes replaced by what {@code symbols} gives for it. */
    default Op substitute(Function<String, Dim> symbols) {
        return this;
    }

    /** Floating-point operations for inputs and output of these fixed types; a multiply-add counts 2. */
    default long flops(List<TensorType> inputs, TensorType output) {
        return output.shape().elements();
    }
}
