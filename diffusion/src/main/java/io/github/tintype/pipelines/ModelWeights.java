package io.github.tintype.pipelines;

import io.github.tintype.io.LayerForm;
import io.github.tintype.io.QuantizedLayers;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Linear;
import io.github.tintype.tensor.CastWeight;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.DerivedWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizedPart.Part;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.StoredWeight;
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

/** The weights of a model as a component's folder holds them: by their names in the checkpoint, those of layers in other forms by {@link QuantizedLayers}. */
final class ModelWeights {
    private final Map<String, Weight> tensors = new LinkedHashMap<>();
    private final Map<String, LayerForm> forms = new LinkedHashMap<>();

    /** @throws RequestException if a layer is quantised, or kept in a narrower type, whose weight isn't one of the checkpoint */
    ModelWeights(List<Module> modules) {
        for (Weight weight : ModuleTree.weights(modules)) {
            switch (weight) {
                case QuantizedWeight _ -> {} // by its layer, below
                case StoredWeight narrow ->
                    narrow.parts().forEach(part -> tensors.put(part.name(), new CastWeight(part, narrow.storage())));
                case DenseWeight _, DerivedWeight _ -> weight.parts().forEach(part -> tensors.put(part.name(), part));
            }
        }
        modules.forEach(this::addLayer);
    }

    private void addLayer(Module module) {
        Optional<Weight> weight = switch (module) {
            case Linear linear -> Optional.of(linear.weight());
            case Conv2d conv -> Optional.of(conv.weight());
            default -> Optional.empty();
        };
        weight.ifPresent(one -> {
            switch (one) {
                case QuantizedWeight quantized -> {
                    requireOwn(module.path(), quantized);
                    addQuantized(module.path(), quantized);
                }
                case StoredWeight(Weight of, DType storage) -> {
                    requireOwn(module.path(), of);
                    forms.put(module.path(), new LayerForm.Narrow(storage));
                }
                case DenseWeight _, DerivedWeight _ -> {}
            }
        });
    }

    private static void requireOwn(String path, Weight weight) {
        String own = path + "." + QuantizedLayers.WEIGHT;
        for (DenseWeight part : weight.parts()) {
            if (!part.name().startsWith(own)) {
                throw new RequestException(
                        "save: %s: got a quantised layer made of %s, wanted one of its own weight: fused projections can't be saved in fewer bits"
                                .formatted(path, part.name()));
            }
        }
    }

    private void addQuantized(String path, QuantizedWeight weight) {
        forms.put(path, new LayerForm.Quantized(weight.scheme()));
        for (Part part : weight.scheme().parts()) {
            tensors.put(path + "." + QuantizedLayers.name(part), weight.component(part));
        }
    }

    /** Writes {@code stem.safetensors}, and {@code quantization.json} if there are layers in other forms. */
    void write(Path folder, String stem) {
        Map<String, TensorType> types = new LinkedHashMap<>();
        tensors.forEach((name, weight) -> types.put(name, stored(weight)));
        SafetensorsWriter.stream(folder.resolve(stem + ".safetensors"), types, Map.of("format", "pt"), this::fill);
        if (!forms.isEmpty()) {
            new QuantizedLayers(forms).write(folder);
        }
    }

    /* As it was loaded, unless it computes in a type that isn't wider: then what that rounds away is lost anyway. */
    private static TensorType stored(Weight weight) {
        return weight instanceof DenseWeight dense
                        && dense.source().dtype().bytes() < dense.type().dtype().bytes()
                ? dense.source().type()
                : weight.type();
    }

    private void fill(String name, HostTensor tensor) {
        Weight weight = Objects.requireNonNull(tensors.get(name));
        try (Arena arena = Arena.ofConfined()) {
            HostTensor values = weight.source(arena);
            HostTensor.convert(values.data(), values.dtype(), tensor.data(), tensor.dtype(), values.elements());
        }
        weight.parts().forEach(part -> part.source().unload());
    }
}
