package io.github.tintype.models.unet;

import io.github.tintype.nn.Activation;
import io.github.tintype.nn.TimestepEmbedding;
import io.github.tintype.nn.Timesteps;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * The vector that moves every resnet: the embedded timestep, plus for SDXL the pooled text and embedded sizes. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/unets/unet_2d_condition.py">diffusers
 * UNet2DConditionModel.get_time_embed, get_aug_embed</a>.
 */
public record TimeEmbedding(Timesteps timeProj, TimestepEmbedding timeEmbedding, Optional<Added> added) {
    /** addition_embed_type text_time. Its activation is SiLU whatever act_fn says. */
    public record Added(Timesteps addTimeProj, TimestepEmbedding addEmbedding) {}

    static TimeEmbedding load(Weights w, UNet2DConditionConfig config) {
        int in = config.blockOutChannels().getFirst();
        int out = config.timeEmbeddingDim();
        return new TimeEmbedding(
                Timesteps.of(w.join("time_proj"), in, config.flipSinToCos(), config.freqShift()),
                TimestepEmbedding.load(w.at("time_embedding"), in, out, config.actFn()),
                config.textTime()
                        .map(textTime -> new Added(
                                Timesteps.of(
                                        w.join("add_time_proj"),
                                        textTime.additionTimeEmbedDim(),
                                        config.flipSinToCos(),
                                        config.freqShift()),
                                TimestepEmbedding.load(
                                        w.at("add_embedding"),
                                        textTime.projectionClassEmbeddingsInputDim(),
                                        out,
                                        Activation.SILU))));
    }

    /** [b,timeEmbeddingDim], of the sample's type. @throws ShapeException if addedCond is present and not wanted, or the reverse */
    Tensor embed(UNet2DConditionModel.Input input) {
        Dim batch = input.sample().dim(0);
        Tensor timesteps = input.timestep().expand(Shape.of(batch));
        Tensor embedded =
                timeEmbedding.call(timeProj.call(timesteps).to(input.sample().dtype()));
        if (added.isPresent() != input.addedCond().isPresent()) {
            throw new ShapeException("UNet2DConditionModel: got %s, wanted %s"
                    .formatted(describe(input.addedCond().isPresent()), describe(added.isPresent())));
        }
        if (added.isEmpty() || input.addedCond().isEmpty()) {
            return embedded;
        }
        return embedded.add(embed(added.get(), input.addedCond().get(), embedded));
    }

    private static String describe(boolean present) {
        return present ? "added text embeddings and time ids" : "no added conditioning";
    }

    private static Tensor embed(Added added, UNet2DConditionModel.AddedCond cond, Tensor like) {
        Tensor ids = cond.timeIds();
        Tensor flat = ids.reshape(ids.dim(0).times(ids.dim(1)));
        Tensor times = added.addTimeProj()
                .call(flat)
                .reshape(ids.dim(0), ids.dim(1).times(added.addTimeProj().channels()));
        Tensor both = Tensor.cat(-1, List.of(cond.textEmbeds().to(like.dtype()), times.to(like.dtype())));
        return added.addEmbedding().call(both);
    }
}
