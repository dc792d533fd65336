package io.github.tintype.cpu;

import io.github.tintype.device.Lowering;
import java.util.ArrayList;
import java.util.List;

/** One of the kernels that may compute an op together with what is done to its results. */
interface Route {
    /** As a {@link Candidate}'s. */
    String name();

    /** The first of {@code postOps}, which the kernel does itself. */
    List<PostOp> taken(List<PostOp> postOps);

    /** The kernel with post-ops that were {@link #taken}, whose operands are the inputs after the op's own. */
    Lowering lower(List<PostOp> postOps);

    /** These for the op alone. */
    static List<Candidate> candidates(List<Route> routes) {
        return routes.stream()
                .map(route -> new Candidate(route.name(), () -> route.lower(List.of())))
                .toList();
    }

    /** The library's behind the first of those that tables say, or alone. */
    static List<Route> with(List<Route> generated, Route library) {
        List<Route> routes = new ArrayList<>(generated);
        routes.add(Math.min(1, routes.size()), library);
        return routes;
    }
}
