package io.github.tintype.tensor;

/** In which order the elements of a dense tensor lie in memory. Says nothing about its logical shape, which stays {@code [n,c,h,w]}. */
public enum MemoryFormat {
    /** Row-major. */
    CONTIGUOUS,
    /** Rank 4 only: channels innermost (NHWC), torch.channels_last. */
    CHANNELS_LAST
}
