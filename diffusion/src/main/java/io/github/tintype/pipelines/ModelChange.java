package io.github.tintype.pipelines;

import io.github.tintype.quantization.LayerChange;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.util.function.UnaryOperator;

/** What makes a model from another of the same class. */
public sealed interface ModelChange {
    /** {@code change(module)} in the place of each module, children first. */
    record OfModules(UnaryOperator<Module> change) implements ModelChange {
        @Override
        public <M> M of(M model) {
            return ModuleTree.map(model, change);
        }
    }

    /** {@code change(weight)} in the place of each weight. */
    record OfWeights(UnaryOperator<Weight> change) implements ModelChange {
        @Override
        public <M> M of(M model) {
            return ModuleTree.mapWeights(model, change);
        }
    }

    /** Layers in other forms, by a rule or layer by layer. */
    record OfLayers(LayerChange change) implements ModelChange {
        @Override
        public <M> M of(M model) {
            return change.apply(model);
        }
    }

    /**
     * The changed model, which shares with {@code model} what stays.
     *
     * @throws io.github.tintype.trace.StructureException if something becomes what its place doesn't take
     * @throws io.github.tintype.quantization.QuantizationException if a layer can't be quantised, or a choice of layers was made for another model
     */
    <M> M of(M model);
}
