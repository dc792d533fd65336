package io.github.tintype.cpu;

import io.github.tintype.device.Lowering;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** One of the kernels that may compute an op together with what is done to its results. */
interface Route {
    /** As a {@link Candidate}'s. */
    String name();

    /** The first of {@code postOps}, which the kernel does itself. */
    List<PostOp> taken(List<PostOp> postOps);

    /** The kernel with post-ops that were {@link #taken}, whose operands are the inputs after the op's own. */
    Lowering lower(List<PostOp> postOps);

    /** Whether it multiplies numbers of 16 bits, by instructions for that. */
    default boolean isNarrow() {
        return false;
    }

    /** As a {@link Candidate}'s. */
    default List<List<Route>> steps() {
        return List.of();
    }

    /** Steps of parameters as steps of what they make. */
    static <P> List<List<Route>> steps(List<List<P>> parameters, Function<P, Route> route) {
        return parameters.stream()
                .map(parameter -> parameter.stream().map(route).toList())
                .toList();
    }

    /** It and its steps with what {@code kernel} makes of each. */
    default Candidate candidate(Function<Route, Lowering> kernel) {
        return new Candidate(
                this::name,
                () -> kernel.apply(this),
                () -> steps().stream()
                        .map(parameter -> parameter.stream()
                                .map(route -> route.candidate(kernel))
                                .toList())
                        .toList());
    }

    /** These for the op alone. */
    static List<Candidate> candidates(List<Route> routes) {
        return routes.stream()
                .map(route -> route.candidate(one -> one.lower(List.of())))
                .toList();
    }

    /** The library's before those that are generated. */
    static List<Route> behind(Route library, List<Route> generated) {
        List<Route> routes = new ArrayList<>(List.of(library));
        routes.addAll(generated);
        return routes;
    }

    /**
     * For operands of 16 bits, which what is generated always takes: the library's first where it has tiles for products of them, or registers and what is generated multiplies
     * as many numbers of F32.
     *
     * @param speed of the library's products
     * @param hasFewerProducts whether what is generated multiplies fewer numbers than the library
     */
    static List<Route> narrow(
            NarrowProducts.Speed speed, Route library, List<Route> generated, boolean hasFewerProducts) {
        return switch (speed) {
            case NONE -> generated;
            case REGISTERS ->
                hasFewerProducts || generated.stream().limit(1).anyMatch(Route::isNarrow)
                        ? with(generated, library)
                        : behind(library, generated);
            case TILES -> behind(library, generated);
        };
    }

    /** The library's behind the first of those that tables say, or alone. */
    static List<Route> with(List<Route> generated, Route library) {
        List<Route> routes = new ArrayList<>(generated);
        routes.add(Math.min(1, routes.size()), library);
        return routes;
    }
}
