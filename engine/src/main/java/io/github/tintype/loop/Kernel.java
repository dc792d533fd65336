package io.github.tintype.loop;

import java.util.List;

/**
 * One phase of a program: {@code body} for each point of the grid, the last axis counting fastest. Points don't depend on each other, so
 * that any slice of them, numbered from 0, may be computed by any thread.
 */
public record Kernel(String name, List<Axis> grid, List<Memory.Local> locals, List<Statement> body) {
    public Kernel {
        grid = List.copyOf(grid);
        locals = List.copyOf(locals);
        body = List.copyOf(body);
        if (grid.isEmpty()) {
            throw new IllegalArgumentException("kernel %s: got no grid, wanted one axis or more".formatted(name));
        }
    }
}
