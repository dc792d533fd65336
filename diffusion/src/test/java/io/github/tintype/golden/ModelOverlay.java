package io.github.tintype.golden;

import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * A copy of a checkpoint with the changes of one malformed model.
 *
 * @param path a temporary folder, removed by {@link #close}
 */
record ModelOverlay(Path path) implements AutoCloseable {
    static ModelOverlay of(GoldenFolder folder, JsonNode item) {
        try {
            ModelOverlay overlay = new ModelOverlay(Files.createTempDirectory("model"));
            overlay.build(folder, item);
            return overlay;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void build(GoldenFolder folder, JsonNode item) throws IOException {
        Path base = folder.path(item.get("base").asString());
        try (Stream<Path> files = Files.walk(base)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                put(file, base.relativize(file).toString());
            }
        }
        for (JsonNode change : item.get("changes")) {
            String name = change.get("path").asString();
            if (change.has("recipe")) {
                SafetensorsWriter.write(
                        path.resolve(name), changed(folder, base, name, change.get("recipe")), Map.of());
            } else {
                put(
                        folder.path(change.path("overlay")
                                .asString(change.path("copy_from").asString(""))),
                        name);
            }
        }
        for (JsonNode name : item.get("delete")) {
            Files.delete(path.resolve(name.asString()));
        }
    }

    private void put(Path source, String name) throws IOException {
        Path target = path.resolve(name);
        Files.createDirectories(target.getParent());
        Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Map<String, HostTensor> changed(GoldenFolder folder, Path base, String name, JsonNode recipe) {
        String op = recipe.get("op").asString();
        if (op.equals("create")) {
            Map<String, HostTensor> zeros = new TreeMap<>();
            folder.tensors("checkpoints/sd15/" + name)
                    .forEach((key, tensor) -> zeros.put(key, HostTensor.allocate(tensor.type())));
            return zeros;
        }
        Map<String, HostTensor> tensors = folder.tensors(base.resolve(name).toString());
        if (op.equals("convert")) {
            List<String> names = tensors.keySet().stream().sorted().toList();
            List<DType> types = List.of(DType.F32, DType.F16, DType.BF16);
            tensors.replaceAll((key, tensor) -> tensor.to(types.get(names.indexOf(key) % 3)));
            return tensors;
        }
        String key = recipe.get("name").asString();
        switch (op) {
            case "delete_tensor" -> tensors.remove(key);
            case "add_tensor" -> tensors.put(key, HostTensor.ofFloats(new float[2], 2));
            case "set_element" ->
                get(tensors, key)
                        .setDouble(
                                recipe.get("flat_index").asLong(),
                                Double.parseDouble(recipe.get("value").asString()));
            case "replace_tensor" ->
                tensors.put(key, replaced(get(tensors, key), recipe.get("how").asString()));
            default -> throw new AssertionError("unknown recipe " + recipe);
        }
        return tensors;
    }

    private static HostTensor replaced(HostTensor tensor, String how) {
        long[] shape = tensor.type().shape().sizes();
        if (how.startsWith("values truncated")) {
            long[] values = new long[Math.toIntExact(tensor.type().shape().elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (long) tensor.getDouble(i);
            }
            return HostTensor.ofLongs(values, shape);
        }
        DType dtype = tensor.type().dtype();
        // only the shape of a swapped tensor matters
        TensorType type = how.startsWith("swap")
                ? TensorType.of(dtype, shape[1], shape[0], shape[2], shape[3])
                : TensorType.of(dtype, tensor.type().shape().elements());
        return new HostTensor(type, tensor.data());
    }

    private static HostTensor get(Map<String, HostTensor> tensors, String key) {
        HostTensor tensor = tensors.get(key);
        if (tensor == null) {
            throw new AssertionError("no tensor " + key);
        }
        return tensor;
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
