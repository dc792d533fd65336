package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * {@link ScaledDotProductAttentionOp} by {@link Attention}, which is EFFICIENT_ATTENTION, or by {@link FlashKernel}, which is FLASH_ATTENTION. Where
 * both may be taken, compiled graphs have the second, uncompiled ones the first. MATH is the decomposition.
 *
 * @param narrow what the library's products of 16 bits are worth
 */
record AttentionSupport(Cpu cpu, KernelCache kernels, Optional<FlashSupport> flash, NarrowProducts narrow)
        implements OpSupport<ScaledDotProductAttentionOp> {
    /* As torch's on GPUs, so that what asks for it by name runs on either. The kernel has no limit, and the automatic choice has none. */
    private static final long FLASH_HEAD = 256;

    @Override
    public boolean supports(ScaledDotProductAttentionOp op, List<TensorType> inputs, TensorType output) {
        return !usable(op, inputs, output).isEmpty();
    }

    private List<SdpBackend> usable(ScaledDotProductAttentionOp op, List<TensorType> inputs, TensorType output) {
        return op.choice().kernels().stream()
                .filter(backend -> lacks(backend, op, inputs, output).isEmpty())
                .toList();
    }

    /** Why not by {@code backend}; the types are those after widening. */
    Optional<String> lacks(
            SdpBackend backend, ScaledDotProductAttentionOp op, List<TensorType> inputs, TensorType output) {
        return switch (backend) {
            case MATH -> Optional.empty();
            case CUDNN_ATTENTION -> Optional.of("needs CUDA");
            case EFFICIENT_ATTENTION -> wrongType(inputs, output);
            case FLASH_ATTENTION -> wrongType(inputs, output).or(() -> lacksFlash(op, inputs));
        };
    }

    private static Optional<String> wrongType(List<TensorType> inputs, TensorType output) {
        return Stream.concat(inputs.stream(), Stream.of(output))
                .flatMap(type -> wrong(type).stream())
                .findFirst();
    }

    private static Optional<String> wrong(TensorType type) {
        if (type.dtype() != DType.F32 && type.dtype() != DType.BOOL) {
            return Optional.of("got %s, wanted f32, bf16 or f16".formatted(type));
        }
        return OpSupport.isEmpty(type) ? Optional.of("%s is empty".formatted(type)) : Optional.empty();
    }

    private Optional<String> lacksFlash(ScaledDotProductAttentionOp op, List<TensorType> inputs) {
        if (flash.isEmpty()) {
            return Optional.of("no compiler of loops is installed");
        }
        if (inputs.size() == 4) {
            return Optional.of("takes no mask");
        }
        return Stream.of(inputs.get(0), inputs.get(2))
                .map(type -> type.shape().dim(3))
                .filter(d -> !op.choice().isAutomatic() && isWide(d))
                .map(d -> "head_dim %s > %d".formatted(d, FLASH_HEAD))
                .findFirst();
    }

    private static boolean isWide(Dim d) {
        return d.isFixed() && d.value() > FLASH_HEAD;
    }

    @Override
    public List<Layout> inputLayouts(ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output) {
        List<Layout> layouts = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Operand operand = inputs.get(i);
            boolean fits = i == 3 ? MaskLayout.fits(operand) : rowsOfHeads(operand);
            layouts.add(fits ? operand.layout() : OpSupport.contiguous(operand));
        }
        return layouts;
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
        List<Candidate> others = new ArrayList<>();
        for (SdpBackend backend : order(op, inputs, output, spending.effort())) {
            List<Candidate> kernels = candidates(backend, op, inputs, output, spending.effort());
            candidates.add(kernels.getFirst());
            others.addAll(kernels.subList(1, kernels.size()));
        }
        candidates.addAll(others);
        return candidates;
    }

    @Override
    public boolean hasNarrow() {
        return true;
    }

    /* FLASH_ATTENTION, wherever it would be the first for operands that are widened, and the library's where it multiplies 16 bits: its scores are f32, and so are masks. */
    @Override
    public List<Candidate> narrow(
            ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output, Spending spending) {
        if (inputs.size() > 3 || !inputs.stream().allMatch(AttentionSupport::rowsOfHeads)) {
            return List.of();
        }
        List<Operand> wide = inputs.stream()
                .map(operand -> new Operand(HalfSupport.wide(operand.type()), operand.layout(), operand.weight()))
                .toList();
        List<SdpBackend> order = order(op, wide, HalfSupport.wide(output), spending.effort());
        boolean flashFirst = order.getFirst() == SdpBackend.FLASH_ATTENTION;
        boolean library = switch (narrow.of(output.dtype())) {
            case NONE -> false;
            case REGISTERS -> !flashFirst;
            case TILES -> true;
        };
        List<SdpBackend> taken = new ArrayList<>();
        if (library && order.contains(SdpBackend.EFFICIENT_ATTENTION)) {
            taken.add(SdpBackend.EFFICIENT_ATTENTION);
        }
        if (flashFirst) {
            taken.add(SdpBackend.FLASH_ATTENTION);
        }
        return taken.stream()
                .flatMap(backend -> candidates(backend, op, inputs, output, spending.effort()).stream())
                .toList();
    }

    private List<SdpBackend> order(
            ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output, Effort effort) {
        List<SdpBackend> usable = usable(op, inputs.stream().map(Operand::type).toList(), output);
        if (op.choice().prioritised()) {
            return usable.subList(0, 1);
        }
        return effort == Effort.LIBRARY ? usable.reversed() : usable;
    }

    private List<Candidate> candidates(
            SdpBackend backend,
            ScaledDotProductAttentionOp op,
            List<Operand> inputs,
            TensorType output,
            Effort effort) {
        return switch (backend) {
            case FLASH_ATTENTION ->
                flash.orElseThrow().candidates(spec(op, inputs, output, Optional.empty()), op.causal(), effort);
            case EFFICIENT_ATTENTION -> List.of(new Candidate("library", () -> efficient(op, inputs, output)));
            case MATH, CUDNN_ATTENTION -> throw new IllegalStateException("no kernel here: " + backend);
        };
    }

    private static Attention.Spec spec(
            ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output, Optional<Attention.Mask> mask) {
        Shape q = inputs.getFirst().type().shape();
        long valueD = output.shape().size(3);
        return new Attention.Spec(
                inputs.getFirst().type().dtype(),
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
        return candidates(op, inputs, output, Spending.LEAST)
                .getFirst()
                .lowering()
                .get();
    }

    private Lowering efficient(ScaledDotProductAttentionOp op, List<Operand> inputs, TensorType output) {
        Optional<Attention.Mask> mask = op.causal()
                ? Optional.of(new Attention.Mask.Causal())
                : inputs.stream().skip(3).findFirst().map(MaskLayout::of);
        Attention.Spec spec = spec(op, inputs, output, mask);
        Attention.View dst = spec.dst();
        Attention kernel = kernels.get(Attention.class, spec, () -> new Attention(cpu, spec));
        boolean reads = inputs.size() == 4;
        return new Lowering(
                Layout.of(dst.batch(), dst.head(), dst.row(), 1),
                arguments -> kernel.run(
                        arguments.inputAddress(0),
                        arguments.inputAddress(1),
                        arguments.inputAddress(2),
                        reads ? arguments.inputAddress(3) : 0,
                        arguments.outputAddress(),
                        arguments.cancelled()),
                Map.of(),
                0,
                "attention:" + kernel.implementation());
    }
}
