package io.github.tintype.graph;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.List;
import java.util.function.Function;

/** Where data enters a graph. */
public sealed interface LeafOp extends Op {
    TensorType type();

    @Override
    default TensorType infer(List<TensorType> inputs) {
        return type();
    }

    /** An argument of a traced forward. */
    record Input(int index, TensorType type) implements LeafOp {
        @Override
        public String name() {
            return "input";
        }

        @Override
        public Op substitute(Function<String, Dim> symbols) {
            return new Input(index, type.with(type.shape().substitute(symbols)));
        }
    }

    /** A weight. @throws ShapeException if it is quantised: its components are parameters, see {@link QuantizedLinearOp} */
    record Parameter(Weight weight) implements LeafOp {
        public Parameter {
            if (weight.isQuantized()) {
                throw new ShapeException(
                        "parameter: got %s, wanted a weight that isn't quantised: only linear layers take those"
                                .formatted(weight));
            }
        }

        @Override
        public String name() {
            return "parameter";
        }

        @Override
        public TensorType type() {
            return weight.type();
        }
    }

    /** A value of the running request, already computed. */
    record Value(Buffer buffer) implements LeafOp {
        @Override
        public String name() {
            return "value";
        }

        @Override
        public TensorType type() {
            return buffer.type();
        }
    }

    /** Data known while tracing, the same at each run. */
    record Constant(HostTensor value) implements LeafOp {
        @Override
        public String name() {
            return "constant";
        }

        @Override
        public TensorType type() {
            return value.type();
        }
    }

    /**
     * A number of the Java program. Beside a tensor of a narrower float type it does not widen the result and is not rounded to that
     * type first, as a Python scalar in torch. A lazily recorded graph is planned without its value.
     */
    record Scalar(double value, DType dtype) implements LeafOp {
        @Override
        public String name() {
            return "scalar";
        }

        @Override
        public TensorType type() {
            return new TensorType(dtype, Shape.SCALAR);
        }
    }

    /** Memory that a device has filled. */
    interface Buffer {
        TensorType type();
    }
}
