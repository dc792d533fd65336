package io.github.tintype.models.attention;

import io.github.tintype.io.ModelFormatException;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.GroupNorm;
import io.github.tintype.nn.Linear;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.Dim;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Transformer over the pixels of an image. x [b,channels,h,w], text [b,s,crossAttentionDim] → [b,channels,h,w]. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/transformers/transformer_2d.py">diffusers
 * models/transformers/transformer_2d.py Transformer2DModel</a>.
 */
public record Transformer2DModel(
        String path, GroupNorm norm, Projection projection, List<BasicTransformerBlock> transformerBlocks)
        implements Module.Of2<Tensor, Tensor, Tensor> {
    /**
     * How the transformers of one resolution are built.
     *
     * @param heads number of heads, a divisor of the channels
     * @param normNumGroups groups of the norm, a divisor of the channels
     */
    public record Options(
            int heads,
            int crossAttentionDim,
            int normNumGroups,
            boolean useLinearProjection,
            boolean onlyCrossAttention,
            boolean upcastAttention) {}

    /** How pixels become tokens and tokens pixels: by 1×1 convolutions of the image, or by linear layers on the tokens. */
    public sealed interface Projection {
        record Convolution(Conv2d projIn, Conv2d projOut) implements Projection {}

        record Tokenwise(Linear projIn, Linear projOut) implements Projection {}
    }

    public Transformer2DModel {
        transformerBlocks = List.copyOf(transformerBlocks);
    }

    /** @throws ModelFormatException if the heads do not divide the channels */
    public static Transformer2DModel load(Weights w, int channels, int layers, Options options) {
        if (channels % options.heads != 0) {
            throw new ModelFormatException(
                    "%s: got %d heads, wanted a divisor of %d channels".formatted(w.path(), options.heads, channels));
        }
        Weights in = w.at("proj_in");
        Weights out = w.at("proj_out");
        Projection projection = options.useLinearProjection
                ? new Projection.Tokenwise(
                        Linear.load(in, channels, channels, true), Linear.load(out, channels, channels, true))
                : new Projection.Convolution(
                        Conv2d.load(in, channels, channels, 1, 1, 0, true),
                        Conv2d.load(out, channels, channels, 1, 1, 0, true));
        return new Transformer2DModel(
                w.path(),
                GroupNorm.load(w.at("norm"), options.normNumGroups, channels, 1e-6),
                projection,
                IntStream.range(0, layers)
                        .mapToObj(i -> BasicTransformerBlock.load(w.at("transformer_blocks." + i), channels, options))
                        .toList());
    }

    @Override
    public Tensor forward(Tensor x, Tensor text) {
        Tensor normed = norm.call(x);
        Tensor tokens = switch (projection) {
            case Projection.Convolution by -> tokens(by.projIn().call(normed));
            case Projection.Tokenwise by -> by.projIn().call(tokens(normed));
        };
        for (BasicTransformerBlock block : transformerBlocks) {
            tokens = block.call(tokens, text);
        }
        Tensor image = switch (projection) {
            case Projection.Convolution by -> by.projOut().call(image(tokens, x));
            case Projection.Tokenwise by -> image(by.projOut().call(tokens), x);
        };
        return image.add(x);
    }

    /* [b,c,h,w] → [b,h·w,c] */
    private static Tensor tokens(Tensor image) {
        return image.permute(0, 2, 3, 1).reshape(image.dim(0), image.dim(2).times(image.dim(3)), image.dim(1));
    }

    /* [b,h·w,c] → [b,c,h,w], as high and wide as like */
    private static Tensor image(Tensor tokens, Tensor like) {
        Dim channels = tokens.dim(2);
        return tokens.reshape(like.dim(0), like.dim(2), like.dim(3), channels).permute(0, 3, 1, 2);
    }
}
