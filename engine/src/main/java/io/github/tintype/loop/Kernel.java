package io.github.tintype.loop;

import java.util.List;
import java.util.Optional;

/**
 * One phase of a program: {@code body} for each point of the grid, the last axis counting fastest. Points don't depend on each other, so
 * that any slice of them, numbered from 0, may be computed by any thread, or by any team.
 *
 * @param team which threads of a GPU compute a point; none for a kernel of a processor
 */
public record Kernel(
        String name, List<Axis> grid, Optional<Team> team, List<Memory.Local> locals, List<Statement> body) {
    /** For a processor. */
    public Kernel(String name, List<Axis> grid, List<Memory.Local> locals, List<Statement> body) {
        this(name, grid, Optional.empty(), locals, body);
    }

    public Kernel {
        grid = List.copyOf(grid);
        locals = List.copyOf(locals);
        body = List.copyOf(body);
        if (grid.isEmpty()) {
            throw new IllegalArgumentException("kernel %s: got no grid, wanted one axis or more".formatted(name));
        }
    }

    /** How many points the grid has. */
    public Index points() {
        return grid.stream().map(Axis::extent).reduce(Index.of(1), Index::times);
    }
}
