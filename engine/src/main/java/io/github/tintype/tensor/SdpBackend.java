package io.github.tintype.tensor;

/**
 * Ways to compute scaled dot product attention. What each can't do is the device's to say. Source: torch.nn.attention.SDPBackend.
 */
public enum SdpBackend {
    /** The definition, op by op: all scores exist at once. Every device has it, for everything. */
    MATH,
    /** A running softmax: of the scores only those of a few queries and keys exist at a time. No mask, heads of at most 256. */
    FLASH_ATTENTION,
    /** Blocks of queries against all keys: of the scores only those of a block exist at a time. Masks and heads of any size. */
    EFFICIENT_ATTENTION,
    /** NVIDIA's library. */
    CUDNN_ATTENTION
}
