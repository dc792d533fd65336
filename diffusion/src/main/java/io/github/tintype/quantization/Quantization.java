package io.github.tintype.quantization;

import io.github.tintype.io.LayerForm;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Linear;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.util.List;

/** How the layers of a model are quantised, and which. */
public record Quantization(QuantizationConfig config, LayerFilter filter) implements LayerChange {
    /**
     * {@code model} with the layers that {@code filter} chooses quantised; the rest is shared with it. Source: torchao's {@code quantize_}.
     *
     * @throws QuantizationException if the filter chooses something that is no linear layer or is quantised already, or a layer doesn't
     *     fit the configuration; the message names it
     */
    public static <M> M quantize(M model, QuantizationConfig config, LayerFilter filter) {
        return new Quantization(config, filter).apply(model);
    }

    /** As {@link #quantize}. */
    @Override
    public <M> M apply(M model) {
        return ModuleTree.map(model, this::change);
    }

    /** One module in the place of another: for {@link ModuleTree#map}. @throws QuantizationException as {@link #quantize} */
    public Module change(Module module) {
        if (!isLayer(module) || filter.refusal(module, module.path()).isPresent()) {
            return module;
        }
        return changed(module, new LayerForm.Quantized(config.scheme()));
    }

    /** A linear layer or convolution in {@code form}. @throws QuantizationException if it can't be */
    static Module changed(Module module, LayerForm form) {
        return switch (module) {
            case Linear linear -> new Linear(linear.path(), in(form, linear.path(), linear.weight()), linear.bias());
            case Conv2d conv
            when conv.isLinear() || form instanceof LayerForm.Narrow ->
                conv.withWeight(in(form, conv.path(), conv.weight()));
            default ->
                throw new QuantizationException(
                        "%s: got a %s, wanted a linear layer; 1×1 convolutions become that by swapConv1x1ToLinear"
                                .formatted(module.path(), module.getClass().getSimpleName()));
        };
    }

    private static boolean isLayer(Module module) {
        return module instanceof Linear || module instanceof Conv2d;
    }

    private static Weight in(LayerForm form, String path, Weight weight) {
        if (weight instanceof QuantizedWeight quantized) {
            throw new QuantizationException("%s: got a layer that is quantised already, as %s, wanted one that isn't"
                    .formatted(path, quantized.scheme()));
        }
        try {
            return form.of(weight);
        } catch (ShapeException e) {
            throw new QuantizationException("%s: %s".formatted(path, e.getMessage()), e);
        }
    }

    @Override
    public QuantizationReport report(List<Module> modules) {
        return QuantizationReport.of(
                modules, module -> filter.refusal(module, module.path()).orElse("kept: it hasn't been quantised"));
    }

    /**
     * {@code model} with the 1×1 convolutions of stride 1 that {@code filter} chooses turned into linear layers between two permutations, which gives the same results. Source:
     * torchao's {@code swap_conv2d_1x1_to_linear}. Comes before quantising, which then takes them for linear layers.
     */
    public static <M> M swapConv1x1ToLinear(M model, LayerFilter filter) {
        return ModuleTree.map(
                model,
                module -> module instanceof Conv2d conv
                                && conv.isPointwise()
                                && !conv.isLinear()
                                && filter.refusal(conv, conv.path()).isEmpty()
                        ? conv.asLinear()
                        : module);
    }
}
