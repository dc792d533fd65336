package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.QuantizedLinearOp;
import io.github.tintype.tensor.HalfConverter;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@link QuantizedLinearOp} by {@link QuantizedLinear}, in f32, bf16 and f16: rows of x may be spaced. Where the library multiplies bytes without loss, it does that for
 * layers whose inputs are quantised; elsewhere their integers are multiplied in f32.
 */
final class QuantizedLinearSupport implements OpSupport<QuantizedLinearOp> {
    private static final System.Logger LOG = System.getLogger(QuantizedLinearSupport.class.getName());

    private final AtomicBoolean warned = new AtomicBoolean();
    private final Cpu cpu;
    private final KernelCache kernels;
    private final ByteProducts byteProducts;

    QuantizedLinearSupport(Cpu cpu, KernelCache kernels) {
        this.cpu = cpu;
        this.kernels = kernels;
        byteProducts = new ByteProducts(cpu);
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

    /* What is generated for integers belongs in front of these. */
    @Override
    public List<Candidate> candidates(
            QuantizedLinearOp op, List<Operand> inputs, TensorType output, Spending spending) {
        List<Candidate> candidates = new ArrayList<>();
        boolean integers = op.scheme() instanceof QuantizationScheme.Int8(boolean dynamic) && dynamic;
        if (integers && byteProducts.areExact()) {
            if (inputs.get(1).weight()) {
                candidates.add(new Candidate("library bytes", () -> lower(op, inputs, output, true)));
            }
        } else if (integers && !warned.getAndSet(true)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cpu: this processor has no exact products of bytes (VNNI): dynamic int8 is computed in f32, which saves memory and no time");
        }
        candidates.add(new Candidate("library", () -> lower(op, inputs, output, false)));
        return candidates;
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
