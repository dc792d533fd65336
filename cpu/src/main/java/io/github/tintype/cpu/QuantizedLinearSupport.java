package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.QuantizedLinearOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HalfConverter;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@link QuantizedLinearOp} by {@link QuantizedLinear}, in f32, bf16 and f16: rows of x may be spaced. Layers whose inputs are quantised are multiplied as integers by {@link DynamicInt8Kernel} where
 * something is compiled, and as bytes by the library where it does that without loss; elsewhere their integers are multiplied in f32.
 */
final class QuantizedLinearSupport implements OpSupport<QuantizedLinearOp> {
    private static final System.Logger LOG = System.getLogger(QuantizedLinearSupport.class.getName());

    private final AtomicBoolean warned = new AtomicBoolean();
    private final Cpu cpu;
    private final KernelCache kernels;
    private final Optional<LoopCode> code;
    private final NarrowProducts narrow;

    /**
     * @param code what is generated comes from, if anything is
     * @param narrow what the library's products of bytes are worth
     */
    QuantizedLinearSupport(Cpu cpu, KernelCache kernels, Optional<LoopCode> code, NarrowProducts narrow) {
        this.cpu = cpu;
        this.kernels = kernels;
        this.code = code;
        this.narrow = narrow;
    }

    @Override
    public boolean supports(QuantizedLinearOp op, List<TensorType> inputs, TensorType output) {
        return HalfConverter.handles(output.dtype())
                && inputs.stream().noneMatch(OpSupport::isEmpty)
                && !OpSupport.isEmpty(output);
    }

    @Override
    public List<Layout> inputLayouts(QuantizedLinearOp op, List<Operand> inputs, TensorType output) {
        return OpSupport.ofRows(inputs);
    }

    @Override
    public Lowering lower(QuantizedLinearOp op, List<Operand> inputs, TensorType output) {
        return candidates(op, inputs, output, Spending.LEAST)
                .getFirst()
                .lowering()
                .get();
    }

    /* What is generated, and the library's before it where the processor has tiles for products of bytes. */
    @Override
    public List<Candidate> candidates(
            QuantizedLinearOp op, List<Operand> inputs, TensorType output, Spending spending) {
        Candidate floats = new Candidate("library", () -> lower(op, inputs, output, false));
        if (!(op.scheme() instanceof QuantizationScheme.Int8(boolean dynamic) && dynamic)
                || !inputs.get(1).weight()) {
            return List.of(floats);
        }
        List<Candidate> candidates = new ArrayList<>();
        if (spending.effort() != Effort.LIBRARY) {
            code.ifPresent(with ->
                    candidates.add(new Candidate("int8", () -> generated(with, inputs, output, spending.effort()))));
        }
        Candidate bytes = new Candidate("library bytes", () -> lower(op, inputs, output, true));
        switch (narrow.of(DType.I8)) {
            case NONE -> {}
            case REGISTERS -> candidates.add(bytes);
            case TILES -> candidates.addFirst(bytes);
        }
        if (candidates.isEmpty() && !warned.getAndSet(true)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cpu: this processor has no exact products of bytes (VNNI), so uncompiled layers of dynamic int8 are computed in f32: that saves memory and no time, compiled they save both");
        }
        candidates.add(floats);
        return candidates;
    }

    private Lowering generated(LoopCode with, List<Operand> inputs, TensorType output, Effort effort) {
        TensorType x = inputs.getFirst().type();
        DynamicInt8Kernel.Spec spec = new DynamicInt8Kernel.Spec(
                x.dtype(),
                OpSupport.rows(x),
                output.shape().size(-1),
                x.shape().size(-1),
                OpSupport.rowPitch(inputs.getFirst()),
                inputs.size() > 3);
        DynamicInt8Kernel kernel = new DynamicInt8Kernel(cpu, with, spec, effort);
        BytePanels panels = kernel.panels();
        return new Lowering(
                Layout.contiguous(output.shape()),
                kernel,
                Map.of(1, PackedWeight.of(panels.key(), panels.bytes(), panels::pack)),
                kernel.scratchBytes(),
                kernel.implementation());
    }

    private Lowering lower(QuantizedLinearOp op, List<Operand> inputs, TensorType output, boolean integers) {
        TensorType x = inputs.getFirst().type();
        QuantizedLinear.Spec spec = new QuantizedLinear.Spec(
                op.scheme(),
                x.dtype(),
                OpSupport.rows(x),
                output.shape().size(-1),
                x.shape().size(-1),
                OpSupport.rowPitch(inputs.getFirst()),
                inputs.size() > op.biasIndex(),
                integers);
        QuantizedLinear kernel = kernels.get(QuantizedLinear.class, spec, () -> new QuantizedLinear(cpu, spec));
        Map<Integer, Packing> packings =
                integers ? Map.of(1, PackedWeight.of(kernel.packing(), kernel.packedBytes(), kernel::pack)) : Map.of();
        return new Lowering(
                Layout.contiguous(output.shape()), kernel, packings, kernel.scratchBytes(), kernel.implementation());
    }
}
