package io.github.tintype.differential;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.ArgMaxOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * A graph of 8 to 48 operators, drawn from a seed: sizes odd and 1, broadcasts, views, reductions, norms, products, convolutions,
 * attention, masks and integers, f32, f16 and bf16 with casts between them.
 *
 * <p>Each step changes the last result, often with an earlier one beside it, and is drawn again if its values are too large, too small or
 * none: so results are a few units and rounding can be told from errors. Nothing hangs on a computed value in jumps, or a rounding could
 * turn it: comparisons of computed values choose between things that are equal where the comparison turns; rounding, look-ups and
 * maxima's places are of inputs, which are exact.
 */
final class DrawnGraph {
    private static final long[] SIZES = {1, 1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 33};
    private static final List<DType> FLOATS = List.of(DType.F32, DType.F16, DType.BF16);
    private static final long MOST_ELEMENTS = 4000;
    private static final ActivationOp.Kind[] ACTIVATIONS = ActivationOp.Kind.values();

    private final SplittableRandom random;
    private final List<HostTensor> values = new ArrayList<>();
    private final Truth truth = new Truth(values);
    private final List<Node> results = new ArrayList<>();
    private final boolean mixed;
    private DType dtype;
    private int weights;

    private DrawnGraph(long seed) {
        random = new SplittableRandom(seed);
        dtype = FLOATS.get(random.nextInt(3));
        mixed = random.nextInt(3) > 0;
    }

    /** A graph and what it is run on. */
    record Drawn(Graph graph, List<HostTensor> inputs) {
        /** Nodes that compute. */
        List<Node> operators() {
            return graph.nodes().stream()
                    .filter(node -> !(node.op() instanceof LeafOp))
                    .toList();
        }
    }

    static Drawn of(long seed) {
        return new DrawnGraph(seed).draw();
    }

    private Drawn draw() {
        int wanted = random.nextInt(8, 41);
        results.add(input(shape(random.nextInt(1, 5))));
        Drawn drawn = drawn(List.of(last()));
        while (drawn.operators().size() < wanted) {
            step();
            drawn = drawn(List.of(last()));
        }
        if (random.nextInt(3) == 0) {
            // A result of the middle leaves too: it can't be fused away.
            drawn = drawn(List.of(last(), results.get(random.nextInt(1, results.size()))));
        }
        return drawn;
    }

    private Drawn drawn(List<Node> outputs) {
        return new Drawn(Graph.of(outputs), values);
    }

    private Node last() {
        return results.getLast();
    }

    private void step() {
        for (int attempt = 0; attempt < 100; attempt++) {
            int inputs = values.size();
            Optional<Node> next = attempt();
            if (next.isPresent() && isTame(next.get())) {
                results.add(next.get());
                dtype = next.get().type().dtype();
                return;
            }
            values.subList(inputs, values.size()).clear();
        }
        throw new IllegalStateException("no step found after " + last());
    }

    private Optional<Node> attempt() {
        try {
            return next(last());
        } catch (ShapeException e) {
            return Optional.empty(); // sizes that this op doesn't take
        }
    }

    private boolean isTame(Node node) {
        long elements = node.shape().elements();
        if (elements == 0 || elements > MOST_ELEMENTS) {
            return false;
        }
        HostTensor value = truth.of(node);
        double rms = Math.sqrt(Nearness.meanSquare(value));
        return value.isFinite() && rms > 0.02 && rms < 8;
    }

    /* Leaves. */

