package io.github.tintype.pipelines;

/** What a call hands back. */
public enum OutputType {
    /** Decoded pictures, {@code [3,h,w]} in 0..1. */
    IMAGE,
    /** The latents after the last step, not decoded; there are no pictures. */
    LATENT
}
