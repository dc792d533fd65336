package io.github.tintype.quantization;

import io.github.tintype.trace.Module;
import java.util.List;

/** What puts layers of a model into other forms. */
public sealed interface LayerChange permits Quantization, ChosenLayers {
    /**
     * {@code model} with its layers changed; the rest is shared with it.
     *
     * @throws QuantizationException if that can't be; the message names the layer
     */
    <M> M apply(M model);

    /** What {@link #apply} did to the model of these modules: each linear layer and convolution, in order. */
    QuantizationReport report(List<Module> modules);
}