    private long size() {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private Shape shape(int rank) {
        while (true) {
            Shape shape = Shape.of(LongStream.range(0, rank).map(_ -> size()).toArray());
            if (shape.elements() <= MOST_ELEMENTS / 4) {
                return shape;
            }
        }
    }

    private Node input(Shape shape) {
        return input(new TensorType(dtype, shape), -1, 1);
    }

    private Node input(TensorType type, double from, double to) {
        HostTensor value = HostTensor.allocate(type);
        for (long i = 0; i < value.elements(); i++) {
            double drawn = random.nextDouble(from, to);
            value.setDouble(i, type.dtype().isFloat() ? drawn : Math.floor(drawn));
        }
        values.add(value);
        return Node.of(Scope.NONE, new LeafOp.Input(values.size() - 1, type), List.of());
    }

    private Node mask(Shape shape) {
        return switch (random.nextInt(3)) {
            case 0 -> input(new TensorType(DType.BOOL, shape), 0, 2);
            case 1 -> input(new TensorType(DType.BOOL, shape), 0, 2).then(new UnaryOp(UnaryOp.Kind.NOT));
            default -> {
                DType type = random.nextBoolean() ? DType.I64 : DType.I32;
                Node a = input(new TensorType(type, shape), 0, 4);
                Node b = input(new TensorType(type, narrower(shape)), 0, 4);
                yield a.then(new CompareOp(pick(CompareOp.Kind.values())), b);
            }
        };
    }

    /* Weights are stored in any type and seen by the graph in its own. */
    private Node weight(long... sizes) {
        long terms = Shape.of(sizes).elements() / sizes[0];
        TensorType type = TensorType.of(dtype, sizes);
        double most = sizes.length == 1 ? 1 : 1.7 / Math.sqrt((double) terms);
        if (random.nextInt(4) == 0) {
            return input(type, -most, most);
        }
        HostTensor stored = HostTensor.allocate(type.with(pick(FLOATS.toArray(DType[]::new))));
        for (long i = 0; i < stored.elements(); i++) {
            stored.setDouble(i, random.nextDouble(-most, most));
        }
        DenseWeight weight = new DenseWeight("w" + weights++, dtype, stored);
        return Node.of(Scope.NONE, new LeafOp.Parameter(weight), List.of());
    }

    private <T> T pick(T[] choices) {
        return choices[random.nextInt(choices.length)];
    }

    private Shape narrower(Shape shape) {
        long[] sizes = shape.sizes().clone();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = random.nextInt(3) == 0 ? 1 : sizes[i];
        }
        int from = sizes.length > 1 && random.nextInt(4) == 0 ? 1 : 0;
        return Shape.of(Arrays.copyOfRange(sizes, from, sizes.length));
    }

    /* Something to stand beside x: an input, or an earlier result that broadcasts to it, in its type. */
    private Node beside(Node x) {
        if (random.nextInt(3) > 0) {
            for (int i = 0; i < 6; i++) {
                Node earlier = results.get(random.nextInt(results.size()));
                if (broadcasts(earlier.shape(), x.shape())) {
                    return cast(earlier, x.type().dtype());
                }
            }
        }
        return input(narrower(x.shape()));
    }

    private static boolean broadcasts(Shape from, Shape to) {
        try {
            return Shape.broadcast("beside", from, to).equals(to);
        } catch (ShapeException e) {
            return false;
        }
    }

    private static Node cast(Node x, DType to) {
        return x.type().dtype() == to ? x : x.then(new CastOp(to));
    }

    /* Steps. */

    private Optional<Node> next(Node x) {
        int rank = x.shape().rank();
        int axis = random.nextInt(rank);
        Node next = switch (random.nextInt(32)) {
            case 0, 1 -> unary(x);
            case 2, 3 -> x.then(new ActivationOp(pick(ACTIVATIONS)));
            case 4, 5, 6 -> binary(x);
            case 7 -> withScalar(x);
            case 8 -> chosen(x);
            case 9 -> masked(x);
            case 10 -> withIntegers(x, axis);
            case 11, 12 -> mixed ? recast(x) : unary(x);
            case 13 -> permuted(x);
            case 14 -> x.then(new ReshapeOp(reshaped(x.shape())));
            case 15 -> sliced(x, axis);
            case 16 -> x.then(new PadOp(axis, random.nextInt(2), random.nextInt(3), pick(new Double[] {0.0, 0.25})));
            case 17 -> catenated(x, axis);
            case 18 -> expanded(x, axis);
            case 19, 20, 21 -> reduced(x);
            case 22 ->
                x.then(new SoftmaxOp(random.nextBoolean() ? rank - 1 : axis))
                        .then(new BinaryOp(BinaryOp.Kind.MUL), x.scalar((double)
                                x.shape().size(-1)));
            case 23 -> layerNorm(x);
            case 24 -> groupNorm(x);
            case 25, 26 -> linear(x);
            case 27 -> product(x);
            case 28 -> convolution(x);
            case 29 -> attention(x);
            case 30 -> resized(x);
            default -> gated(x);
        };
        return Optional.of(next);
    }

