package io.github.tintype.models.unet;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.ModelConfig;
import io.github.tintype.models.attention.Transformer2DModel;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.models.unet.blocks.BlockOptions;
import io.github.tintype.nn.Activation;
import java.util.List;
import java.util.Optional;

/**
 * config.json of a {@link UNet2DConditionModel}: diffusers' keys, where a single value for all blocks is written out per block, from
 * the highest resolution to the lowest. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/unets/unet_2d_condition.py">diffusers
 * models/unets/unet_2d_condition.py</a>.
 *
 * @param sampleSize height or width of the latents it was trained on, if it says so
 * @param transformerLayersPerBlock transformer blocks of each layer on the way down, block by block
 * @param reverseTransformerLayersPerBlock the same on the way up, from the lowest resolution
 * @param attentionHeadDim the <em>number</em> of heads per block, whatever the key's name says
 * @param timeEmbeddingDim width of the time embedding
 * @param textTime present if addition_embed_type is text_time
 */
public record UNet2DConditionConfig(
        Optional<Integer> sampleSize,
        int inChannels,
        int outChannels,
        boolean centerInputSample,
        boolean flipSinToCos,
        double freqShift,
        List<DownBlockType> downBlockTypes,
        List<UpBlockType> upBlockTypes,
        List<Boolean> onlyCrossAttention,
        List<Integer> blockOutChannels,
        List<Integer> layersPerBlock,
        int downsamplePadding,
        double midBlockScaleFactor,
        Activation actFn,
        int normNumGroups,
        double normEps,
        List<Integer> crossAttentionDim,
        List<List<Integer>> transformerLayersPerBlock,
        List<List<Integer>> reverseTransformerLayersPerBlock,
        List<Integer> attentionHeadDim,
        boolean useLinearProjection,
        boolean upcastAttention,
        int timeEmbeddingDim,
        Optional<TextTime> textTime,
        int convInKernel,
        int convOutKernel) {
    /* Far above any model; four times it is still a number of channels. */
    private static final int MOST_CHANNELS = 1 << 20;

    /** The kinds of blocks on the way down. */
    public enum DownBlockType {
        DOWN_BLOCK_2D,
        CROSS_ATTN_DOWN_BLOCK_2D
    }

    /** The kinds of blocks on the way up. */
    public enum UpBlockType {
        UP_BLOCK_2D,
        CROSS_ATTN_UP_BLOCK_2D
    }

    /**
     * SDXL's second conditioning.
     *
     * @param additionTimeEmbedDim channels of each embedded time id
     * @param projectionClassEmbeddingsInputDim channels of the pooled text and all embedded time ids
     */
    public record TextTime(int additionTimeEmbedDim, int projectionClassEmbeddingsInputDim) {}

    public UNet2DConditionConfig {
        downBlockTypes = List.copyOf(downBlockTypes);
        upBlockTypes = List.copyOf(upBlockTypes);
        onlyCrossAttention = List.copyOf(onlyCrossAttention);
        blockOutChannels = List.copyOf(blockOutChannels);
        layersPerBlock = List.copyOf(layersPerBlock);
        crossAttentionDim = List.copyOf(crossAttentionDim);
        transformerLayersPerBlock =
                transformerLayersPerBlock.stream().map(List::copyOf).toList();
        reverseTransformerLayersPerBlock =
                reverseTransformerLayersPerBlock.stream().map(List::copyOf).toList();
        attentionHeadDim = List.copyOf(attentionHeadDim);
    }

    /** @throws ModelFormatException for values that are wrong, disagree, or ask for what isn't implemented; unknown keys are ignored */
    public static UNet2DConditionConfig parse(ConfigNode node) {
        ModelConfig config = new ModelConfig(node);
        refuseOthers(config);
        List<DownBlockType> down = node
                .optionalStrings("down_block_types")
                .orElse(List.of("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"))
                .stream()
                .map(type -> downBlockType(node, type))
                .toList();
        int blocks = down.size();
        List<UpBlockType> up = node
                .optionalStrings("up_block_types")
                .orElse(List.of("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"))
                .stream()
                .map(type -> upBlockType(node, type))
                .toList();
        List<Integer> channels = node.optionalPositiveInts("block_out_channels").orElse(List.of(320, 640, 1280, 1280));
        requireLength(node, "down_block_types", blocks, Math.max(1, blocks));
        requireLength(node, "up_block_types", up.size(), blocks);
        requireLength(node, "block_out_channels", channels.size(), blocks);
        List<Integer> layers = config.positiveInts("layers_per_block", 2, blocks);
        int groups = node.getPositiveInt("norm_num_groups", 32);
        List<Integer> heads = config.positiveInts("attention_head_dim", 8, blocks);
        for (int i = 0; i < blocks; i++) {
            if (channels.get(i) > MOST_CHANNELS) {
                throw node.wrong("block_out_channels", "at most %d".formatted(MOST_CHANNELS));
            }
            config.requireDivides("norm_num_groups", groups, channels.get(i));
            config.requireDivides("attention_head_dim", attends(down, up, i) ? heads.get(i) : 1, channels.get(i));
        }
        return new UNet2DConditionConfig(
                node.optionalPositiveInts("sample_size").map(List::getFirst),
                node.getPositiveInt("in_channels", 4),
                node.getPositiveInt("out_channels", 4),
                node.getBoolean("center_input_sample", false),
                node.getBoolean("flip_sin_to_cos", true),
                node.getDouble("freq_shift", 0),
                down,
                up,
                config.perBlock(
                        "only_cross_attention", keys -> keys.optionalBooleans("only_cross_attention"), false, blocks),
                channels,
                layers,
                padding(node),
                node.getDouble("mid_block_scale_factor", 1),
                config.activation("act_fn", "silu"),
                groups,
                node.getDouble("norm_eps", 1e-5),
                config.positiveInts("cross_attention_dim", 1280, blocks),
                TransformerLayers.down(config, layers),
                TransformerLayers.up(config, layers),
                heads,
                node.getBoolean("use_linear_projection", false),
                node.getBoolean("upcast_attention", false),
                node.getPositiveInt("time_embedding_dim", Math.multiplyExact(channels.getFirst(), 4)),
                textTime(node),
                node.getPositiveInt("conv_in_kernel", 3),
                node.getPositiveInt("conv_out_kernel", 3));
    }

    private static void refuseOthers(ModelConfig config) {
        config.refuseUnless("mid_block_type", "UNetMidBlock2DCrossAttn");
        config.refuseUnless("resnet_time_scale_shift", "default");
        config.refuseUnless("time_embedding_type", "positional");
        config.refuseUnless("attention_type", "default");
        config.refuseTrue("dual_cross_attention");
        config.refuseTrue("resnet_skip_time_act");
        config.refuseTrue("class_embeddings_concat");
        config.refuse("num_attention_heads");
        config.refuse("class_embed_type");
        config.refuse("num_class_embeds");
        config.refuse("encoder_hid_dim");
        config.refuse("encoder_hid_dim_type");
        config.refuse("cross_attention_norm");
        config.refuse("time_cond_proj_dim");
        config.refuse("time_embedding_act_fn");
        config.refuse("timestep_post_act");
        ConfigNode node = config.node();
        if (node.keys().contains("norm_num_groups") && !node.has("norm_num_groups")) {
            throw node.wrong("norm_num_groups", "positive integer");
        }
        if (node.getDouble("resnet_out_scale_factor", 1) != 1) {
            throw node.wrong("resnet_out_scale_factor", "1, as nothing else is implemented");
        }
    }

    private static void requireLength(ConfigNode node, String key, int got, int wanted) {
        if (got != wanted) {
            throw node.wrong(key, "%d values, as many as down_block_types".formatted(wanted));
        }
    }

    private static int padding(ConfigNode node) {
        int padding = node.getInt("downsample_padding", 1);
        if (padding != 0 && padding != 1) {
            throw node.wrong("downsample_padding", "0 or 1");
        }
        return padding;
    }

    private static Optional<TextTime> textTime(ConfigNode node) {
        if (!node.has("addition_embed_type")) {
            return Optional.empty();
        }
        if (!node.getString("addition_embed_type").equals("text_time")) {
            throw node.wrong("addition_embed_type", "null or \"text_time\", as nothing else is implemented");
        }
        return Optional.of(new TextTime(
                node.getPositiveInt("addition_time_embed_dim"),
                node.getPositiveInt("projection_class_embeddings_input_dim")));
    }

    private static DownBlockType downBlockType(ConfigNode node, String name) {
        return switch (name) {
            case "DownBlock2D" -> DownBlockType.DOWN_BLOCK_2D;
            case "CrossAttnDownBlock2D" -> DownBlockType.CROSS_ATTN_DOWN_BLOCK_2D;
            default -> throw node.wrong("down_block_types", "each to be DownBlock2D or CrossAttnDownBlock2D");
        };
    }

    private static UpBlockType upBlockType(ConfigNode node, String name) {
        return switch (name) {
            case "UpBlock2D" -> UpBlockType.UP_BLOCK_2D;
            case "CrossAttnUpBlock2D" -> UpBlockType.CROSS_ATTN_UP_BLOCK_2D;
            default -> throw node.wrong("up_block_types", "each to be UpBlock2D or CrossAttnUpBlock2D");
        };
    }

    /* Whether level i has attention: on the way down, up, or (the lowest) in the mid block. */
    private static boolean attends(List<DownBlockType> down, List<UpBlockType> up, int i) {
        return i == down.size() - 1
                || down.get(i) == DownBlockType.CROSS_ATTN_DOWN_BLOCK_2D
                || up.reversed().get(i) == UpBlockType.CROSS_ATTN_UP_BLOCK_2D;
    }

    /** The resolutions, counted from the highest. */
    private int levels() {
        return blockOutChannels.size();
    }

    BlockOptions downBlock(int i) {
        return new BlockOptions(
                blockOutChannels.get(Math.max(0, i - 1)),
                blockOutChannels.get(i),
                i < levels() - 1,
                transformerLayersPerBlock.get(i),
                resnet(),
                attention(i, onlyCrossAttention.get(i)));
    }

    BlockOptions midBlock() {
        int last = levels() - 1;
        int channels = blockOutChannels.get(last);
        return new BlockOptions(
                channels,
                channels,
                false,
                List.of(transformerLayersPerBlock.get(last).getFirst()),
                resnet().withOutputScaleFactor(midBlockScaleFactor),
                attention(last, false));
    }

    /** Block {@code i} counted from the lowest resolution. */
    BlockOptions upBlock(int i) {
        int level = levels() - 1 - i;
        return new BlockOptions(
                blockOutChannels.get(Math.max(0, level - 1)),
                blockOutChannels.get(level),
                level > 0,
                reverseTransformerLayersPerBlock.get(i),
                resnet(),
                attention(level, onlyCrossAttention.get(level)));
    }

    private ResnetBlock2D.Options resnet() {
        return new ResnetBlock2D.Options(Optional.of(timeEmbeddingDim), normNumGroups, normEps, actFn, 1);
    }

    private Transformer2DModel.Options attention(int level, boolean onlyCross) {
        return new Transformer2DModel.Options(
                attentionHeadDim.get(level),
                crossAttentionDim.get(level),
                normNumGroups,
                useLinearProjection,
                onlyCross,
                upcastAttention);
    }
}
