package io.github.tintype.graph;

import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolution of an image of twice the size, each pixel of which is the nearest of x: x [n,c,h,w], then the inputs of {@code conv} after its image. Made by the compiler for devices that read
 * pixels twice instead of writing them; its meaning is {@link UpsampleNearestOp} to [2h,2w], then {@code conv}.
 */
public record UpsampleConv2dOp(Conv2dOp conv) implements CompositeOp {
    /** By how much the image grows, along each side. */
    public static final int FACTOR = 2;

    @Override
    public String name() {
        return "upsample_conv2d";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        return conv.infer(upsampled(inputs));
    }

    /** What the convolution reads. */
    public static List<TensorType> upsampled(List<TensorType> inputs) {
        List<TensorType> upsampled = new ArrayList<>(inputs);
        upsampled.set(0, upsampled(inputs.getFirst()));
        return upsampled;
    }

    private static TensorType upsampled(TensorType x) {
        Types.rank("upsample_conv2d", x, 4);
        Shape shape = x.shape();
        return x.with(
                shape.with(2, shape.dim(2).times(FACTOR)).with(3, shape.dim(3).times(FACTOR)));
    }

    @Override
    public Node decompose(List<Node> inputs) {
        Node x = inputs.getFirst();
        Shape large = upsampled(x.type()).shape();
        List<Node> read = new ArrayList<>(inputs);
        read.set(0, x.then(new UpsampleNearestOp(large.dim(2), large.dim(3))));
        return Node.of(x.scope(), conv, read);
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return conv.flops(inputs, output);
    }
}
