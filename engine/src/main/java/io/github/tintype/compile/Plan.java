package io.github.tintype.compile;

import io.github.tintype.device.TuningReport;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

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
 * @param liveBytes the most of it that holds something at once: no arrangement needs less
 * @param tuning what came of measuring kernels, if that was asked for
 */
public record Plan(
        List<Call> calls,
        List<TensorType> inputs,
        List<TensorType> outputs,
        List<BoundWeight> weights,
        List<HostTensor> constants,
        List<ScalarValue> scalars,
        long slabBytes,
        long liveBytes,
        Optional<TuningReport> tuning) {
    /** A number of the traced program. */
    public record ScalarValue(DType dtype, double value) {}

    public Plan {
        calls = List.copyOf(calls);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        weights = List.copyOf(weights);
        constants = List.copyOf(constants);
        scalars = List.copyOf(scalars);
        if (liveBytes < 0 || slabBytes < liveBytes) {
            throw new IllegalArgumentException(
                    "plan: got a slab of %d bytes, wanted at least the %d live ones".formatted(slabBytes, liveBytes));
        }
    }

    /** Bytes of the weights in the forms that this plan wants. */
    public long weightBytes() {
        return weights.stream().mapToLong(weight -> weight.packing().bytes()).sum();
    }

    /** Bytes of the results, which each run allocates. */
    public long outputBytes() {
        return outputs.stream().mapToLong(TensorType::bytes).sum();
    }

    /** Most bytes of scratch memory that one call wants; they are part of the slab. */
    public long scratchBytes() {
        return calls.stream().mapToLong(call -> call.scratch().bytes()).max().orElse(0);
    }

    public long flops() {
        return calls.stream().mapToLong(Call::flops).sum();
    }

    /** What it needs, known before any weight is read: one line. */
    public String memory() {
        return "slab %,d bytes (%,d live), weights %,d bytes, outputs %,d bytes, scratch %,d bytes"
                .formatted(slabBytes, liveBytes, weightBytes(), outputBytes(), scratchBytes());
    }

    /** One line a call, then what it needs. Plans of equal graphs for equal devices have equal texts. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Call call : calls) {
            text.append(call.output()).append(" = ").append(call.name());
            text.append('[').append(call.implementation()).append("](");
            text.append(call.inputs().stream().map(Reference::toString).collect(Collectors.joining(", ")));
            text.append(')');
            if (call.scratch().bytes() > 0) {
                text.append(" scratch ").append(call.scratch());
            }
            text.append(call.scope().isEmpty() ? "\n" : "  # " + call.scope() + "\n");
        }
        return text.append(memory()).append('\n').toString();
    }
}
