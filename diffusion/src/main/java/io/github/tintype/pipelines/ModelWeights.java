package io.github.tintype.pipelines;

import io.github.tintype.io.QuantizedLayers;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Linear;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizedPart.Part;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The weights of a model as a component's folder holds them: by their names in the checkpoint, those of quantised layers by {@link QuantizedLayers}. */
final class ModelWeights {
    private final Map<String, Weight> tensors = new LinkedHashMap<>();
    private final Map<String, QuantizationScheme> quantized = new LinkedHashMap<>();

    /** @throws RequestException if a layer is quantised whose weight isn't one of the checkpoint */
    ModelWeights(List<Module> modules) {
        for (Weight weight : ModuleTree.weights(modules)) {
            if (!weight.isQuantized()) {
                weight.parts().forEach(part -> tensors.put(part.name(), part));
            }
        }
        modules.forEach(module -> quantized(module).ifPresent(weight -> add(module.path(), weight)));
    }

    private static Optional<QuantizedWeight> quantized(Module module) {
        return switch (module) {
            case Linear(String _, QuantizedWeight weight, var _) -> Optional.of(weight);
            case Conv2d(String _, QuantizedWeight weight, var _, int _, int _) -> Optional.of(weight);
            default -> Optional.empty();
        };
    }

    private void add(String path, QuantizedWeight weight) {
        String own = path + "." + QuantizedLayers.WEIGHT;
        for (DenseWeight part : weight.parts()) {
            if (!part.name().startsWith(own)) {
                throw new RequestException(
                        "save: %s: got a quantised layer made of %s, wanted one of its own weight: fused projections can't be saved quantised"
                                .formatted(path, part.name()));
            }
        }
        quantized.put(path, weight.scheme());
        for (Part part : weight.scheme().parts()) {
            tensors.put(path + "." + QuantizedLayers.name(part), weight.component(part));
        }
    }

    /** Writes {@code stem.safetensors}, and {@code quantization.json} if there are quantised layers. */
    void write(Path folder, String stem) {
        Map<String, TensorType> types = new LinkedHashMap<>();
        tensors.forEach((name, weight) -> types.put(name, stored(weight)));
        SafetensorsWriter.stream(folder.resolve(stem + ".safetensors"), types, Map.of("format", "pt"), this::fill);
        if (!quantized.isEmpty()) {
            new QuantizedLayers(quantized).write(folder);
        }
    }

    /* A plain weight may be stored in another type than it computes in. */
    private static TensorType stored(Weight weight) {
        return weight instanceof DenseWeight dense ? dense.source().type() : weight.type();
    }

    private void fill(String name, HostTensor tensor) {
        Weight weight = Objects.requireNonNull(tensors.get(name));
        try (Arena arena = Arena.ofConfined()) {
            tensor.data().copyFrom(weight.source(arena).data());
        }
        weight.parts().forEach(part -> part.source().unload());
    }
}
