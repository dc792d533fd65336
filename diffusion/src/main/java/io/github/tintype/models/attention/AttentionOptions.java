package io.github.tintype.models.attention;

import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.trace.SdpaKernel;
import io.github.tintype.trace.Tensor;
import java.util.Optional;

/**
 * How one layer of a model attends.
 *
 * @param choice of back ends; otherwise what the caller chose by {@link SdpaKernel}, if anything
 * @param headsAtOnce of how many heads scores may exist at once, in every picture of a batch
 */
public record AttentionOptions(Optional<SdpaChoice> choice, int headsAtOnce) {
    /** As the caller likes, all heads at once. */
    public static final AttentionOptions DEFAULT = new AttentionOptions(Optional.empty(), Integer.MAX_VALUE);

    /** The same with another choice of back ends, whatever the caller chose. */
    public AttentionOptions by(SdpaChoice other) {
        return new AttentionOptions(Optional.of(other), headsAtOnce);
    }

    /** The same by what the caller chose. */
    public AttentionOptions byCaller() {
        return new AttentionOptions(Optional.empty(), headsAtOnce);
    }

    /** The same with the scores of so many heads at once. */
    public AttentionOptions withHeadsAtOnce(int heads) {
        return new AttentionOptions(choice, heads);
    }

    /** softmax(q·kᵀ · scale) · v. q [b,h,t,d], k and v [b,h,s,d] → [b,h,t,d]. */
    public Tensor attend(Tensor q, Tensor k, Tensor v, boolean causal, double scale) {
        SdpaChoice chosen = choice.orElseGet(SdpaKernel::current);
        return q.scaledDotProductAttention(k, v, Optional.empty(), causal, scale, chosen, headsAtOnce);
    }
}
