package io.github.tintype.graph;

import java.util.List;

/** An operator defined by others. Open: a device or a user may bring its own. */
public non-sealed interface CompositeOp extends Op {
    /** The same result from simpler operators; applied until only what the device supports is left. */
    Node decompose(List<Node> inputs);
}
