package io.github.tintype.models.attention;

import io.github.tintype.tensor.ShapeException;

/**
 * Of how many heads the scores exist at once. It saves memory where a back end holds the scores of a head at all, which is MATH; the others keep to
 * their own blocks, which are smaller, and take no notice. The result is the same. Source: diffusers' {@code enable_attention_slicing}, which replaces the
 * back end by one of its own and cuts batch and heads together; here each picture of a batch has so many heads.
 */
public sealed interface AttentionSlicing {
    /** Half of the heads, at least one: diffusers' {@code "auto"}. */
    record Auto() implements AttentionSlicing {}

    /** One head: diffusers' {@code "max"}. */
    record Max() implements AttentionSlicing {}

    /** So many heads. */
    record Heads(int count) implements AttentionSlicing {
        public Heads {
            if (count < 1) {
                throw new ShapeException("attention slicing: got %d heads at once, wanted at least 1".formatted(count));
            }
        }
    }

    /** All heads. */
    record None() implements AttentionSlicing {}

    /** For one layer. @throws ShapeException if it has fewer heads than it shall have at once */
    default int headsAtOnce(AttentionLayer layer) {
        return switch (this) {
            case Auto() -> Math.max(1, layer.heads() / 2);
            case Max() -> 1;
            case Heads(int count) -> {
                if (count > layer.heads()) {
                    throw new ShapeException("attention slicing: got %d heads at once, wanted at most %d (at %s)"
                            .formatted(count, layer.heads(), layer.path()));
                }
                yield count;
            }
            case None() -> AttentionOptions.DEFAULT.headsAtOnce();
        };
    }
}
