package io.github.tintype.graph;

/**
 * One call of a module: nodes recorded inside carry it. A new object for each call, so that the nodes of one call can be told from
 * those of the next.
 */
public final class Scope {
    /** Outside of every module. */
    public static final Scope NONE = new Scope("", "");

    private final String path;
    private final String module;

    public Scope(String path, String module) {
        this.path = path;
        this.module = module;
    }

    /** The module's path, e.g. {@code down_blocks.0.resnets.1}. */
    public String path() {
        return path;
    }

    /** The module's class, e.g. {@code ResnetBlock2D}. */
    public String module() {
        return module;
    }

    @Override
    public String toString() {
        return path.isEmpty() ? module : path;
    }
}
