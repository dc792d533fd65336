package io.github.tintype.graph;

import io.github.tintype.graph.BinaryOp.Kind;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizationScheme.Float8;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.stream.IntStream;

/**
 * x [...,i], the components of a {@link io.github.tintype.tensor.QuantizedWeight} [o,i], optional bias [o] → [...,o]. Inputs, weights and
 * biases are of one float type, that of x.
 *
 * <ul>
 *   <li>int8, weights only: (x · qᵀ) · s + bias; int4 and float8, weights only: x · (the weight that q, s and z stand for)ᵀ + bias
 *   <li>int8, dynamic: each token of x becomes integers by {@code s_x = max(amax|x| / 127.5, 2⁻²³)}, {@code round(x · (1/s_x))} within −128 … 127; products and sums of
 *       integers, then float(sum) · s_x · s + bias. torch has sums of 32 bits. Here they are F64, which holds the same numbers: a product has 15
 *       bits, so no sum that an int32 holds is rounded.
 *   <li>float8, dynamic: x becomes e4m3 by {@code s_x = amax|x| / 448} of a token or of all of x, at least 2⁻¹²⁶ so that a token of zeros stays one (torchao gives NaN); then
 *       (products in f32) · s_x · s + bias
 * </ul>
 *
 * Scales of x are computed in its type. Source: torchao 0.18 Int8Tensor, Float8Tensor, IntxUnpackedToInt8Tensor. In f16 the sum times {@code s_x} alone may
 * be infinite, so that it stays f32 until it has both scales.
 */
public record QuantizedLinearOp(QuantizationScheme scheme) implements CompositeOp {
    private static final double FLOAT8_RANGE = 448;

    @Override
    public String name() {
        return "quantized_linear";
    }

