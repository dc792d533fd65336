package io.github.tintype.trace;

import java.util.List;

/**
 * A part of a model: parameters and a {@code forward}. Usually a record whose first component is its path. Callers use {@code call},
 * which runs {@code forward} inside a {@link Region}: regional compilation, named intermediates and profiles hang on that.
 */
public interface Module {
    /** Where it hangs in the model, which is also the prefix of its weights, e.g. {@code down_blocks.0.resnets.1}. */
    String path();

    /**
     * Simple class names of the blocks that this model repeats: what regional compilation compiles. Source: diffusers'
     * {@code ModelMixin._repeated_blocks}.
     */
    default List<String> repeatedBlocks() {
        return List.of();
    }

    /** A module of one argument. */
    interface Of1<A, R> extends Module {
        R forward(A a);

        default R call(A a) {
            return Region.run(this, () -> forward(a));
        }
    }

    /** A module of two arguments. */
    interface Of2<A, B, R> extends Module {
        R forward(A a, B b);

        default R call(A a, B b) {
            return Region.run(this, () -> forward(a, b));
        }
    }

    /** A module of three arguments. */
    interface Of3<A, B, C, R> extends Module {
        R forward(A a, B b, C c);

        default R call(A a, B b, C c) {
            return Region.run(this, () -> forward(a, b, c));
        }
    }

    /** A module of four arguments. */
    interface Of4<A, B, C, D, R> extends Module {
        R forward(A a, B b, C c, D d);

        default R call(A a, B b, C c, D d) {
            return Region.run(this, () -> forward(a, b, c, d));
        }
    }
}
