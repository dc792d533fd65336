package io.github.tintype.pipelines;

import io.github.tintype.compile.Plan;
import java.util.Comparator;
import java.util.List;

/**
 * The memory of the device that a call needs, by its plans. Left out are a few latents, and what the device's threads work with: some
 * megabytes each.
 *
 * @param parts in the order of their use
 */
public record MemoryNeed(List<Part> parts) {
    /**
     * One component.
     *
     * @param weightBytes in the forms that kernels want; bound at its first call, until the pipeline is closed
     * @param slabBytes intermediates, while it runs
     * @param outputBytes its results
     */
    public record Part(PipelineComponent component, long weightBytes, long slabBytes, long outputBytes) {
        static Part of(PipelineComponent component, Plan plan) {
            return new Part(component, plan.weightBytes(), plan.slabBytes(), plan.outputBytes());
        }

        private long runBytes() {
            return slabBytes + outputBytes;
        }
    }

    public MemoryNeed {
        parts = List.copyOf(parts);
    }

    /** The weights of all components. */
    public long weightBytes() {
        return parts.stream().mapToLong(Part::weightBytes).sum();
    }

    /** The component whose run needs most beside the weights. */
    public Part largest() {
        return parts.stream().max(Comparator.comparingLong(Part::runBytes)).orElseThrow();
    }

    /** All weights, and what the largest run needs beside them: a budget of less is too small. */
    public long peakBytes() {
        return weightBytes() + largest().runBytes();
    }
}
