package io.github.tintype.loop;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Graphs of 8 ops and more, drawn at random: sizes odd and 1, broadcasts, views, mixed types, strides. Values stay within a few units, so that rounding can
 * be told from errors.
 */
public final class RandomCases {
    private static final long[] SIZES = {1, 2, 3, 5, 7, 17};
    private static final List<ActivationOp.Kind> ACTIVATIONS = List.of(ActivationOp.Kind.values());
    private static final List<DType> DTYPES = List.of(DType.F32, DType.F32, DType.F16, DType.BF16);

    private final SplittableRandom random;
    private final List<Node> inputs = new ArrayList<>();
    private final DType dtype;
    private boolean reduced;

    private RandomCases(long seed) {
        random = new SplittableRandom(seed);
        dtype = DTYPES.get(random.nextInt(DTYPES.size()));
    }

    /** That of a seed. */
    public static Case draw(long seed) {
        return new RandomCases(seed).draw();
    }

    private Case draw() {
        Node node = input(Shape.of(size(), random.nextInt(1, 4), size()));
        int ops = random.nextInt(8, 20);
        for (int i = 0; i < ops; i++) {
            node = next(node);
        }
        List<HostTensor> values = new ArrayList<>();
        List<Layout> layouts = new ArrayList<>();
        for (Node input : inputs) {
            values.add(StandardKernels.values(
                    inputs.size() + values.size(),
                    input.type().dtype(),
                    input.shape().sizes()));
            layouts.add(layout(input.shape()));
        }
        return new Case(FusedOp.of(node, inputs), values, layouts, Layout.contiguous(node.shape()));
    }

    private long size() {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private Node input(Shape shape) {
        Node node = Node.of(Scope.NONE, new LeafOp.Input(inputs.size(), new TensorType(dtype, shape)), List.of());
        inputs.add(node);
        return node;
    }

    /* Row-major, or with two axes in the other order, or with gaps. */
    private Layout layout(Shape shape) {
        long[] strides = shape.contiguousStrides();
        if (random.nextBoolean() || shape.rank() < 2) {
            return Layout.of(strides);
        }
        long gap = random.nextInt(1, 3);
        strides[shape.rank() - 1] = shape.size(-2) * gap;
        strides[shape.rank() - 2] = gap;
        for (int i = shape.rank() - 3; i >= 0; i--) {
            strides[i] = gap * shape.contiguousStrides()[i];
        }
        return Layout.of(strides);
    }

    /* A shape that broadcasts to another. */
    private Shape narrower(Shape shape) {
        long[] sizes = shape.sizes();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = random.nextInt(3) == 0 ? 1 : sizes[i];
        }
        return Shape.of(sizes);
    }

    private Node next(Node x) {
        int axis = random.nextInt(x.shape().rank());
        return switch (random.nextInt(13)) {
            case 0 -> x.then(new BinaryOp(BinaryOp.Kind.ADD), input(narrower(x.shape())));
            case 1 ->
                x.then(new UnaryOp(UnaryOp.Kind.TANH))
                        .then(new BinaryOp(BinaryOp.Kind.MUL), input(narrower(x.shape())));
            case 2 -> x.then(new ActivationOp(ACTIVATIONS.get(random.nextInt(ACTIVATIONS.size()))));
            case 3 -> x.then(new UnaryOp(UnaryOp.Kind.SIN));
            case 4 -> x.then(new BinaryOp(BinaryOp.Kind.MAXIMUM), x.scalar(random.nextDouble(-1, 1)));
            case 5 -> {
                Node y = input(x.shape());
                yield x.then(new CompareOp(CompareOp.Kind.LT), x.scalar(0.5)).then(new WhereOp(), x, y);
            }
            case 6 -> permuted(x);
            case 7 -> x.then(new ReshapeOp(reshaped(x.shape())));
            case 8 -> {
                long from = random.nextLong(x.shape().size(axis));
                yield x.then(
                        new SliceOp(axis, from, random.nextLong(from, x.shape().size(axis)) + 1));
            }
            case 9 ->
                x.shape().elements() > 600 ? x : x.then(new PadOp(axis, random.nextInt(2), random.nextInt(3), 0.25));
            case 10 ->
                x.shape().elements() > 600
                        ? x
                        : x.then(new CatOp(axis), input(x.shape().with(axis, Dim.of(size()))));
            case 11 -> reduced(x, axis);
            default -> x.then(new CastOp(DType.F32)).then(new CastOp(dtype));
        };
    }

    private Node permuted(Node x) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < x.shape().rank(); i++) {
            order.add(random.nextInt(order.size() + 1), i);
        }
        return x.then(new PermuteOp(order));
    }

    private static Shape reshaped(Shape shape) {
        long[] sizes = shape.sizes();
        return sizes.length > 2
                ? Shape.of(sizes[0] * sizes[1], Arrays.stream(sizes).skip(2).reduce(1, (a, b) -> a * b))
                : Shape.of(1, sizes[0], shape.elements() / sizes[0]);
    }

    private Node reduced(Node x, int axis) {
        if (reduced) {
            return x;
        }
        reduced = true;
        ReduceOp.Kind kind = random.nextBoolean() ? ReduceOp.Kind.MEAN : ReduceOp.Kind.MAX;
        Node result = x.then(new ReduceOp(kind, List.of(axis)));
        return random.nextBoolean()
                ? result.then(new ExpandOp(x.shape()))
                : x.then(new BinaryOp(BinaryOp.Kind.SUB), result);
    }
}
