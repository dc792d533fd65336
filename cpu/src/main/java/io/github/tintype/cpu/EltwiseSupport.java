package io.github.tintype.cpu;

import io.github.tintype.cpu.PostOp.Function;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Optional;

/** Functions of one element, in whatever order the elements lie: {@link ActivationOp} and {@link UnaryOp}. */
record EltwiseSupport(Cpu cpu, KernelCache kernels) implements OpSupport<Op> {
    private record Key(Op op, long elements) {}

    private record SpacedKey(Op op, long rows, long c, long pitch) {}

    @Override
    public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output) && function(op).isPresent();
    }

    /** Whether the library has this function and gets it right. */
    static boolean has(Op op) {
        return function(op).isPresent();
    }

    @Override
    public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
        Operand x = inputs.getFirst();
        return List.of(isSpaced(x) ? x.layout() : OpSupport.dense(x));
    }

    /*
     * The library's relu and round make 0 of NaN, its exp and pow infinity, its log is 4e-6 off: those are left to others.
     * A non-finite value must stay one, or a black picture would be saved as a good one.
     */
    private static Optional<PostOp.Eltwise> function(Op op) {
        return switch (op) {
            case ActivationOp(ActivationOp.Kind kind) -> activation(kind);
            case UnaryOp(UnaryOp.Kind kind) ->
                switch (kind) {
                    case NEG -> Optional.of(new PostOp.Eltwise(Function.LINEAR, -1, 0));
                    case ABS -> Optional.of(new PostOp.Eltwise(Function.ABS, 0, 0));
                    case SQRT -> Optional.of(new PostOp.Eltwise(Function.SQRT, 0, 0));
                    case TANH -> Optional.of(new PostOp.Eltwise(Function.TANH, 0, 0));
                    case EXP, LOG, RSQRT, ROUND, SIN, COS, ERF, FLOOR, NOT -> Optional.empty();
                };
            default -> Optional.empty();
        };
    }

    static Optional<PostOp.Eltwise> activation(ActivationOp.Kind kind) {
        return switch (kind) {
            case SIGMOID -> Optional.of(new PostOp.Eltwise(Function.LOGISTIC, 0, 0));
            case SILU -> Optional.of(new PostOp.Eltwise(Function.SWISH, 1, 0));
            case GELU -> Optional.of(new PostOp.Eltwise(Function.GELU_ERF, 0, 0));
            case GELU_TANH -> Optional.of(new PostOp.Eltwise(Function.GELU_TANH, 0, 0));
            case QUICK_GELU -> Optional.of(new PostOp.Eltwise(Function.SWISH, 1.702f, 0));
            case RELU -> Optional.empty();
        };
    }

    /* Rows with gaps, as a half of a projection has them: read where they are. */
    private static boolean isSpaced(Operand x) {
        return !x.layout().isDense(x.type().shape()) && OpSupport.rowPitch(x) > 0;
    }

    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
        return isSpaced(inputs.getFirst())
                ? lowerSpaced(op, inputs.getFirst(), output)
                : lowerDense(op, inputs, output);
    }

    private Lowering lowerSpaced(Op op, Operand x, TensorType output) {
        long c = output.shape().size(-1);
        SpacedKey key = new SpacedKey(op, OpSupport.rows(output), c, OpSupport.rowPitch(x));
        PostOp.Eltwise function = function(op).orElseThrow();
        RowKernel kernel = kernels.get(
                RowKernel.class,
                key,
                () -> RowKernel.gathering(cpu, key.rows(), c, key.pitch(), 2, count -> {
                    MemoryDesc y = MemoryDesc.dense(DType.F32, count);
                    return cpu.dnn().eltwise(function, y, y, List.of());
                }));
        return Lowering.of(
                Layout.contiguous(output.shape()),
                arguments -> kernel.run(arguments.cancelled(), arguments.inputAddress(0), arguments.outputAddress()),
                kernel.implementation());
    }

    private Lowering lowerDense(Op op, List<Operand> inputs, TensorType output) {
        Key key = new Key(op, output.shape().elements());
        PostOp.Eltwise function = function(op).orElseThrow();
        RowKernel kernel = kernels.get(
                RowKernel.class,
                key,
                () -> new RowKernel(cpu, key.elements(), 16, 8 * key.elements(), List.of(4L, 4L), count -> {
                    MemoryDesc x = MemoryDesc.dense(DType.F32, count);
                    return cpu.dnn().eltwise(function, x, x, List.of());
                }));
        return Lowering.of(
                inputs.getFirst().layout(),
                arguments -> kernel.run(arguments.cancelled(), arguments.inputAddress(0), arguments.outputAddress()),
                kernel.implementation());
    }
}
