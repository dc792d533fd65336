package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link ScaledDotProductAttentionOp} without a mask or causal, by {@link Attention}, or by {@link FlashKernel} where something is compiled. With a mask a row may attend to
 * nothing, which the library's softmax turns into NaN: that is left to the decomposition.
 */
record AttentionSupport(Cpu cpu, KernelCache kernels, Optional<FlashSupport> flash)
        implements OpSupport<ScaledDotProductAttentionOp> {
    @Override
    public boolean supports(ScaledDotProductAttentionOp op, List<TensorType> inputs, TensorType output) {
        return inputs.size() == 3 && OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output) {
        return inputs.stream()
                .map(operand -> rowsOfHeads(operand) ? operand.layout() : OpSupport.contiguous(operand))
                .toList();
    }

    private static boolean rowsOfHeads(Operand operand) {
        Shape shape = operand.type().shape();
        return (shape.size(3) == 1 || operand.layout().stride(3) == 1)
                && (shape.size(2) == 1 || operand.layout().stride(2) >= shape.size(3));
    }

    private static Attention.View view(Operand operand) {
        Shape shape = operand.type().shape();
        long row = shape.size(2) == 1 ? shape.size(3) : operand.layout().stride(2);
        return new Attention.View(operand.layout().stride(0), operand.layout().stride(1), row);
    }

    @Override
    public List<Candidate> candidates(
            ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output, Spending spending) {
        List<Candidate> candidates = new ArrayList<>();
        if (spending.effort() != Effort.LIBRARY) {
            flash.ifPresent(support -> candidates.add(new Candidate(
                    "flash",
                    () -> support.lower(spec(op, inputs, output, Optional.empty()), op.causal(), spending.effort()))));
        }
        candidates.add(new Candidate("library", () -> lower(op, inputs, output)));
        return candidates;
    }

    private static Attention.Spec spec(
            ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output, Optional<Attention.Mask> mask) {
        Shape q = inputs.getFirst().type().shape();
        long valueD = output.shape().size(3);
        return new Attention.Spec(
                DType.F32,
                q.size(0),
                q.size(1),
                q.size(2),
                inputs.get(1).type().shape().size(2),
                q.size(3),
                valueD,
                op.scale(),
                view(inputs.get(0)),
                view(inputs.get(1)),
                view(inputs.get(2)),
                // Heads side by side, so that the permute and reshape that follow are views.
                Attention.View.interleaved(q.size(2), q.size(1), valueD),
                mask);
    }

    @Override
    public Lowering lower(ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output) {
        long queries = inputs.get(0).type().shape().size(2);
        long keys = inputs.get(1).type().shape().size(2);
        Attention.Spec spec = spec(
                op, inputs, output, op.causal() ? Optional.of(new Attention.Mask(0, 0, keys, 1)) : Optional.empty());
        Attention.View dst = spec.dst();
        Attention kernel = kernels.get(Attention.class, spec, () -> new Attention(cpu, spec));
        return new Lowering(
                Layout.of(dst.batch(), dst.head(), dst.row(), 1),
                arguments -> {
                    if (op.causal()) {
                        fillCausal(arguments.scratch(), queries, keys);
                    }
                    kernel.run(
                            arguments.inputAddress(0),
                            arguments.inputAddress(1),
                            arguments.inputAddress(2),
                            op.causal() ? arguments.scratchAddress() : 0,
                            arguments.outputAddress(),
                            arguments.cancelled());
                },
                java.util.Map.of(),
                op.causal() ? 4 * queries * keys : 0,
                "attention:" + kernel.implementation());
    }

    private static void fillCausal(java.lang.foreign.MemorySegment mask, long queries, long keys) {
        for (long row = 0; row < queries; row++) {
            for (long column = 0; column < keys; column++) {
                mask.setAtIndex(
                        java.lang.foreign.ValueLayout.JAVA_FLOAT,
                        row * keys + column,
                        column <= row ? 0 : Float.NEGATIVE_INFINITY);
            }
        }
    }
}
