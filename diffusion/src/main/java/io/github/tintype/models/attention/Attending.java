package io.github.tintype.models.attention;

import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.util.function.UnaryOperator;

/**
 * A model whose attention can be chosen: for all layers that attend, and for nothing else. Its own choice is further inside than any {@link
 * io.github.tintype.trace.SdpaKernel} of a caller, and wins. Source: diffusers' {@code set_attention_backend}, which skips UNets and VAEs and changes
 * what other models do.
 *
 * @param <M> the model itself
 */
public interface Attending<M extends Attending<M>> {
    /** This model with all attention by {@code backend}. That it can't compute some of it is an error when a program is planned. */
    default M withAttentionBackend(SdpBackend backend) {
        return withAttentionBackend(SdpaChoice.of(backend));
    }

    /** This model with all attention by some back ends. */
    default M withAttentionBackend(SdpaChoice choice) {
        return changed(AttentionLayer.by(choice));
    }

    /** This model with attention as its caller chooses. */
    default M withoutAttentionBackend() {
        return changed(AttentionLayer.byCaller());
    }

    /** This model with the scores of some heads at once. @throws io.github.tintype.tensor.ShapeException if a layer has fewer heads */
    default M withAttentionSlicing(AttentionSlicing slicing) {
        return changed(AttentionLayer.sliced(slicing));
    }

    @SuppressWarnings("unchecked") // a model's M is the model
    private M changed(UnaryOperator<Module> change) {
        return (M) ModuleTree.map(this, change);
    }
}