    private Node unary(Node x) {
        Node positive = x.then(new UnaryOp(UnaryOp.Kind.ABS)).then(new BinaryOp(BinaryOp.Kind.ADD), x.scalar(0.25));
        return switch (random.nextInt(10)) {
            case 0 -> x.then(new UnaryOp(UnaryOp.Kind.TANH));
            case 1 -> x.then(new UnaryOp(UnaryOp.Kind.SIN));
            case 2 -> x.then(new UnaryOp(UnaryOp.Kind.COS));
            case 3 -> x.then(new UnaryOp(UnaryOp.Kind.ERF));
            case 4 -> x.then(new UnaryOp(UnaryOp.Kind.NEG));
            case 5 -> positive;
            case 6 -> positive.then(new UnaryOp(UnaryOp.Kind.SQRT));
            case 7 -> positive.then(new UnaryOp(UnaryOp.Kind.RSQRT));
            case 8 -> positive.then(new UnaryOp(UnaryOp.Kind.LOG));
            default -> x.then(new BinaryOp(BinaryOp.Kind.MINIMUM), x.scalar(1)).then(new UnaryOp(UnaryOp.Kind.EXP));
        };
    }

    private Node binary(Node x) {
        Node y = beside(x);
        boolean swap = random.nextBoolean();
        return switch (random.nextInt(8)) {
            case 0, 1 -> swap ? y.then(new BinaryOp(BinaryOp.Kind.ADD), x) : x.then(new BinaryOp(BinaryOp.Kind.ADD), y);
            case 2 -> swap ? y.then(new BinaryOp(BinaryOp.Kind.SUB), x) : x.then(new BinaryOp(BinaryOp.Kind.SUB), y);
            case 3, 4 -> swap ? y.then(new BinaryOp(BinaryOp.Kind.MUL), x) : x.then(new BinaryOp(BinaryOp.Kind.MUL), y);
            case 5 ->
                x.then(
                        new BinaryOp(BinaryOp.Kind.DIV),
                        y.then(new UnaryOp(UnaryOp.Kind.ABS)).then(new BinaryOp(BinaryOp.Kind.ADD), y.scalar(0.5)));
            case 6 -> x.then(new BinaryOp(BinaryOp.Kind.MAXIMUM), y);
            default -> x.then(new BinaryOp(BinaryOp.Kind.MINIMUM), y);
        };
    }

    private Node withScalar(Node x) {
        double number = random.nextDouble(0.3, 1.7);
        return switch (random.nextInt(5)) {
            case 0 -> x.then(new BinaryOp(BinaryOp.Kind.ADD), x.scalar(number));
            case 1 -> x.scalar(number).then(new BinaryOp(BinaryOp.Kind.SUB), x);
            case 2 -> x.then(new BinaryOp(BinaryOp.Kind.MUL), x.scalar(number));
            case 3 -> x.then(new BinaryOp(BinaryOp.Kind.DIV), x.scalar(number));
            default ->
                x.then(new UnaryOp(UnaryOp.Kind.ABS))
                        .then(new BinaryOp(BinaryOp.Kind.ADD), x.scalar(0.25))
                        .then(new BinaryOp(BinaryOp.Kind.POW), x.scalar(number));
        };
    }

