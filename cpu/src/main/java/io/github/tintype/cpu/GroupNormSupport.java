package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@link GroupNormOp} by {@link GroupNorm}, channels innermost. */
record GroupNormSupport(Cpu cpu, KernelCache kernels) implements OpSupport<GroupNormOp> {
    @Override
    public boolean supports(GroupNormOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(GroupNormOp op, List<Operand> inputs, TensorType output) {
        List<Layout> layouts =
                new ArrayList<>(inputs.stream().map(OpSupport::contiguous).toList());
        layouts.set(0, Layout.channelsLast(output.shape()));
        return layouts;
    }

    @Override
    public Lowering lower(GroupNormOp op, List<Operand> inputs, TensorType output) {
        return lower(op, output, List.of());
    }

    /** With {@code postOps} on each result. */
    Lowering lower(GroupNormOp op, TensorType output, List<PostOp.Eltwise> postOps) {
        Shape shape = output.shape();
        long positions = shape.elements() / shape.size(0) / shape.size(1);
        GroupNorm.Spec spec = new GroupNorm.Spec(
                shape.size(0), positions, Math.toIntExact(shape.size(1)), op.groups(), op.eps(), postOps);
        GroupNorm kernel = kernels.get(GroupNorm.class, spec, () -> new GroupNorm(cpu, spec));
        return new Lowering(
                Layout.channelsLast(shape),
                arguments -> kernel.run(
                        arguments.inputAddress(0),
                        arguments.inputAddress(1),
                        arguments.inputAddress(2),
                        arguments.outputAddress(),
                        arguments.scratchAddress(),
                        arguments.cancelled()),
                Map.of(),
                kernel.scratchBytes(),
                kernel.implementation());
    }
}
