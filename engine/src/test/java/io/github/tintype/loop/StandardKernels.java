package io.github.tintype.loop;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/** The kernels that diffusion models are made of, at small odd sizes: for the interpreter's tests and compilers'. */
public final class StandardKernels {
    private static final Op ADD = new BinaryOp(BinaryOp.Kind.ADD);
    private static final Op MUL = new BinaryOp(BinaryOp.Kind.MUL);

    private StandardKernels() {}

    /** Values from −3 to 3; indices from 0 to 4. */
    public static HostTensor values(long seed, DType dtype, long... shape) {
        HostTensor tensor = HostTensor.allocate(TensorType.of(dtype, shape));
        SplittableRandom random = new SplittableRandom(seed);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setDouble(i, dtype.isFloat() ? random.nextDouble(-3, 3) : random.nextInt(0, 5));
        }
        return tensor;
    }

    /** A fused op of what {@code body} makes of inputs. */
    public static Case fused(Function<List<Node>, Node> body, HostTensor... values) {
        List<Node> inputs = new ArrayList<>();
        for (HostTensor value : values) {
            inputs.add(Node.of(Scope.NONE, new LeafOp.Input(inputs.size(), value.type()), List.of()));
        }
        return Case.of(FusedOp.of(body.apply(inputs), inputs), values);
    }

    /** By name, for one type of the floats. */
    public static Map<String, Case> of(DType dtype) {
        return of(dtype, new Sizes(2, 6, 3, 5, 7, 3, 5, 77, 33));
    }

    /** Likewise, where rows and channels are multiples of 8, as in models. */
    public static Map<String, Case> even(DType dtype) {
        return of(dtype, new Sizes(2, 16, 4, 6, 4, 3, 4, 88, 40));
    }

    /** Likewise, where all there is is one. */
    public static Map<String, Case> single(DType dtype) {
        return of(dtype, new Sizes(1, 1, 1, 1, 1, 1, 1, 1, 1));
    }

    /** Likewise, of the sizes of a UNet's middle: rows and images that take more than a warp. */
    public static Map<String, Case> wide(DType dtype) {
        return of(dtype, new Sizes(1, 320, 32, 8, 8, 1, 2, 1280, 640));
    }

    /**
     * What cases are made of.
     *
     * @param row elements of a row that is reduced
     * @param plain elements of a row that isn't
     */
    private record Sizes(
            long n, long channels, int groups, long height, long width, long outer, long rows, long row, long plain) {}

    private static Map<String, Case> of(DType dtype, Sizes sizes) {
        Map<String, Case> cases = new LinkedHashMap<>();
        HostTensor image = values(1, dtype, sizes.n, sizes.channels, sizes.height, sizes.width);
        HostTensor channels = values(2, dtype, sizes.channels);
        HostTensor rows = values(3, dtype, sizes.outer, sizes.rows, sizes.row);
        HostTensor row = values(4, dtype, sizes.row);
        Op silu = new ActivationOp(ActivationOp.Kind.SILU);
        Function<List<Node>, Node> norm = in -> in.get(0)
                .then(new GroupNormOp(sizes.groups, 1e-5), in.get(1), in.get(2))
                .then(silu);
        cases.put("group_norm_silu", fused(norm, image, channels, channels).channelsLast());
        cases.put("group_norm_silu_contiguous", fused(norm, image, channels, channels));
        cases.put(
                "layer_norm", fused(in -> in.get(0).then(new LayerNormOp(1e-5), in.get(1), in.get(2)), rows, row, row));
        cases.put("softmax", fused(in -> in.get(0).then(new SoftmaxOp(2)), rows));
        cases.put("rms_norm", fused(StandardKernels::rmsNorm, rows, row));
        cases.put("geglu", fused(StandardKernels::geglu, values(5, dtype, sizes.outer, sizes.rows, 2 * sizes.plain)));
        cases.put(
                "add",
                fused(
                        in -> in.get(0).then(ADD, in.get(1)),
                        rows,
                        values(6, dtype, sizes.outer, sizes.rows, sizes.row)));
        cases.put(
                "add_broadcast",
                fused(in -> in.get(0).then(ADD, in.get(1)), image, values(7, dtype, sizes.n, sizes.channels, 1, 1))
                        .channelsLast());
        cases.put(
                "upsample",
                fused(
                                in -> in.get(0)
                                        .then(new UpsampleNearestOp(Dim.of(2 * sizes.height), Dim.of(2 * sizes.width))),
                                image)
                        .channelsLast());
        cases.put(
                "upsample_odd",
                fused(
                        in -> in.get(0)
                                .then(new UpsampleNearestOp(Dim.of(2 * sizes.height + 1), Dim.of(2 * sizes.width - 1))),
                        image));
        cases.put(
                "embedding",
                fused(
                        in -> in.get(0).then(new IndexSelectOp(0), in.get(1)).then(ADD, in.get(2)),
                        values(8, dtype, 5, sizes.plain),
                        values(9, DType.I64, 2, 7),
                        values(10, dtype, 7, sizes.plain)));
        cases.put(
                "dequantise",
                fused(in -> dequantise(in, dtype), values(11, DType.I8, 9, sizes.plain + 4), values(12, dtype, 9, 1)));
        cases.put("quantise", fused(StandardKernels::quantise, values(13, dtype, 9, sizes.plain + 4)));
        cases.put(
                "guidance",
                fused(
                        StandardKernels::guidance,
                        values(14, dtype, 2, 4, sizes.height, sizes.width),
                        values(15, dtype)));
        Case moved = fused(in -> in.get(0).then(silu), image);
        cases.put(
                "layout_change",
                new Case(moved.op(), moved.values(), List.of(Layout.channelsLast(image.shape())), moved.output()));
        return cases;
    }

    private static Node rmsNorm(List<Node> in) {
        Node x = in.getFirst();
        Node mean = x.then(MUL, x).then(new ReduceOp(ReduceOp.Kind.MEAN, List.of(2)));
        Node scale = mean.then(ADD, mean.scalar(1e-6)).then(new UnaryOp(UnaryOp.Kind.RSQRT));
        return x.then(MUL, scale).then(MUL, in.get(1));
    }

    private static Node geglu(List<Node> in) {
        Node x = in.getFirst();
        long half = x.shape().size(2) / 2;
        Node gate = x.then(new SliceOp(2, half, 2 * half)).then(new ActivationOp(ActivationOp.Kind.GELU));
        return x.then(new SliceOp(2, 0, half)).then(MUL, gate);
    }

    private static Node dequantise(List<Node> in, DType dtype) {
        return in.get(0).then(new CastOp(dtype)).then(MUL, in.get(1));
    }

    private static Node quantise(List<Node> in) {
        Node x = in.getFirst();
        Node scaled = x.then(MUL, x.scalar(40)).then(new UnaryOp(UnaryOp.Kind.ROUND));
        Node low = scaled.then(new BinaryOp(BinaryOp.Kind.MAXIMUM), scaled.scalar(-127));
        return low.then(new BinaryOp(BinaryOp.Kind.MINIMUM), low.scalar(127)).then(new CastOp(DType.I8));
    }

    /* u + s · (c − u), both halves of one batch */
    private static Node guidance(List<Node> in) {
        Node plain = in.getFirst().then(new SliceOp(0, 0, 1));
        Node prompted = in.getFirst().then(new SliceOp(0, 1, 2));
        return plain.then(
                ADD, prompted.then(new BinaryOp(BinaryOp.Kind.SUB), plain).then(MUL, in.get(1)));
    }
}