    /** The number of the bias among the inputs, if there is one. */
    public int biasIndex() {
        return 1 + scheme.parts().size();
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, biasIndex(), biasIndex() + 1);
        TensorType x = inputs.getFirst();
        Types.wantFloat(name(), x);
        if (x.shape().rank() == 0) {
            throw new ShapeException("%s: got %s, wanted rank 1 or more".formatted(name(), x));
        }
        TensorType values = inputs.get(1);
        Types.rank(name(), values, 2);
        long in = values.shape().size(1) * (scheme instanceof Int4 ? 2 : 1);
        Types.sameDim(name(), "x with a last size of", x.shape().dim(-1), Dim.of(in));
        Dim out = values.shape().dim(0);
        Shape weight = Shape.of(out, Dim.of(in));
        for (int i = 0; i < scheme.parts().size(); i++) {
            TensorType wanted = scheme.type(scheme.parts().get(i), weight);
            if (!inputs.get(1 + i).equals(wanted)) {
                throw new ShapeException(
                        "%s %s: got %s, wanted %s".formatted(name(), scheme, inputs.get(1 + i), wanted));
            }
        }
        if (inputs.size() > biasIndex()) {
            TensorType bias = inputs.get(biasIndex());
            Types.sameDType(name(), x, bias);
            Types.rank(name(), bias, 1);
            Types.sameDim(name(), "bias of size", bias.shape().dim(0), out);
        }
        return x.with(x.shape().with(-1, out));
    }

    @Override
    public Node decompose(List<Node> inputs) {
        Node x = inputs.getFirst();
        boolean vector = x.shape().rank() == 1;
        Node rows = vector ? x.then(new ReshapeOp(Shape.of(Dim.ONE, x.dim(0)))) : x;
        Node result = switch (scheme) {
            case Int8(boolean dynamic) -> dynamic ? int8Dynamic(rows, inputs) : int8(rows, inputs);
            case Int4 int4 -> withBias(product(rows, int4(int4, x.type().dtype(), inputs)), inputs);
            case Float8 float8 -> float8.dynamic() ? float8Dynamic(float8, rows, inputs) : float8(rows, inputs);
        };
        return vector ? result.then(new ReshapeOp(Shape.of(result.dim(1)))) : result;
    }

    private Node int8(Node x, List<Node> inputs) {
        DType dtype = x.type().dtype();
        Node product = product(x, cast(inputs.get(1), dtype));
        return withBias(product.then(op(Kind.MUL), cast(row(inputs.get(2)), dtype)), inputs);
    }

    private Node int8Dynamic(Node x, List<Node> inputs) {
        DType dtype = x.type().dtype();
        Node largest = largest(x, List.of(x.shape().rank() - 1));
        Node scale = cast(atLeast(over(largest, Int8.HALF_RANGE), Int8.LEAST_SCALE), DType.F32);
        Node inverse = scale.scalar(1).then(op(Kind.DIV), scale);
        Node near = cast(x, DType.F32).then(op(Kind.MUL), inverse).then(new UnaryOp(UnaryOp.Kind.ROUND));
        Node quantized = within(near, -128, 127);
        Node sums = cast(product(cast(quantized, DType.F64), cast(inputs.get(1), DType.F64)), DType.F32);
        Node scaled = sums.then(op(Kind.MUL), scale);
        Node rounded = dtype == DType.BF16 ? cast(cast(scaled, dtype), DType.F32) : scaled;
        return finish(rounded.then(op(Kind.MUL), row(inputs.get(2))), inputs);
    }

    private Node float8(Node x, List<Node> inputs) {
        Node weight = cast(inputs.get(1), DType.F32).then(op(Kind.MUL), inputs.get(2));
        return withBias(product(x, cast(weight, x.type().dtype())), inputs);
    }

    private Node float8Dynamic(Float8 float8, Node x, List<Node> inputs) {
        int last = x.shape().rank() - 1;
        List<Integer> axes = float8.perRow()
                ? List.of(last)
                : IntStream.rangeClosed(0, last).boxed().toList();
        Node scale = atLeast(cast(over(largest(x, axes), FLOAT8_RANGE), DType.F32), Float.MIN_NORMAL);
        Node within = within(cast(x, DType.F32).then(op(Kind.DIV), scale), -FLOAT8_RANGE, FLOAT8_RANGE);
        Node quantized = cast(cast(within, DType.F8_E4M3), DType.F32);
        Node product = product(quantized, cast(inputs.get(1), DType.F32));
        return finish(product.then(op(Kind.MUL), scale).then(op(Kind.MUL), row(inputs.get(2))), inputs);
    }

    /* The weight [o,i]. */
    private static Node int4(Int4 int4, DType dtype, List<Node> inputs) {
        Node pairs = cast(inputs.get(1), DType.F32);
        Node high = pairs.then(op(Kind.MUL), pairs.scalar(1 / 16.0)).then(new UnaryOp(UnaryOp.Kind.FLOOR));
        Node low = pairs.then(op(Kind.SUB), high.then(op(Kind.MUL), high.scalar(16)));
        Dim out = pairs.dim(0);
        Shape each = Shape.of(out, pairs.dim(1), Dim.ONE);
        Node codes = low.then(new ReshapeOp(each)).then(new CatOp(2), high.then(new ReshapeOp(each)));
        Dim groups = inputs.get(2).dim(1);
        Shape one = Shape.of(out, groups, Dim.ONE);
        Node grouped = codes.then(new ReshapeOp(Shape.of(out, groups, Dim.of(int4.groupSize()))));
        Node centred = cast(grouped.then(op(Kind.SUB), grouped.scalar(8)), dtype);
        Node scale = cast(inputs.get(2), dtype).then(new ReshapeOp(one));
        Node weight = switch (int4.zero()) {
            case MIDDLE -> centred.then(op(Kind.MUL), scale);
            case INTEGER ->
                centred.then(op(Kind.SUB), cast(inputs.get(3), dtype).then(new ReshapeOp(one)))
                        .then(op(Kind.MUL), scale);
            case FLOAT ->
                centred.then(op(Kind.MUL), scale)
                        .then(op(Kind.ADD), cast(inputs.get(3), dtype).then(new ReshapeOp(one)));
        };
        return weight.then(new ReshapeOp(Shape.of(out, groups.times(int4.groupSize()))));
    }

    private static BinaryOp op(Kind kind) {
        return new BinaryOp(kind);
    }

    private static Node cast(Node x, DType dtype) {
        return x.type().dtype() == dtype ? x : x.then(new CastOp(dtype));
    }

    private static Node largest(Node x, List<Integer> axes) {
        return x.then(new UnaryOp(UnaryOp.Kind.ABS)).then(new ReduceOp(ReduceOp.Kind.MAX, axes));
    }

    private static Node over(Node x, double divisor) {
        return x.then(op(Kind.DIV), x.scalar(divisor));
    }

    private static Node atLeast(Node x, double least) {
        return x.then(op(Kind.MAXIMUM), x.scalar(least));
    }

    private static Node within(Node x, double least, double most) {
        return atLeast(x, least).then(op(Kind.MINIMUM), x.scalar(most));
    }

    /* x · weightᵀ. */
    private static Node product(Node x, Node weight) {
        return x.then(new MatMulOp(), weight.then(new PermuteOp(List.of(1, 0))));
    }

    /* Scales [o,1] or [1,1] beside results [...,o]. */
    private static Node row(Node scales) {
        return scales.then(new ReshapeOp(Shape.of(scales.dim(0))));
    }

    private Node withBias(Node result, List<Node> inputs) {
        return inputs.size() > biasIndex() ? result.then(op(Kind.ADD), inputs.get(biasIndex())) : result;
    }

    /* From F32 to the type of x, the bias added before it is rounded. */
    private Node finish(Node result, List<Node> inputs) {
        Node sum = inputs.size() > biasIndex()
                ? result.then(op(Kind.ADD), cast(inputs.get(biasIndex()), DType.F32))
                : result;
        return cast(sum, inputs.getFirst().type().dtype());
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return 2 * output.shape().elements() * inputs.getFirst().shape().size(-1);
    }
}
