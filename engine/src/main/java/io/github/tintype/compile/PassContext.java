package io.github.tintype.compile;

import io.github.tintype.device.Device;
import io.github.tintype.tensor.DenseWeight;
import java.util.Set;

/**
 * What a pass may ask.
 *
 * @param device what will run the graph: a pass makes only ops that this supports or that are no slower when decomposed
 * @param flags what the user allows
 * @param readElsewhere weights that are also read outside of the graph at hand: in another form they would be in memory twice
 */
public record PassContext(Device device, CompileFlags flags, Set<DenseWeight> readElsewhere) {
    public PassContext {
        readElsewhere = Set.copyOf(readElsewhere);
    }

    /** For a graph that is all there is. */
    public PassContext(Device device, CompileFlags flags) {
        this(device, flags, Set.of());
    }
}
