package io.github.tintype.golden;

import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.tensor.HostTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A fixtures folder: paths in it are relative to {@code root}. */
record GoldenFolder(Path root) {
    /** {@code -Dtintype.fixtures}, otherwise the copy of this repository. */
    static GoldenFolder ofSystemProperty() {
        return new GoldenFolder(Path.of(System.getProperty("tintype.fixtures", "src/test/resources/fixtures"))
                .toAbsolutePath());
    }

    List<GoldenCase> cases() {
        return json("manifest.json")
                .get("cases")
                .valueStream()
                .map(GoldenCase::new)
                .toList();
    }

    Path path(String name) {
        return root.resolve(name);
    }

    JsonNode json(String name) {
        return JsonMapper.shared().readTree(path(name));
    }

    byte[] bytes(String name) {
        try {
            return Files.readAllBytes(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every tensor of a file, copied, by name. */
    Map<String, HostTensor> tensors(String name) {
        Map<String, HostTensor> tensors = new TreeMap<>();
        try (SafetensorsFile file = SafetensorsFile.open(path(name))) {
            for (String tensor : file.names()) {
                HostTensor view = file.tensor(tensor);
                HostTensor copy = HostTensor.allocate(view.type());
                copy.data().copyFrom(view.data());
                tensors.put(tensor, copy);
            }
        }
        return tensors;
    }
}
