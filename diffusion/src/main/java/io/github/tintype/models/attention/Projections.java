package io.github.tintype.models.attention;

import io.github.tintype.nn.Linear;
import io.github.tintype.tensor.CatWeight;
import io.github.tintype.tensor.SliceWeight;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How an attention projects into queries, keys and values: by a layer for each, or by layers that are fused. A fused weight is its parts one after another: they are put
 * together when weights are bound, and nobody keeps the parts beside it. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/attention_processor.py">diffusers models/attention_processor.py
 * Attention.fuse_projections</a>, which keeps both.
 */
public sealed interface Projections {
    /** Queries, keys and values [b,t,inner], [b,s,inner], [b,s,inner]. */
    record Projected(Tensor q, Tensor k, Tensor v) {}

    /** x [b,t,c] gives the queries, source [b,s,c'] keys and values; the same tensor in self attention. */
    Projected project(Tensor x, Tensor source);

    /** A layer for each. */
    record Separate(Linear toQ, Linear toK, Linear toV) implements Projections {
        @Override
        public Projected project(Tensor x, Tensor source) {
            return new Projected(toQ.call(x), toK.call(source), toV.call(source));
        }
    }

    /** One layer for all three, of x alone. */
    record FusedQkv(Linear toQkv) implements Projections {
        @Override
        public Projected project(Tensor x, Tensor source) {
            List<Tensor> parts = toQkv.call(x).chunk(3, -1);
            return new Projected(parts.get(0), parts.get(1), parts.get(2));
        }
    }

    /** One layer for keys and values. */
    record FusedKv(Linear toQ, Linear toKv) implements Projections {
        @Override
        public Projected project(Tensor x, Tensor source) {
            List<Tensor> parts = toKv.call(source).chunk(2, -1);
            return new Projected(toQ.call(x), parts.get(0), parts.get(1));
        }
    }

    /** Whether layers are fused. */
    default boolean fused() {
        return !(this instanceof Separate);
    }

    /**
     * The same with fused layers: all three, or in cross attention those of keys and values.
     *
     * @param path of the attention, below which diffusers calls them {@code to_qkv} and {@code to_kv}
     */
    default Projections fuse(String path, boolean cross) {
        return switch (this) {
            case Separate(Linear q, Linear k, Linear v)
            when cross -> new FusedKv(q, cat(path + ".to_kv", List.of(k, v)));
            case Separate(Linear q, Linear k, Linear v) -> new FusedQkv(cat(path + ".to_qkv", List.of(q, k, v)));
            case FusedQkv _, FusedKv _ -> this;
        };
    }

    private static Linear cat(String path, List<Linear> layers) {
        List<Weight> biases =
                layers.stream().flatMap(layer -> layer.bias().stream()).toList();
        return new Linear(
                path,
                new CatWeight(layers.stream().map(Linear::weight).toList(), 0),
                biases.isEmpty() ? Optional.empty() : Optional.of(new CatWeight(biases, 0)));
    }

    /**
     * The same with a layer for each.
     *
     * @param paths of queries, keys and values
     */
    default Projections unfuse(List<String> paths) {
        return switch (this) {
            case Separate _ -> this;
            case FusedQkv(Linear toQkv) -> {
                List<Linear> parts = split(toQkv, paths);
                yield new Separate(parts.get(0), parts.get(1), parts.get(2));
            }
            case FusedKv(Linear toQ, Linear toKv) -> {
                List<Linear> parts = split(toKv, paths.subList(1, 3));
                yield new Separate(toQ, parts.get(0), parts.get(1));
            }
        };
    }

    private static List<Linear> split(Linear fused, List<String> paths) {
        List<Linear> layers = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            int part = i;
            layers.add(new Linear(
                    paths.get(i),
                    part(fused.weight(), part, paths.size()),
                    fused.bias().map(bias -> part(bias, part, paths.size()))));
        }
        return layers;
    }

    /* The very weight that was put in, unless something has been done to the whole. */
    private static Weight part(Weight weight, int index, int parts) {
        if (weight instanceof CatWeight(List<Weight> of, int axis) && axis == 0 && of.size() == parts) {
            return of.get(index);
        }
        long rows = weight.type().shape().size(0) / parts;
        return new SliceWeight(weight, 0, index * rows, (index + 1) * rows);
    }
}
