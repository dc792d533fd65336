package io.github.tintype.models;

import io.github.tintype.io.ConfigNode;
import java.util.List;
import java.util.Set;

/** The keys that diffusers 0.42.1 writes into a model's config.json. Another one is a typing error, or newer than Tintype. */
public enum KnownKeys {
    /** Of UNet2DConditionModel. */
    UNET_2D_CONDITION_MODEL(
            "sample_size",
            "in_channels",
            "out_channels",
            "center_input_sample",
            "flip_sin_to_cos",
            "freq_shift",
            "down_block_types",
            "mid_block_type",
            "up_block_types",
            "only_cross_attention",
            "block_out_channels",
            "layers_per_block",
            "downsample_padding",
            "mid_block_scale_factor",
            "dropout",
            "act_fn",
            "norm_num_groups",
            "norm_eps",
            "cross_attention_dim",
            "transformer_layers_per_block",
            "reverse_transformer_layers_per_block",
            "encoder_hid_dim",
            "encoder_hid_dim_type",
            "attention_head_dim",
            "num_attention_heads",
            "dual_cross_attention",
            "use_linear_projection",
            "class_embed_type",
            "addition_embed_type",
            "addition_time_embed_dim",
            "num_class_embeds",
            "upcast_attention",
            "resnet_time_scale_shift",
            "resnet_skip_time_act",
            "resnet_out_scale_factor",
            "time_embedding_type",
            "time_embedding_dim",
            "time_embedding_act_fn",
            "timestep_post_act",
            "time_cond_proj_dim",
            "conv_in_kernel",
            "conv_out_kernel",
            "projection_class_embeddings_input_dim",
            "attention_type",
            "class_embeddings_concat",
            "mid_block_only_cross_attention",
            "cross_attention_norm",
            "addition_embed_type_num_heads"),
    /** Of AutoencoderKL. */
    AUTOENCODER_KL(
            "in_channels",
            "out_channels",
            "down_block_types",
            "up_block_types",
            "block_out_channels",
            "layers_per_block",
            "act_fn",
            "latent_channels",
            "norm_num_groups",
            "sample_size",
            "scaling_factor",
            "shift_factor",
            "latents_mean",
            "latents_std",
            "force_upcast",
            "use_quant_conv",
            "use_post_quant_conv",
            "mid_block_add_attention");

    private final Set<String> keys;

    KnownKeys(String... keys) {
        this.keys = Set.of(keys);
    }

    /** The keys of {@code node} that are not among these; private ones ({@code _class_name}) never count. */
    public List<String> unknown(ConfigNode node) {
        return node.keys().stream()
                .filter(key -> !key.startsWith("_") && !keys.contains(key))
                .toList();
    }
}
