package io.github.tintype.models.vae.blocks;

import io.github.tintype.models.attention.AttentionLayer;
import io.github.tintype.models.attention.AttentionOptions;
import io.github.tintype.models.attention.FusibleAttention;
import io.github.tintype.models.attention.Projections;
import io.github.tintype.nn.GroupNorm;
import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;

/**
 * Attention of all pixels to each other, with one head, behind a group norm and beside a shortcut. x [b,c,h,w] → [b,c,h,w]. Reads the
 * parameters' newer names (to_q) and their older ones (query). Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/attention_processor.py">diffusers
 * models/attention_processor.py Attention</a> as UNetMidBlock2D makes it.
 */
public record AttentionBlock(
        String path, GroupNorm groupNorm, Projections projections, Linear toOut, AttentionOptions options)
        implements Module.Of1<Tensor, Tensor>, FusibleAttention, AttentionLayer {
    public static AttentionBlock load(Weights w, int channels, int groups, double eps) {
        boolean older = w.has("query");
        return new AttentionBlock(
                w.path(),
                GroupNorm.load(w.at("group_norm"), groups, channels, eps),
                new Projections.Separate(
                        Linear.load(w.at(older ? "query" : "to_q"), channels, channels, true),
                        Linear.load(w.at(older ? "key" : "to_k"), channels, channels, true),
                        Linear.load(w.at(older ? "value" : "to_v"), channels, channels, true)),
                Linear.load(w.at(older ? "proj_attn" : "to_out.0"), channels, channels, true),
                AttentionOptions.DEFAULT);
    }

    @Override
    public int heads() {
        return 1;
    }

    @Override
    public AttentionBlock with(AttentionOptions other) {
        return new AttentionBlock(path, groupNorm, projections, toOut, other);
    }

    @Override
    public AttentionBlock fuseProjections() {
        return new AttentionBlock(path, groupNorm, projections.fuse(path, false), toOut, options);
    }

    @Override
    public AttentionBlock unfuseProjections() {
        List<String> paths = List.of(path + ".to_q", path + ".to_k", path + ".to_v");
        return new AttentionBlock(path, groupNorm, projections.unfuse(paths), toOut, options);
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor tokens = groupNorm.call(x).flatten(2, 3).transpose(1, 2);
        double scale = 1 / Math.sqrt((double) x.dim(1).value());
        Projections.Projected projected = projections.project(tokens, tokens);
        Tensor attended = options.attend(
                        projected.q().unsqueeze(1),
                        projected.k().unsqueeze(1),
                        projected.v().unsqueeze(1),
                        false,
                        scale)
                .squeeze(1);
        return toOut.call(attended).transpose(1, 2).reshape(x.shape()).add(x);
    }
}
