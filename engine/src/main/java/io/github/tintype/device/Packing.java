package io.github.tintype.device;

import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;

/**
 * A weight in the form a kernel wants. It is made once per weight and key, when weights are bound, and shared by all kernels that ask
 * for the same key.
 *
 * @param key says everything about the form: two packings of one weight with equal keys are the same bytes
 * @param bytes size of the packed weight
 * @param packer makes it
 */
public record Packing(String key, long bytes, Packer packer) {
    /** Fills {@code packed} from the stored weight, whose type may be narrower than the graph's. */
    @FunctionalInterface
    public interface Packer {
        void pack(HostTensor source, MemorySegment packed);
    }
}
