package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * Functions of one element that the library lacks or gets wrong, by {@link Math}, as the reference device defines them. For the few
 * numbers of a timestep's embedding: one thread, but no walk over strides and nothing made on the Java heap.
 */
record UnaryMathSupport() implements OpSupport<UnaryOp> {
    /* About 50 ms of sines. */
    private static final long BETWEEN_POLLS = 1 << 20;

    @Override
    public boolean supports(UnaryOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output) && function(op).isPresent();
    }

    private static Optional<DoubleUnaryOperator> function(UnaryOp op) {
        return switch (op.kind()) {
            case EXP -> Optional.of(Math::exp);
            case LOG -> Optional.of(Math::log);
            case RSQRT -> Optional.of(x -> 1 / Math.sqrt(x));
            case ROUND -> Optional.of(Math::rint);
            case FLOOR -> Optional.of(Math::floor);
            case SIN -> Optional.of(Math::sin);
            case COS -> Optional.of(Math::cos);
            case NEG, ABS, SQRT, TANH, ERF, NOT -> Optional.empty();
        };
    }

    @Override
    public List<Layout> inputLayouts(UnaryOp op, List<Operand> inputs, TensorType output) {
        return List.of(OpSupport.dense(inputs.getFirst()));
    }

    @Override
    public Lowering lower(UnaryOp op, List<Operand> inputs, TensorType output) {
        DoubleUnaryOperator function = function(op).orElseThrow();
        long elements = output.shape().elements();
        return Lowering.of(inputs.getFirst().layout(), arguments -> run(function, elements, arguments), "java");
    }

    private static void run(DoubleUnaryOperator function, long elements, KernelArguments arguments) {
        long x = arguments.inputAddress(0);
        long y = arguments.outputAddress();
        for (long i = 0; i < elements; i++) {
            if (i % BETWEEN_POLLS == 0 && arguments.cancelled().getAsBoolean()) {
                return;
            }
            double value = Native.MEMORY.get(JAVA_FLOAT, x + 4 * i);
            Native.MEMORY.set(JAVA_FLOAT, y + 4 * i, (float) function.applyAsDouble(value));
        }
    }
}
