package io.github.tintype.pipelines;

import io.github.tintype.capture.PlannedMemory;
import java.util.Comparator;
import java.util.List;

/**
 * The memory of the device that a call needs, by its plans. Left out are a few latents, and what the device's threads work with: some
 * megabytes each.
 *
 * @param parts in the order of their use
 */
public record MemoryNeed(List<Part> parts) {
    /** One component: its weights are bound at its first call and stay until the pipeline is closed. */
    public record Part(PipelineComponent component, PlannedMemory memory) {}

    public MemoryNeed {
        parts = List.copyOf(parts);
    }

    /** The weights of all components. */
    public long weightBytes() {
        return parts.stream().mapToLong(part -> part.memory().weightBytes()).sum();
    }

    /** The component whose run needs most beside the weights. */
    public Part largest() {
        return parts.stream()
                .max(Comparator.comparingLong(part -> part.memory().runBytes()))
                .orElseThrow();
    }

    /** All weights, and what the largest run needs beside them: a budget of less is too small. */
    public long peakBytes() {
        return weightBytes() + largest().memory().runBytes();
    }
}
