package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** {@link UpsampleConv2dOp} where {@link WinogradKernel} may read its image at half the places. */
record UpsampleConvolutionSupport(ConvolutionSupport convolution) implements OpSupport<UpsampleConv2dOp> {
    @Override
    public boolean supports(UpsampleConv2dOp op, List<TensorType> inputs, TensorType output) {
        return OpSupport.f32(inputs, output) && convolution.supports(op, inputs);
    }

    @Override
    public List<Layout> inputLayouts(UpsampleConv2dOp op, List<Operand> inputs, TensorType output) {
        return convolution.inputLayouts(op.conv(), inputs, output);
    }

    @Override
    public Lowering lower(UpsampleConv2dOp op, List<Operand> inputs, TensorType output) {
        return convolution.routes(op, inputs, output, Spending.LEAST).getFirst().lower(List.of());
    }

    @Override
    public List<Candidate> candidates(UpsampleConv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return Route.candidates(convolution.routes(op, inputs, output, spending));
    }

    @Override
    public boolean hasNarrow() {
        return true;
    }

    @Override
    public List<Candidate> narrow(UpsampleConv2dOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return Route.candidates(convolution.generated(op, inputs, output, spending));
    }
}
