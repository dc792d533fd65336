package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@link Conv2dOp} by {@link Convolution}, channels-last; 1×1 with stride 1 by {@link MatMul}. */
record ConvolutionSupport(Cpu cpu, KernelCache kernels) implements OpSupport<Conv2dOp> {
    @Override
    public boolean supports(Conv2dOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output);
    }

    @Override
    public List<Layout> inputLayouts(Conv2dOp op, List<Operand> inputs, TensorType output) {
        List<Layout> layouts =
                new ArrayList<>(inputs.stream().map(OpSupport::contiguous).toList());
        layouts.set(0, Layout.channelsLast(inputs.getFirst().type().shape()));
        return layouts;
    }

    @Override
    public Lowering lower(Conv2dOp op, List<Operand> inputs, TensorType output) {
        Shape x = inputs.get(0).type().shape();
        Shape weight = inputs.get(1).type().shape();
        Layout result = Layout.channelsLast(output.shape());
        boolean product = weight.size(2) == 1 && weight.size(3) == 1 && op.stride() == 1 && op.padding() == 0;
        if (product && op.groups() == 1) {
            long pixels = x.size(0) * x.size(2) * x.size(3);
            return LinearSupport.lower(cpu, kernels, pixels, weight.size(0), x.size(1), x.size(1), inputs, result);
        }
        boolean bias = inputs.size() == 3;
        Convolution.Spec spec = new Convolution.Spec(
                DType.F32,
                x.size(0),
                x.size(1),
                x.size(2),
                x.size(3),
                weight.size(0),
                Math.toIntExact(weight.size(2)),
                Math.toIntExact(weight.size(3)),
                op.stride(),
                op.padding(),
                op.padding(),
                op.padding(),
                op.padding(),
                op.dilation(),
                op.groups(),
                bias,
                List.of());
        Convolution kernel = kernels.get(Convolution.class, spec, () -> new Convolution(cpu, spec));
        boolean packed = inputs.get(1).weight();
        return new Lowering(
                result,
                arguments -> {
                    long weights = arguments.inputAddress(1);
                    if (!packed) {
                        kernel.pack(weights, DType.F32, arguments.scratchAddress());
                        weights = arguments.scratchAddress();
                    }
                    kernel.run(
                            arguments.inputAddress(0),
                            weights,
                            bias ? arguments.inputAddress(2) : 0,
                            arguments.outputAddress(),
                            arguments.cancelled());
                },
                packed ? Map.of(1, PackedWeight.of(kernel.packing(), kernel.packedBytes(), kernel::pack)) : Map.of(),
                packed ? 0 : kernel.packedBytes(),
                kernel.implementation());
    }
}
