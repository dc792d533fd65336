package io.github.tintype.models.unet;

import io.github.tintype.models.attention.Attending;
import io.github.tintype.models.resnet.Size;
import io.github.tintype.models.unet.blocks.CrossAttnDownBlock2D;
import io.github.tintype.models.unet.blocks.CrossAttnUpBlock2D;
import io.github.tintype.models.unet.blocks.DownBlock;
import io.github.tintype.models.unet.blocks.DownBlock2D;
import io.github.tintype.models.unet.blocks.UNetMidBlock2DCrossAttn;
import io.github.tintype.models.unet.blocks.UpBlock;
import io.github.tintype.models.unet.blocks.UpBlock2D;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.GroupNorm;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.UndecidedSizeException;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Predicts noise (or what the scheduler says) from a noisy latent, a timestep and text. Heights and widths need not be multiples of
 * anything: each block goes up to the size of the skip it meets next. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/unets/unet_2d_condition.py">diffusers
 * models/unets/unet_2d_condition.py UNet2DConditionModel</a>.
 */
public record UNet2DConditionModel(
        String path,
        UNet2DConditionConfig config,
        Conv2d convIn,
        TimeEmbedding timeEmbedding,
        List<DownBlock> downBlocks,
        UNetMidBlock2DCrossAttn midBlock,
        List<UpBlock> upBlocks,
        GroupNorm convNormOut,
        Conv2d convOut)
        implements Module.Of1<UNet2DConditionModel.Input, Tensor>, Attending<UNet2DConditionModel> {
    /** diffusers' {@code _repeated_blocks}. */
    public static final List<String> REPEATED_BLOCKS = List.of("BasicTransformerBlock");

    /** The parts of an {@link Input} that a pipeline leaves alone from the first step of a prompt to the last. */
    public static final List<String> REQUEST_ARGUMENTS = List.of("encoderHiddenStates", "addedCond");

    public UNet2DConditionModel {
        downBlocks = List.copyOf(downBlocks);
        upBlocks = List.copyOf(upBlocks);
    }

    /**
     * What the denoiser sees.
     *
     * @param sample [b,inChannels,h,w]
     * @param timestep f32 [b], or [1] for all rows
     * @param encoderHiddenStates [b,s,crossAttentionDim]
     * @param addedCond present exactly where the configuration's addition_embed_type is text_time
     */
    public record Input(Tensor sample, Tensor timestep, Tensor encoderHiddenStates, Optional<AddedCond> addedCond) {}

    /**
     * SDXL's second conditioning.
     *
     * @param textEmbeds [b,projectionDim], the pooled text
     * @param timeIds [b,n]: sizes, crop, and target size or aesthetic score
     */
    public record AddedCond(Tensor textEmbeds, Tensor timeIds) {}

    public static UNet2DConditionModel load(Weights w, UNet2DConditionConfig config) {
        List<Integer> channels = config.blockOutChannels();
        int first = channels.getFirst();
        int kernelIn = config.convInKernel();
        int kernelOut = config.convOutKernel();
        return new UNet2DConditionModel(
                w.path(),
                config,
                Conv2d.load(w.at("conv_in"), config.inChannels(), first, kernelIn, 1, (kernelIn - 1) / 2, true),
                TimeEmbedding.load(w, config),
                IntStream.range(0, channels.size())
                        .mapToObj(i -> downBlock(w.at("down_blocks." + i), i, config))
                        .toList(),
                UNetMidBlock2DCrossAttn.load(w.at("mid_block"), config.midBlock()),
                IntStream.range(0, channels.size())
                        .mapToObj(i -> upBlock(w.at("up_blocks." + i), i, config))
                        .toList(),
                GroupNorm.load(w.at("conv_norm_out"), config.normNumGroups(), first, config.normEps()),
                Conv2d.load(w.at("conv_out"), first, config.outChannels(), kernelOut, 1, (kernelOut - 1) / 2, true));
    }

    private static DownBlock downBlock(Weights w, int i, UNet2DConditionConfig config) {
        return switch (config.downBlockTypes().get(i)) {
            case DOWN_BLOCK_2D -> DownBlock2D.load(w, config.downsamplePadding(), config.downBlock(i));
            case CROSS_ATTN_DOWN_BLOCK_2D ->
                CrossAttnDownBlock2D.load(w, config.downsamplePadding(), config.downBlock(i));
        };
    }

    private static UpBlock upBlock(Weights w, int i, UNet2DConditionConfig config) {
        int previous = config.blockOutChannels().reversed().get(Math.max(0, i - 1));
        return switch (config.upBlockTypes().get(i)) {
            case UP_BLOCK_2D -> UpBlock2D.load(w, previous, config.upBlock(i));
            case CROSS_ATTN_UP_BLOCK_2D -> CrossAttnUpBlock2D.load(w, previous, config.upBlock(i));
        };
    }

    /** The type that it computes in: that of sample, text and result. */
    public DType dtype() {
        return convIn.weight().type().dtype();
    }

    @Override
    public List<String> repeatedBlocks() {
        return REPEATED_BLOCKS;
    }

    /** @throws ShapeException if the sample's channels, or the presence of addedCond, do not fit the configuration */
    @Override
    public Tensor forward(Input input) {
        check(input);
        Tensor text = input.encoderHiddenStates();
        Tensor temb = timeEmbedding.embed(input);
        Tensor centered = config.centerInputSample() ? input.sample().mul(2).sub(1) : input.sample();
        Tensor hidden = convIn.call(centered);
        List<Tensor> skips = new ArrayList<>(List.of(hidden));
        for (DownBlock block : downBlocks) {
            DownBlock.Output output = block.call(new DownBlock.Input(hidden, temb, text));
            hidden = output.hiddenStates();
            skips.addAll(output.skips());
        }
        hidden = midBlock.call(hidden, temb, text);
        for (UpBlock block : upBlocks) {
            List<Tensor> taken = skips.subList(skips.size() - block.skips(), skips.size());
            List<Tensor> mine = List.copyOf(taken);
            taken.clear();
            Size size = Size.of(skips.isEmpty() ? hidden : skips.getLast());
            hidden = block.call(new UpBlock.Input(hidden, mine, temb, text, size));
        }
        return convOut.call(config.actFn().apply(convNormOut.call(hidden)));
    }

    private void check(Input input) {
        Shape sample = input.sample().shape();
        String message =
                "UNet2DConditionModel: got sample %s, wanted [b,%d,h,w]".formatted(sample, config.inChannels());
        if (sample.rank() != 4) {
            throw new ShapeException(message);
        }
        if (!sample.dim(1).equals(Dim.of(config.inChannels()))) {
            throw UndecidedSizeException.unequal(message, sample.dim(1), Dim.of(config.inChannels()));
        }
        Shape text = input.encoderHiddenStates().shape();
        if (text.rank() != 3) {
            throw new ShapeException("UNet2DConditionModel: got encoderHiddenStates %s, wanted [b,s,%s]"
                    .formatted(text, config.crossAttentionDim()));
        }
    }
}
