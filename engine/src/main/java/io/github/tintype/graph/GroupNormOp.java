package io.github.tintype.graph;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** x [n,c,...], weight [c], bias [c]: layer norm over each of {@code groups} groups of channels with all their positions. Source: torch.nn.functional.group_norm. */
public record GroupNormOp(int groups, double eps) implements CompositeOp {
    @Override
    public String name() {
        return "group_norm";
    }

    @Override
    public TensorType infer(List<TensorType> inputs) {
        Types.count(name(), inputs, 3, 3);
        TensorType x = inputs.getFirst();
        Types.wantFloat(name(), x);
        if (x.shape().rank() < 2) {
            throw new ShapeException("group_norm: got %s, wanted rank 2 or more".formatted(x));
        }
        x.shape().dim(1).divideExact(Dim.of(groups));
        for (TensorType affine : inputs.subList(1, 3)) {
            Types.sameDType(name(), x, affine);
            Types.rank(name(), affine, 1);
            Types.sameDim(
                    name(), "weight of size", affine.shape().dim(0), x.shape().dim(1));
        }
        return x;
    }

    @Override
    public Node decompose(List<Node> inputs) {
        Node x = inputs.getFirst();
        Dim perGroup = x.dim(1).divideExact(Dim.of(groups));
        List<Dim> split = new ArrayList<>(List.of(x.dim(0), Dim.of(groups), perGroup));
        split.addAll(x.shape().dims().subList(2, x.shape().rank()));
        Node grouped = x.then(new ReshapeOp(new Shape(split)));
        List<Integer> axes = IntStream.range(2, split.size()).boxed().toList();
        Node normal = LayerNormOp.normalise(grouped, axes, eps).then(new ReshapeOp(x.shape()));
        List<Dim> channels = new ArrayList<>(Collections.nCopies(x.shape().rank(), Dim.ONE));
        channels.set(1, x.dim(1));
        Op perChannel = new ReshapeOp(new Shape(channels));
        return normal.then(new BinaryOp(BinaryOp.Kind.MUL), inputs.get(1).then(perChannel))
                .then(new BinaryOp(BinaryOp.Kind.ADD), inputs.get(2).then(perChannel));
    }

    @Override
    public long flops(List<TensorType> inputs, TensorType output) {
        return 8 * output.shape().elements();
    }
}