    /* By a comparison with a computed value, both choices being equal where it turns. */
    private Node chosen(Node x) {
        Node limit = x.scalar(random.nextDouble(-0.5, 0.5));
        CompareOp.Kind kind =
                pick(new CompareOp.Kind[] {CompareOp.Kind.LT, CompareOp.Kind.LE, CompareOp.Kind.GT, CompareOp.Kind.GE});
        Node bent = x.then(new BinaryOp(BinaryOp.Kind.SUB), limit)
                .then(new BinaryOp(BinaryOp.Kind.MUL), x.scalar(0.25))
                .then(new BinaryOp(BinaryOp.Kind.ADD), limit);
        return x.then(new CompareOp(kind), limit).then(new WhereOp(), x, bent);
    }

    private Node masked(Node x) {
        Node mask = mask(narrower(x.shape()));
        return random.nextBoolean()
                ? mask.then(new WhereOp(), x, beside(x))
                : mask.then(new WhereOp(), x, x.scalar(-0.5));
    }

    private Node withIntegers(Node x, int axis) {
        long size = x.shape().size(axis);
        return switch (random.nextInt(5)) {
            case 0 -> { // look-up
                long count = SIZES[random.nextInt(6)];
                yield x.then(new IndexSelectOp(axis), input(TensorType.of(DType.I64, count), 0, (double) size));
            }
            case 1 -> { // positions
                DType type = random.nextBoolean() ? DType.I64 : DType.F32;
                Node positions =
                        Node.of(Scope.NONE, new ArangeOp(Dim.of(x.shape().size(-1)), type), List.of());
                Node scaled = cast(positions, x.type().dtype()).then(new BinaryOp(BinaryOp.Kind.MUL), x.scalar(0.0625));
                yield x.then(new BinaryOp(BinaryOp.Kind.ADD), scaled);
            }
            case 2 -> { // counts
                DType type = pick(new DType[] {DType.I64, DType.I32, DType.U8});
                Node count = input(new TensorType(type, narrower(x.shape())), 0, 5);
                Node twice = count.then(new BinaryOp(BinaryOp.Kind.ADD), count);
                yield x.then(
                        new BinaryOp(BinaryOp.Kind.MUL),
                        cast(twice, x.type().dtype()).then(new BinaryOp(BinaryOp.Kind.MUL), x.scalar(0.25)));
            }
            case 3 -> { // the place of an input's maximum, and a mask as a number
                Node place = input(x.shape()).then(new ArgMaxOp(axis));
                Node first = place.then(new CompareOp(CompareOp.Kind.EQ), place.scalar(0));
                Node kept = x.then(new ReduceOp(ReduceOp.Kind.MEAN, List.of(axis)));
                yield x.then(
                        new BinaryOp(BinaryOp.Kind.ADD),
                        cast(first.then(new ReshapeOp(kept.shape())), x.type().dtype()));
            }
            default -> { // rounding of an input
                Node rounded = input(new TensorType(x.type().dtype(), narrower(x.shape())), -3, 3)
                        .then(new UnaryOp(random.nextBoolean() ? UnaryOp.Kind.ROUND : UnaryOp.Kind.FLOOR));
                Node full =
                        Node.of(Scope.NONE, new FullOp(new TensorType(x.type().dtype(), Shape.of(1)), 0.5), List.of());
                yield x.then(new BinaryOp(BinaryOp.Kind.ADD), rounded.then(new BinaryOp(BinaryOp.Kind.MUL), full));
            }
        };
    }

    private Node recast(Node x) {
        DType to = pick(FLOATS.toArray(DType[]::new));
        return to == x.type().dtype() ? unary(x) : x.then(new CastOp(to));
    }

