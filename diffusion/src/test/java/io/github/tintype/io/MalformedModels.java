package io.github.tintype.io;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The damaged models of {@code malformed/models.json}: how to make one, and what this room says of it. */
public final class MalformedModels {
    private MalformedModels() {}

    /** One damaged model. {@code eitherWay}: accepting and refusing are both defensible. */
    public record Case(String id, boolean valid, boolean eitherWay, ConfigNode node) {
        @Override
        public String toString() {
            return id;
        }

        /** Makes the model in {@code folder}, which must not exist yet. */
        public void make(Path folder) {
            Fixtures.copyTree(Fixtures.path(node.getString("base")), folder);
            try {
                for (ConfigNode change : node.children("changes")) {
                    apply(folder, change);
                }
                for (String name : node.getStrings("delete")) {
                    Files.delete(folder.resolve(name));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public static Stream<Case> cases() {
        return Json.read(Fixtures.path("malformed/models.json")).children("cases").stream()
                .map(node -> new Case(
                        node.getString("id"),
                        node.getString("expected").equals("valid"),
                        node.getBoolean("lenient_ok"),
                        node));
    }

    /** Opens everything that this room knows of a model: index, configurations, weights. Empty if it finds no fault. */
    public static Optional<String> refusal(Path folder, Optional<String> variant) {
        try {
            ModelFolder model = ModelFolder.open(folder);
            for (String name : model.components()) {
                if (!name.startsWith("tokenizer")) {
                    model.config(name);
                }
                if (List.of("unet", "vae", "text_encoder", "text_encoder_2").contains(name)) {
                    try (Checkpoint checkpoint = model.checkpoint(name, variant)) {
                        checkpoint.names().forEach(checkpoint::tensor);
                    }
                }
            }
            return Optional.empty();
        } catch (ModelFormatException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static void apply(Path folder, ConfigNode change) throws IOException {
        Path target = folder.resolve(change.getString("path"));
        Files.createDirectories(target.resolveSibling("."));
        if (change.has("recipe")) {
            Map<String, HostTensor> tensors = recipe(target, change.child("recipe"));
            SafetensorsWriter.write(target, tensors, Map.of());
            return;
        }
        String source = change.optionalString("overlay")
                .or(() -> change.optionalString("copy_from"))
                .orElseThrow();
        Files.copy(Fixtures.path(source), target, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Map<String, HostTensor> recipe(Path target, ConfigNode recipe) {
        String operation = recipe.getString("op");
        if (operation.equals("create")) {
            Map<String, HostTensor> zeros =
                    tensors(Fixtures.path("checkpoints/sd15/unet/diffusion_pytorch_model.safetensors"));
            zeros.replaceAll((name, tensor) -> HostTensor.allocate(tensor.type()));
            return zeros;
        }
        Map<String, HostTensor> tensors = tensors(target);
        switch (operation) {
            case "delete_tensor" -> tensors.remove(recipe.getString("name"));
            case "add_tensor" ->
                tensors.put(recipe.getString("name"), HostTensor.allocate(TensorType.of(DType.F32, 2)));
            case "replace_tensor" ->
                tensors.compute(recipe.getString("name"), (name, tensor) -> replaced(tensor, recipe.getString("how")));
            case "set_element" -> {
                double value = recipe.getString("value").equals("NaN") ? Double.NaN : Double.POSITIVE_INFINITY;
                HostTensor changed = tensors.get(recipe.getString("name"));
                Objects.requireNonNull(changed).setDouble(recipe.getLong("flat_index"), value);
            }
            case "convert" -> {
                List<DType> types = List.of(DType.F32, DType.F16, DType.BF16);
                List<String> names = new ArrayList<>(tensors.keySet());
                for (int i = 0; i < names.size(); i++) {
                    DType dtype = types.get(i % 3);
                    tensors.computeIfPresent(names.get(i), (name, tensor) -> tensor.to(dtype));
                }
            }
            default -> throw new IllegalArgumentException("unknown recipe " + operation);
        }
        return tensors;
    }

    private static HostTensor replaced(@Nullable HostTensor tensor, String how) {
        HostTensor old = Objects.requireNonNull(tensor);
        if (how.startsWith("swap dims")) {
            return old.reshape(4, 8, 3, 3); // only the shape matters here
        }
        if (how.startsWith("same bytes")) {
            return old.reshape(288);
        }
        return old.to(DType.I64);
    }

    /* In memory, so that the file can be replaced. */
    private static Map<String, HostTensor> tensors(Path path) {
        Map<String, HostTensor> tensors = new TreeMap<>();
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (String name : file.names()) {
                HostTensor copy = HostTensor.allocate(file.type(name));
                copy.data().copyFrom(file.tensor(name).data());
                tensors.put(name, copy);
            }
        }
        return new LinkedHashMap<>(tensors);
    }
}
