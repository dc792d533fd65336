package io.github.tintype.models.attention;

import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.util.function.UnaryOperator;

/** A module that attends, of whatever model. The functions here are for {@link ModuleTree#map} and reach every one of a model. */
public interface AttentionLayer extends Module {
    int heads();

    AttentionOptions options();

    /** The same layer with other options. */
    AttentionLayer with(AttentionOptions options);

    /** Layers compute by this choice, whatever the caller chooses. */
    static UnaryOperator<Module> by(SdpaChoice choice) {
        return each(layer -> layer.with(layer.options().by(choice)));
    }

    /** Layers compute by what the caller chooses. */
    static UnaryOperator<Module> byCaller() {
        return each(layer -> layer.with(layer.options().byCaller()));
    }

    /** Layers hold the scores of some of their heads at once; see {@link AttentionSlicing}. */
    static UnaryOperator<Module> sliced(AttentionSlicing slicing) {
        return each(layer -> layer.with(layer.options().withHeadsAtOnce(slicing.headsAtOnce(layer))));
    }

    private static UnaryOperator<Module> each(UnaryOperator<AttentionLayer> change) {
        return module -> module instanceof AttentionLayer layer ? change.apply(layer) : module;
    }
}
