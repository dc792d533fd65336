package io.github.tintype.compile;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/**
 * A graph for fixed sizes on one device: kernel calls in order, and how much memory they need. Immutable; any number of runs may use
 * it at once.
 *
 * @param calls in order
 * @param inputs types of the arguments
 * @param outputs types of the results, which are dense and row-major
 * @param weights what has to be bound before the first run
 * @param constants data known while tracing
 * @param scalars types of the numbers, each with its value while tracing
 * @param slabBytes memory for everything that doesn't leave a run
 */
public record Plan(
        List<Call> calls,
        List<TensorType> inputs,
        List<TensorType> outputs,
        List<BoundWeight> weights,
        List<HostTensor> constants,
        List<ScalarValue> scalars,
        long slabBytes) {
    /** A number of the traced program. */
    public record ScalarValue(DType dtype, double value) {}

    public Plan {
        calls = List.copyOf(calls);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        weights = List.copyOf(weights);
        constants = List.copyOf(constants);
        scalars = List.copyOf(scalars);
    }

    /** Bytes of the weights in the forms that this plan wants. */
    public long weightBytes() {
        return weights.stream().mapToLong(weight -> weight.packing().bytes()).sum();
    }

    public long flops() {
        return calls.stream().mapToLong(Call::flops).sum();
    }

    /** One line a call. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Call call : calls) {
            text.append("%s = %s[%s](%s)".formatted(call.output(), call.name(), call.implementation(), call.inputs()));
            text.append(call.scope().isEmpty() ? "\n" : "  # " + call.scope() + "\n");
        }
        return text.append("slab %,d bytes, weights %,d bytes%n".formatted(slabBytes, weightBytes()))
                .toString();
    }
}
