package io.github.tintype.loop.template;

import io.github.tintype.loop.Packed;
import io.github.tintype.tensor.DType;
import java.util.Optional;

/** A template whose products take a number of each side at a step, or a pair of BF16: where processors have an instruction for it, both products of a pair are added at once. */
public sealed interface PairedTemplate extends Template permits AttentionTemplate, DirectTemplate, MatmulTemplate {
    /** Whether numbers are multiplied in pairs. */
    boolean pairs();

    /** What a step takes of each side, if that is no number. */
    default Optional<Packed> packed() {
        return pairs() ? Optional.of(Packed.PAIR_BF16) : Optional.empty();
    }

    /** Numbers of a step. */
    default int step() {
        return packed().map(Packed::count).orElse(1);
    }

    /** @throws IllegalArgumentException if numbers of these types aren't multiplied in pairs, but should be */
    static void check(String template, boolean pairs, DType left, DType right) {
        if (pairs && (left != DType.BF16 || right != DType.BF16)) {
            throw new IllegalArgumentException(
                    "%s: got pairs of %s by %s, wanted BF16 by BF16".formatted(template, left, right));
        }
    }
}