    private Node permuted(Node x) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < x.shape().rank(); i++) {
            order.add(random.nextInt(order.size() + 1), i);
        }
        return x.then(new PermuteOp(order));
    }

    private Shape reshaped(Shape shape) {
        long[] sizes = shape.sizes();
        return switch (random.nextInt(4)) {
            case 0 -> Shape.of(shape.elements());
            case 1 -> Shape.of(1, sizes[0], shape.elements() / sizes[0]);
            case 2 -> Shape.of(sizes[0], 1, 1, shape.elements() / sizes[0]);
            default -> {
                long last = sizes[sizes.length - 1];
                long split = last % 2 == 0 ? 2 : last % 3 == 0 ? 3 : 1;
                long[] rest = Arrays.copyOf(sizes, sizes.length - 1);
                long before = Arrays.stream(rest).reduce(1, (a, b) -> a * b);
                yield Shape.of(before, split, last / split);
            }
        };
    }

    private Node sliced(Node x, int axis) {
        long from = random.nextLong(x.shape().size(axis));
        return x.then(new SliceOp(axis, from, random.nextLong(from, x.shape().size(axis)) + 1));
    }

    private Node catenated(Node x, int axis) {
        Node other = random.nextBoolean()
                ? x.then(new UnaryOp(UnaryOp.Kind.SIN))
                : input(x.shape().with(axis, Dim.of(size())));
        return random.nextBoolean() ? x.then(new CatOp(axis), other) : other.then(new CatOp(axis), x);
    }

    private Node expanded(Node x, int axis) {
        if (x.shape().size(axis) == 1) {
            return x.then(new ExpandOp(x.shape().with(axis, Dim.of(size()))));
        }
        long[] sizes = new long[x.shape().rank() + 1];
        System.arraycopy(x.shape().sizes(), 0, sizes, 1, x.shape().rank());
        sizes[0] = random.nextInt(1, 4);
        return sizes.length > 4 ? x.then(new UnaryOp(UnaryOp.Kind.COS)) : x.then(new ExpandOp(Shape.of(sizes)));
    }

    /* Over one axis or two, and mostly put back beside what was reduced. */
    private Node reduced(Node x) {
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < x.shape().rank(); i++) {
            if (random.nextInt(x.shape().rank()) == 0) {
                axes.add(i);
            }
        }
        if (axes.isEmpty()) {
            axes.add(x.shape().rank() - 1);
        }
        ReduceOp.Kind kind = pick(ReduceOp.Kind.values());
        Node of = random.nextInt(3) == 0 ? x.then(new BinaryOp(BinaryOp.Kind.MUL), x) : x;
        Node result = of.then(new ReduceOp(kind, axes));
        if (kind == ReduceOp.Kind.SUM) {
            double count = (double) x.shape().elements() / result.shape().elements();
            result = result.then(new BinaryOp(BinaryOp.Kind.MUL), result.scalar(1 / Math.sqrt(count)));
        }
        return switch (random.nextInt(6)) {
            case 0 -> result;
            case 1 -> result.then(new ExpandOp(x.shape()));
            case 2, 3 -> x.then(new BinaryOp(BinaryOp.Kind.SUB), result);
            case 4 -> x.then(new BinaryOp(BinaryOp.Kind.ADD), result);
            default -> x.then(new BinaryOp(BinaryOp.Kind.MUL), result);
        };
    }

    private Node layerNorm(Node x) {
        long c = x.shape().size(-1);
        LayerNormOp op = new LayerNormOp(random.nextBoolean() ? 1e-2 : 1e-1);
        return random.nextBoolean() ? x.then(op) : x.then(op, weight(c), weight(c));
    }

    private Node groupNorm(Node x) {
        Node image = x.shape().rank() >= 2
                ? x
                : x.then(new ReshapeOp(Shape.of(1, x.shape().size(0))));
        long c = image.shape().size(1);
        int groups = c % 3 == 0 ? 3 : c % 4 == 0 ? 4 : c % 2 == 0 && random.nextBoolean() ? 2 : 1;
        return image.then(new GroupNormOp(groups, 1e-2), weight(c), weight(c));
    }

    /* One layer, or several of one input, as projections of attention are. */
    private Node linear(Node x) {
        long k = x.shape().size(-1);
        long o = size();
        Node first = random.nextBoolean()
                ? x.then(new LinearOp(), weight(o, k))
                : x.then(new LinearOp(), weight(o, k), weight(o));
        if (random.nextInt(3) > 0) {
            return first;
        }
        Node second = x.then(new LinearOp(), weight(o, k));
        return first.then(new BinaryOp(BinaryOp.Kind.MUL), second.then(new ActivationOp(pick(ACTIVATIONS))));
    }

    private Node product(Node x) {
        if (x.shape().rank() < 2) {
            return linear(x);
        }
        int rank = x.shape().rank();
        double scale = 1 / Math.sqrt((double) x.shape().size(-1));
        Node scaled = x.then(new BinaryOp(BinaryOp.Kind.MUL), x.scalar(scale));
        if (random.nextBoolean()) {
            List<Integer> order = new ArrayList<>(
                    LongStream.range(0, rank).mapToObj(i -> (int) i).toList());
            order.set(rank - 1, rank - 2);
            order.set(rank - 2, rank - 1);
            return scaled.then(new MatMulOp(), x.then(new PermuteOp(order)));
        }
        long[] other = narrower(x.shape()).sizes();
        if (other.length < 2) {
            other = new long[] {1, 1};
        }
        other[other.length - 2] = x.shape().size(-1);
        other[other.length - 1] = size();
        return scaled.then(new MatMulOp(), input(Shape.of(other)));
    }

    private Node image(Node x) {
        if (x.shape().rank() == 4) {
            return x;
        }
        long[] sizes = {1, 1, 1, 1};
        System.arraycopy(
                x.shape().sizes(), 0, sizes, 4 - x.shape().rank(), x.shape().rank());
        return x.then(new ReshapeOp(Shape.of(sizes)));
    }

    private Node convolution(Node x) {
        Node image = image(x);
        long c = image.shape().size(1);
        int kernel = random.nextInt(3) == 0 ? 1 : 3;
        int stride = random.nextInt(4) == 0 ? 2 : 1;
        int groups = c > 1 && random.nextInt(5) == 0 ? Math.toIntExact(c) : 1;
        long o = groups == 1 ? size() : c;
        Conv2dOp op = new Conv2dOp(stride, kernel / 2, 1, groups);
        Node weight = weight(o, c / groups, kernel, kernel);
        Node result = random.nextBoolean() ? image.then(op, weight) : image.then(op, weight, weight(o));
        return switch (random.nextInt(4)) {
            case 0 -> result.then(new ActivationOp(ActivationOp.Kind.SILU));
            case 1 -> result.then(new BinaryOp(BinaryOp.Kind.ADD), beside(result));
            case 2 -> result.then(new BinaryOp(BinaryOp.Kind.ADD), input(Shape.of(1, o, 1, 1)));
            default -> result;
        };
    }

    private Node attention(Node x) {
        Node rows = x.shape().rank() == 4 ? x : image(x);
        long keys = rows.shape().size(2);
        ScaledDotProductAttentionOp op = new ScaledDotProductAttentionOp(
                random.nextInt(4) == 0, 1 / Math.sqrt((double) rows.shape().size(3)));
        Node k = random.nextBoolean() ? rows : input(rows.shape());
        Node v = random.nextBoolean() ? rows : input(rows.shape());
        if (op.causal() || random.nextInt(3) > 0) {
            return rows.then(op, k, v);
        }
        Shape scores = Shape.of(1, 1, rows.shape().size(2), keys);
        return random.nextBoolean() ? rows.then(op, k, v, input(narrower(scores))) : rows.then(op, k, v, mask(scores));
    }

    private Node resized(Node x) {
        Node image = image(x);
        long h = image.shape().size(2) * (random.nextBoolean() ? 2 : 1) + random.nextInt(2);
        long w = image.shape().size(3) * 2;
        return image.then(new UpsampleNearestOp(Dim.of(h), Dim.of(w)));
    }

    /* A half of the last axis times an activation of the other. */
    private Node gated(Node x) {
        long c = x.shape().size(-1);
        if (c % 2 != 0) {
            return x.then(new ActivationOp(ActivationOp.Kind.GELU)).then(new BinaryOp(BinaryOp.Kind.MUL), x);
        }
        int axis = x.shape().rank() - 1;
        return x.then(new SliceOp(axis, 0, c / 2))
                .then(
                        new BinaryOp(BinaryOp.Kind.MUL),
                        x.then(new SliceOp(axis, c / 2, c)).then(new ActivationOp(pick(ACTIVATIONS))));
    }
}
