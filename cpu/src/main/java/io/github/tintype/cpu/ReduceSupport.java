package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Map;

/** {@link ReduceOp} where nothing is fused with it, on operands as they lie. */
record ReduceSupport(Cpu cpu) implements OpSupport<ReduceOp> {
    @Override
    public boolean supports(ReduceOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(ReduceOp op, List<Operand> inputs, TensorType output) {
        return List.of(inputs.getFirst().layout());
    }

    @Override
    public Lowering lower(ReduceOp op, List<Operand> inputs, TensorType output) {
        Operand x = inputs.getFirst();
        Layout result = x.layout().denseLike(output.shape());
        Reduction kernel = new Reduction(cpu, op, x, result);
        return new Lowering(result, kernel, Map.of(), kernel.scratchBytes(), "java");
    }
}
