package io.github.tintype.models.vae;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.ModelConfig;
import io.github.tintype.models.resnet.ResnetBlock2D;
import io.github.tintype.models.vae.blocks.CoderOptions;
import io.github.tintype.nn.Activation;
import java.util.List;
import java.util.Optional;

/**
 * config.json of an {@link AutoencoderKL}. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/autoencoders/autoencoder_kl.py">diffusers
 * models/autoencoders/autoencoder_kl.py</a>.
 *
 * @param sampleSize side of the pictures it was trained on; tiles are that large
 * @param scalingFactor denoisers see latents times this, after subtracting shiftFactor
 * @param latentsMean per latent channel, in place of shiftFactor
 * @param latentsStd per latent channel
 * @param forceUpcast whether it overflows in f16
 */
public record AutoencoderKLConfig(
        int inChannels,
        int outChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        Activation actFn,
        int latentChannels,
        int normNumGroups,
        int sampleSize,
        double scalingFactor,
        Optional<Double> shiftFactor,
        Optional<List<Double>> latentsMean,
        Optional<List<Double>> latentsStd,
        boolean forceUpcast,
        boolean useQuantConv,
        boolean usePostQuantConv,
        boolean midBlockAddAttention) {
    private static final double EPS = 1e-6;

    public AutoencoderKLConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        latentsMean = latentsMean.map(List::copyOf);
        latentsStd = latentsStd.map(List::copyOf);
    }

    /** @throws ModelFormatException for values that are wrong, disagree, or ask for what isn't implemented; unknown keys are ignored */
    public static AutoencoderKLConfig parse(ConfigNode node) {
        ModelConfig config = new ModelConfig(node);
        List<Integer> channels = node.optionalPositiveInts("block_out_channels").orElse(List.of(64));
        if (channels.isEmpty() || channels.size() > 16) {
            throw node.wrong("block_out_channels", "1 to 16 values");
        }
        requireAll(node, "down_block_types", "DownEncoderBlock2D", channels.size());
        requireAll(node, "up_block_types", "UpDecoderBlock2D", channels.size());
        int groups = node.getPositiveInt("norm_num_groups", 32);
        channels.forEach(size -> config.requireDivides("norm_num_groups", groups, size));
        int latentChannels = node.getPositiveInt("latent_channels", 4);
        return new AutoencoderKLConfig(
                node.getPositiveInt("in_channels", 3),
                node.getPositiveInt("out_channels", 3),
                channels,
                node.getPositiveInt("layers_per_block", 1),
                config.activation("act_fn", "silu"),
                latentChannels,
                groups,
                node.optionalPositiveInts("sample_size").orElse(List.of(32)).getFirst(),
                scalingFactor(node),
                node.optionalDouble("shift_factor"),
                perChannel(node, "latents_mean", latentChannels),
                perChannel(node, "latents_std", latentChannels),
                node.getBoolean("force_upcast", true),
                node.getBoolean("use_quant_conv", true),
                node.getBoolean("use_post_quant_conv", true),
                node.getBoolean("mid_block_add_attention", true));
    }

    private static void requireAll(ConfigNode node, String key, String type, int count) {
        List<String> types = node.optionalStrings(key).orElse(List.of(type));
        if (types.size() != count || !types.stream().allMatch(type::equals)) {
            throw node.wrong(key, "%d times %s, once for each of block_out_channels".formatted(count, type));
        }
    }

    private static double scalingFactor(ConfigNode node) {
        double factor = node.getDouble("scaling_factor", 0.18215);
        if (factor == 0) {
            throw node.wrong("scaling_factor", "a number other than 0");
        }
        return factor;
    }

    private static Optional<List<Double>> perChannel(ConfigNode node, String key, int channels) {
        Optional<List<Double>> values = node.optionalDoubles(key);
        if (values.isPresent() && values.get().size() != channels) {
            throw node.wrong(key, "%d values, one for each latent channel".formatted(channels));
        }
        return values;
    }

    /** Pixels of the picture per pixel of the latent, along each side. */
    public int scaleFactor() {
        return 1 << (blockOutChannels.size() - 1);
    }

    CoderOptions encoder() {
        return coder(inChannels, 2 * latentChannels);
    }

    CoderOptions decoder() {
        return coder(outChannels, latentChannels);
    }

    private CoderOptions coder(int imageChannels, int channels) {
        return new CoderOptions(
                imageChannels,
                channels,
                blockOutChannels,
                layersPerBlock,
                midBlockAddAttention,
                new ResnetBlock2D.Options(Optional.empty(), normNumGroups, EPS, actFn, 1));
    }
}
