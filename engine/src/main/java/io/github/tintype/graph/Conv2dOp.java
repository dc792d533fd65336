package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UndecidedSizeException;
import java.util.List;

/**
 * 2-D convolution. x [n,c,h,w], weight [o,c/groups,kh,kw], optional bias [o] → [n,o,h',w'],
 * h' = ⌊(h + 2·padding − dilation·(kh−1) − 1)/stride⌋ + 1. Source: torch.nn.functional.conv2d.
 */
public record Conv2dOp(int stride, int padding, int dilation, int groups) implements PrimitiveOp {
    public Conv2dOp {
        if (stride < 1 || padding < 0 || dilation < 1 || groups < 1) {
            throw new ShapeException("conv2d: got stride %d, padding %d, dilation %d, groups %d"
                    .formatted(stride, padding, dilation, groups));
        }
    }

    @Override
    public String name() {
        return "conv2d";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 2, 3);
        TensorType x = inputs.get(0);
        TensorType weight = inputs.get(1);
        Types.rank(name(), x, 4);
        Types.rank(name(), weight, 4);
        Types.wantFloat(name(), x);
        Types.sameDType(name(), x, weight);
        Dim wanted = weight.shape().dim(1).times(groups);
        if (!x.shape().dim(1).equals(wanted)) {
            throw UndecidedSizeException.unequal(
                    "conv2d: x %s has %s channels, weight %s wants %s"
                            .formatted(x, x.shape().dim(1), weight, wanted),
                    x.shape().dim(1),
                    wanted);
        }
        if (inputs.size() == 3) {
            Types.sameDType(name(), x, inputs.get(2));
            Types.rank(name(), inputs.get(2), 1);
            Types.sameDim(
                    name(),
                    "bias of size",
                    inputs.get(2).shape().dim(0),
                    weight.shape().dim(0));
        }
        return x.with(Shape.of(
                x.shape().dim(0),
                weight.shape().dim(0),
                out(x.shape().dim(2), weight.shape().size(2)),
                out(x.shape().dim(3), weight.shape().size(3))));
    }

    private Dim out(Dim size, long kernel) {
        if (size.isFixed() && size.value() + 2L * padding < dilation * (kernel - 1) + 1) {
            throw new ShapeException(
                    "conv2d: size %s with padding %d is smaller than the kernel %d".formatted(size, padding, kernel));
        }
        return size.plus(Dim.of(2L * padding))
                .minus(Dim.of(dilation * (kernel - 1) + 1))
                .floorDiv(stride)
                .plus(1);
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        Shape weight = inputs.get(1).shape();
        return 2 * output.shape().elements() * weight.size(1) * weight.size(2) * weight.size(3);
    }
}
