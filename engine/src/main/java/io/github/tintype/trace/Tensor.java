package io.github.tintype.trace;

import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.ArgMaxOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.QuantizedLinearOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.StoredWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UndecidedSizeException;
import io.github.tintype.tensor.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * An immutable value that is recorded, not yet computed. Each method adds a node; sizes and types that don't fit are an error at
 * once. Nothing is computed before it is read ({@link #toHost}, {@link #item}) or an engine is asked to.
 *
 * <p>Names and meanings are torch.Tensor's. Axes may be negative. Two tensors of one operation have one {@link DType}; a
 * {@code double} beside a tensor never changes its type.
 */
public final class Tensor implements Elementwise {
    private final Node node;
    private final Optional<Evaluator> evaluator;

    private Tensor(Node node, Optional<Evaluator> evaluator) {
        this.node = node;
        this.evaluator = evaluator;
    }

    /** For engines: a tensor over a node, read by {@code evaluator}; none while tracing. */
    public static Tensor over(Node node, Optional<Evaluator> evaluator) {
        return new Tensor(node, evaluator);
    }

    /** For engines: the node that this tensor stands for. */
    public Node node() {
        return node;
    }

    /** Data known while tracing. Nothing is copied. */
    public static Tensor of(HostTensor constant) {
        return leaf(new LeafOp.Constant(constant));
    }

    /** A weight. */
    public static Tensor parameter(Weight weight) {
        return weight instanceof StoredWeight narrow
                ? leaf(new LeafOp.Parameter(narrow.stored())).to(narrow.type().dtype())
                : leaf(new LeafOp.Parameter(weight));
    }

    /** Every element is {@code value}. */
    public static Tensor full(TensorType type, double value) {
        return leaf(new FullOp(type, value));
    }

    /** 0, 1, … n−1. */
    public static Tensor arange(Dim n, DType dtype) {
        return leaf(new ArangeOp(n, dtype));
    }

    private static Tensor leaf(Op op) {
        return new Tensor(Node.of(Region.current(), op, List.of()), Optional.empty());
    }

    static Tensor apply(Op op, Tensor... inputs) {
        List<Node> nodes = new ArrayList<>(inputs.length);
        Optional<Evaluator> evaluator = Optional.empty();
        for (Tensor input : inputs) {
            nodes.add(input.node);
            if (evaluator.isPresent() && input.evaluator.isPresent() && !evaluator.equals(input.evaluator)) {
                throw new ShapeException("%s: got tensors of two engines, wanted one".formatted(op.name()));
            }
            evaluator = evaluator.or(() -> input.evaluator);
        }
        return new Tensor(Node.of(Region.current(), op, nodes), evaluator);
    }

    /** A number of this tensor's kind, as an input. */
    Tensor scalar(double value) {
        return leaf(new LeafOp.Scalar(value, Node.scalarType(dtype())));
    }

    /** A tensor of which only the type is known: for what is recorded or planned and never run. */
    public static Tensor placeholder(TensorType type) {
        return over(Node.of(Scope.NONE, new LeafOp.Input(0, type), List.of()), Optional.empty());
    }

    /** Whether an engine can compute this tensor's value; not so while tracing. */
    public boolean isReadable() {
        return evaluator
                .filter(reader -> !(reader instanceof BreakingEvaluator))
                .isPresent();
    }

    public TensorType type() {
        return node.type();
    }

    public Shape shape() {
        return node.type().shape();
    }

    public DType dtype() {
        return node.type().dtype();
    }

    public Dim dim(int axis) {
        return shape().dim(axis);
    }

    // ---- reductions

    private Tensor reduce(ReduceOp.Kind kind, boolean keepdim, int... axes) {
        List<Integer> sorted = Arrays.stream(axes)
                .map(shape()::axis)
                .distinct()
                .sorted()
                .boxed()
                .toList();
        Tensor reduced = apply(new ReduceOp(kind, sorted), this);
        if (keepdim) {
            return reduced;
        }
        List<Dim> left = IntStream.range(0, shape().rank())
                .filter(axis -> !sorted.contains(axis))
                .mapToObj(this::dim)
                .toList();
        return reduced.reshape(new Shape(left));
    }

    public Tensor sum(boolean keepdim, int... axes) {
        return reduce(ReduceOp.Kind.SUM, keepdim, axes);
    }

    public Tensor mean(boolean keepdim, int... axes) {
        return reduce(ReduceOp.Kind.MEAN, keepdim, axes);
    }

    public Tensor amax(boolean keepdim, int... axes) {
        return reduce(ReduceOp.Kind.MAX, keepdim, axes);
    }

    /** Standard deviation over {@code axes}, whose sizes must be numbers if it is the unbiased one. */
    public Tensor std(boolean unbiased, boolean keepdim, int... axes) {
        Tensor centred = sub(mean(true, axes));
        Tensor variance = centred.square().mean(keepdim, axes);
        if (unbiased) {
            long count =
                    Arrays.stream(axes).mapToLong(axis -> shape().size(axis)).reduce(1, Math::multiplyExact);
            variance = variance.mul((double) count / (count - 1));
        }
        return variance.sqrt();
    }

    /** Index of the first largest element along {@code axis}, which goes away. */
    public Tensor argmax(int axis) {
        return apply(new ArgMaxOp(shape().axis(axis)), this);
    }

    // ---- shape

    public Tensor reshape(Shape shape) {
        return shape.equals(shape()) ? this : apply(new ReshapeOp(shape), this);
    }

    public Tensor reshape(Dim... dims) {
        return reshape(Shape.of(dims));
    }

    /** At most one size may be −1: what is left. */
    public Tensor reshape(long... sizes) {
        List<Dim> dims = new ArrayList<>();
        Dim known = Dim.ONE;
        int open = -1;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == -1 && open < 0) {
                open = i;
                dims.add(Dim.ONE);
                continue;
            }
            Dim dim = Dim.of(sizes[i]);
            known = known.times(dim);
            dims.add(dim);
        }
        if (open >= 0) {
            dims.set(open, shape().numel().divideExact(known));
        }
        return reshape(new Shape(dims));
    }

    public Tensor permute(int... order) {
        return apply(
                new PermuteOp(Arrays.stream(order).map(shape()::axis).boxed().toList()), this);
    }

    public Tensor transpose(int a, int b) {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, shape().rank()).boxed().toList());
        Collections.swap(order, shape().axis(a), shape().axis(b));
        return apply(new PermuteOp(order), this);
    }

    /** A new axis of size 1, which will be axis {@code axis} of the result. */
    public Tensor unsqueeze(int axis) {
        List<Dim> dims = new ArrayList<>(shape().dims());
        dims.add(axis < 0 ? axis + shape().rank() + 1 : axis, Dim.ONE);
        return reshape(new Shape(dims));
    }

    /** Without an axis of size 1. */
    public Tensor squeeze(int axis) {
        List<Dim> dims = new ArrayList<>(shape().dims());
        Dim removed = dims.remove(shape().axis(axis));
        if (!removed.is(1)) {
            throw UndecidedSizeException.unequal(
                    "squeeze: got axis %d of %s, wanted size 1".formatted(axis, type()), removed, Dim.ONE);
        }
        return reshape(new Shape(dims));
    }

    public Tensor expand(Shape shape) {
        return shape.equals(shape()) ? this : apply(new ExpandOp(shape), this);
    }

    /** Axes {@code from} to {@code to}, both included, as one. */
    public Tensor flatten(int from, int to) {
        int first = shape().axis(from);
        int last = shape().axis(to);
        List<Dim> dims = new ArrayList<>(shape().dims().subList(0, first));
        dims.add(new Shape(shape().dims().subList(first, last + 1)).numel());
        dims.addAll(shape().dims().subList(last + 1, shape().rank()));
        return reshape(new Shape(dims));
    }

    /** Elements {@code from} (included) to {@code to} (excluded) of one axis. */
    public Tensor slice(int axis, long from, long to) {
        int front = shape().axis(axis);
        return from == 0 && dim(front).is(to) ? this : apply(new SliceOp(front, from, to), this);
    }

    /** {@code n} equal parts along an axis, whose size must be a number. */
    public List<Tensor> chunk(int n, int axis) {
        long part = dim(axis).divideExact(Dim.of(n)).value();
        return IntStream.range(0, n)
                .mapToObj(i -> slice(axis, i * part, (i + 1) * part))
                .toList();
    }

    public static Tensor cat(int axis, List<Tensor> parts) {
        Tensor first = parts.getFirst();
        return parts.size() == 1 ? first : apply(new CatOp(first.shape().axis(axis)), parts.toArray(Tensor[]::new));
    }

    public static Tensor stack(int axis, List<Tensor> parts) {
        return cat(axis, parts.stream().map(part -> part.unsqueeze(axis)).toList());
    }

    public Tensor pad(int axis, long before, long after, double value) {
        return before == 0 && after == 0 ? this : apply(new PadOp(shape().axis(axis), before, after, value), this);
    }

    /** The whole axis, {@code times} times over: 0 1 0 1. */
    public Tensor repeat(int axis, long times) {
        return tile(shape().axis(axis), shape().axis(axis), times);
    }

    /** Each element of the axis {@code times} times: 0 0 1 1. */
    public Tensor repeatInterleave(int axis, long times) {
        return tile(shape().axis(axis), shape().axis(axis) + 1, times);
    }

    private Tensor tile(int axis, int at, long times) {
        Tensor open = unsqueeze(at);
        Tensor tiled = open.expand(open.shape().with(at, Dim.of(times)));
        return tiled.reshape(shape().with(axis, dim(axis).times(times)));
    }

    // ---- linear algebra and neural networks

    /** [...,m,k] · [...,k,n] → [...,m,n]. */
    public Tensor matmul(Tensor other) {
        return apply(new MatMulOp(), this, other);
    }

    /** This [...,i], weight [o,i], quantised or not, bias [o] → [...,o]. */
    public Tensor linear(Weight weight, Optional<Weight> bias) {
        return weight instanceof QuantizedWeight quantized
                ? linear(quantized, bias)
                : withWeights(new LinearOp(), weight, bias);
    }

    private Tensor linear(QuantizedWeight weight, Optional<Weight> bias) {
        if (weight.type().dtype() != dtype()) {
            throw new ShapeException("quantized_linear: got %s and %s, wanted one type".formatted(type(), weight));
        }
        List<Tensor> inputs = new ArrayList<>(List.of(this));
        weight.components().forEach(component -> inputs.add(parameter(component)));
        bias.ifPresent(b -> inputs.add(parameter(b)));
        return apply(new QuantizedLinearOp(weight.scheme()), inputs.toArray(Tensor[]::new));
    }

    /** This [n,c,h,w], weight [o,c/groups,kh,kw], bias [o] → [n,o,h',w']. */
    public Tensor conv2d(Weight weight, Optional<Weight> bias, int stride, int padding, int dilation, int groups) {
        return withWeights(new Conv2dOp(stride, padding, dilation, groups), weight, bias);
    }

    private Tensor withWeights(Op op, Weight weight, Optional<Weight> bias) {
        return bias.map(b -> apply(op, this, parameter(weight), parameter(b)))
                .orElseGet(() -> apply(op, this, parameter(weight)));
    }

    /** This [n,c,...], weight and bias [c]. */
    public Tensor groupNorm(int groups, Weight weight, Weight bias, double eps) {
        return apply(new GroupNormOp(groups, eps), this, parameter(weight), parameter(bias));
    }

    /** Over the last axis, then · weight + bias. */
    public Tensor layerNorm(Weight weight, Weight bias, double eps) {
        return apply(new LayerNormOp(eps), this, parameter(weight), parameter(bias));
    }

    /** Over the last axis, nothing else. */
    public Tensor layerNorm(double eps) {
        return apply(new LayerNormOp(eps), this);
    }

    public Tensor softmax(int axis) {
        return apply(new SoftmaxOp(shape().axis(axis)), this);
    }

    /**
     * softmax(this · keyᵀ · scale + mask) · value.
     *
     * @param key [b,h,s,d] for this [b,h,t,d]
     * @param value [b,h,s,e]
     * @param mask broadcasts to [b,h,t,s]; added if it is of this type, true = may attend if boolean
     * @param causal token i sees tokens 0 to i only; not together with a mask
     * @return [b,h,t,e]
     */
    public Tensor scaledDotProductAttention(
            Tensor key, Tensor value, Optional<Tensor> mask, boolean causal, double scale) {
        return scaledDotProductAttention(
                key, value, mask, causal, scale, SdpaKernel.current(), ScaledDotProductAttentionOp.ALL_HEADS);
    }

    /**
     * As {@link #scaledDotProductAttention(Tensor, Tensor, Optional, boolean, double)}, whatever is chosen around.
     *
     * @param choice by which back ends; if none of them can, that is an error when the program is planned
     * @param headsAtOnce of how many heads scores may exist at once, at least 1: less memory where they do exist. {@link Integer#MAX_VALUE} for all
     */
    public Tensor scaledDotProductAttention(
            Tensor key,
            Tensor value,
            Optional<Tensor> mask,
            boolean causal,
            double scale,
            SdpaChoice choice,
            int headsAtOnce) {
        Op op = new ScaledDotProductAttentionOp(causal, scale, choice, headsAtOnce);
        return mask.map(m -> apply(op, this, key, value, m)).orElseGet(() -> apply(op, this, key, value));
    }

    /** These indices' rows of {@code table} [n,c] → [...,c]. */
    public Tensor embedding(Weight table) {
        return apply(new IndexSelectOp(0), parameter(table), this);
    }

    /** Slices along {@code axis}, chosen by indices. */
    public Tensor indexSelect(int axis, Tensor index) {
        return apply(new IndexSelectOp(shape().axis(axis)), this, index);
    }

    /** This [n,c,·,·] → [n,c,h,w], torch's mode "nearest". */
    public Tensor upsampleNearest(Dim h, Dim w) {
        return apply(new UpsampleNearestOp(h, w), this);
    }

    // ---- reading: the only synchronisation points

    /**
     * The computed values.
     *
     * @throws ShapeException if no engine stands behind this tensor, as while tracing
     */
    public HostTensor toHost() {
        Evaluator reader = evaluator.orElseThrow(() -> new ShapeException(
                "reading %s: no value while tracing (at %s): keep it a tensor, or read it outside of forward"
                        .formatted(type(), Region.current())));
        return reader.read(this);
    }

    /** The value of a tensor with one element. @throws ShapeException as {@link #toHost}, or if there are more elements */
    public double item() {
        if (!shape().numel().is(1)) {
            throw new ShapeException("item: got %s, wanted one element".formatted(type()));
        }
        return toHost().getDouble(0);
    }

    @Override
    public String toString() {
        return "Tensor(" + node + ")";
    }
}
