package io.github.tintype.device;

import java.util.ArrayList;
import java.util.List;

/**
 * How a device looks beyond its tables for the fastest kernel of a problem, by measuring. Source: the flags max_autotune, coordinate_descent_tuning and
 * coordinate_descent_check_all_directions of torch._inductor.config.
 *
 * @param grid whether each kernel of a coarse grid of parameters is measured
 * @param descent whether the fastest, or else that of the tables, is left for its neighbours, one parameter at a time, as long as that helps
 * @param allDirections whether neighbours that differ in several parameters at once are tried where no single one helps any more
 */
public record Search(boolean grid, boolean descent, boolean allDirections) {
    /** Nothing is measured. */
    public static final Search NONE = new Search(false, false, false);

    public Search {
        if (allDirections && !descent) {
            throw new IllegalArgumentException("search: got all directions, wanted a descent with them");
        }
    }

    public boolean isNone() {
        return equals(NONE);
    }

    /** E.g. {@code grid, coordinate descent}. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        if (grid) {
            parts.add("grid");
        }
        if (descent) {
            parts.add(allDirections ? "coordinate descent in all directions" : "coordinate descent");
        }
        return parts.isEmpty() ? "none" : String.join(", ", parts);
    }
}
