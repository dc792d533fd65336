package io.github.tintype.quantization;

import io.github.tintype.io.LayerForm;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Linear;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The form of each linear layer and convolution of one model, layer by layer. It fits models of the same class with the same layers, whatever their weights.
 *
 * @param where what messages call it: a file and the place in it
 * @param model simple name of the model's class
 * @param layers all of them by path, those that stay too
 */
public record ChosenLayers(String where, String model, Map<String, Layer> layers) implements LayerChange {
    private static final String STAYS = "kept: it hasn't been chosen";

    /**
     * One layer.
     *
     * @param weight sizes of its weight
     * @param form otherwise it stays as it is
     */
    public record Layer(Shape weight, Optional<LayerForm> form) {}

    public ChosenLayers {
        layers = Collections.unmodifiableMap(new LinkedHashMap<>(layers));
    }

    /** Those layers of {@code model} for which {@code forms} has one in their form, by path. */
    public static ChosenLayers of(String where, Module model, Map<String, LayerForm> forms) {
        Map<String, Layer> layers = new LinkedHashMap<>();
        for (Module module : ModuleTree.modules(model)) {
            weight(module)
                    .ifPresent(weight -> layers.put(
                            module.path(),
                            new Layer(weight.type().shape(), Optional.ofNullable(forms.get(module.path())))));
        }
        return new ChosenLayers(where, model.getClass().getSimpleName(), layers);
    }

    /** The weight of a linear layer or convolution; empty for all other modules. */
    public static Optional<Weight> weight(Module module) {
        return switch (module) {
            case Linear linear -> Optional.of(linear.weight());
            case Conv2d conv -> Optional.of(conv.weight());
            default -> Optional.empty();
        };
    }

    /** The paths of layers that change, and their forms. */
    public Map<String, LayerForm> forms() {
        Map<String, LayerForm> forms = new LinkedHashMap<>();
        layers.forEach((path, layer) -> layer.form().ifPresent(form -> forms.put(path, form)));
        return forms;
    }

    /** @throws QuantizationException also if {@code model} is of another class or has other layers */
    @Override
    public <M> M apply(M model) {
        if (!model.getClass().getSimpleName().equals(this.model)) {
            throw new QuantizationException("%s.class: got %s, wanted %s, the class of the model"
                    .formatted(where, this.model, model.getClass().getSimpleName()));
        }
        Map<String, Shape> found = new LinkedHashMap<>();
        ModuleTree.modules(model)
                .forEach(module -> weight(module)
                        .ifPresent(
                                weight -> found.put(module.path(), weight.type().shape())));
        found.keySet().stream()
                .filter(path -> !layers.containsKey(path))
                .findFirst()
                .ifPresent(path -> {
                    throw new QuantizationException(
                            "%s.layers: got no %s, wanted all layers of the model".formatted(where, path));
                });
        layers.forEach((path, layer) -> requireLike(path, layer, Optional.ofNullable(found.get(path))));
        return ModuleTree.map(model, this::change);
    }

    private void requireLike(String path, Layer layer, Optional<Shape> found) {
        if (found.isEmpty()) {
            throw new QuantizationException(
                    "%s.layers.%s: got a layer that isn't there, wanted one of the model".formatted(where, path));
        }
        if (!found.get().equals(layer.weight())) {
            throw new QuantizationException("%s.layers.%s.shape: got %s, wanted %s, the sizes of the layer's weight"
                    .formatted(where, path, layer.weight(), found.get()));
        }
    }

    private Module change(Module module) {
        return Optional.ofNullable(layers.get(module.path()))
                .filter(_ -> weight(module).isPresent())
                .flatMap(Layer::form)
                .map(form -> Quantization.changed(module, form))
                .orElse(module);
    }

    @Override
    public QuantizationReport report(List<Module> modules) {
        return QuantizationReport.of(modules, _ -> STAYS);
    }
}
