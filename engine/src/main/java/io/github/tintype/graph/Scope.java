package io.github.tintype.graph;

/**
 * One call of a module: nodes recorded inside carry it. A new object for each call, so that the nodes of one call can be told from
 * those of the next.
 */
public final class Scope {
    /** Outside of every module. */
    public static final Scope NONE = new Scope();

    private final String path;
    private final String module;
    private final Scope parent;

    private Scope() {
        this.path = "";
        this.module = "";
        this.parent = this;
    }

    /** The call of {@code module} at {@code path} from within {@code parent}. */
    public Scope(String path, String module, Scope parent) {
        this.path = path;
        this.module = module;
        this.parent = parent;
    }

    /** The call that this one was made from; {@link #NONE} at the top, and {@code NONE} of itself. */
    public Scope parent() {
        return parent;
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
