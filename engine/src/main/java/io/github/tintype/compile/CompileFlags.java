package io.github.tintype.compile;

/**
 * What the graph passes and kernel choices of one compilation may do. Names and defaults are those of torch._inductor.config.
 *
 * @param conv1x1AsMm whether 1×1 convolutions become matrix products in the graph
 * @param epilogueFusion whether elementwise work is done by the kernel before it
 */
public record CompileFlags(boolean conv1x1AsMm, boolean epilogueFusion) {
    /** Inductor's defaults. */
    public static final CompileFlags DEFAULT = new CompileFlags(false, true);
}
