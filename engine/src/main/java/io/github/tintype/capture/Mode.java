package io.github.tintype.capture;

import io.github.tintype.compile.CompileFlags;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Search;
import io.github.tintype.runtime.SlabUse;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Presets, named as torch.compile's modes. */
public enum Mode {
    DEFAULT("default", CompileFlags.DEFAULT, Effort.USUAL, Search.NONE, SlabUse.SHARED),
    /** Keeps the memory of intermediates and each operand's place between calls: less work around the kernels, more memory held. */
    REDUCE_OVERHEAD("reduce-overhead", CompileFlags.DEFAULT, Effort.USUAL, Search.NONE, SlabUse.KEPT),
    /**
     * Takes more time to compile: 1×1 convolutions become matrix products, kernels are made with all effort, and which is the fastest is measured, by the flags max_autotune and
     * coordinate_descent_tuning.
     */
    MAX_AUTOTUNE(
            "max-autotune", new CompileFlags(true, true), Effort.MOST, new Search(true, true, false), SlabUse.KEPT),
    /** As {@link #MAX_AUTOTUNE} without what {@link #REDUCE_OVERHEAD} does. */
    MAX_AUTOTUNE_NO_CUDAGRAPHS(
            "max-autotune-no-cudagraphs",
            new CompileFlags(true, true),
            Effort.MOST,
            new Search(true, true, false),
            SlabUse.SHARED);

    private final String text;
    private final CompileFlags flags;
    private final Effort effort;
    private final Search search;
    private final SlabUse slabUse;

    Mode(String text, CompileFlags flags, Effort effort, Search search, SlabUse slabUse) {
        this.text = text;
        this.flags = flags;
        this.effort = effort;
        this.search = search;
        this.slabUse = slabUse;
    }

    /** The mode that torch calls {@code text}, if there is one. */
    public static Optional<Mode> find(String text) {
        return Arrays.stream(values()).filter(mode -> mode.text.equals(text)).findFirst();
    }

    /** What torch calls them, separated by commas. */
    public static String names() {
        return Arrays.stream(values()).map(Mode::toString).collect(Collectors.joining(", "));
    }

    /** The mode that torch calls {@code text}. @throws CompileException if there is none */
    public static Mode parse(String text) {
        return find(text)
                .orElseThrow(() -> new CompileException("mode: got \"%s\", wanted one of %s".formatted(text, names())));
    }

    /** What this mode allows the passes. */
    public CompileFlags flags() {
        return flags;
    }

    /** How much the device does for kernels. */
    public Effort effort() {
        return effort;
    }

    /** What is measured to choose among kernels. */
    public Search search() {
        return search;
    }

    /** What becomes of the memory of intermediates between calls. */
    public SlabUse slabUse() {
        return slabUse;
    }

    @Override
    public String toString() {
        return text;
    }
}
