package io.github.tintype.golden;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** One case of the manifest. */
record GoldenCase(JsonNode json) {
    String id() {
        return json.get("id").asString();
    }

    String kind() {
        return json.get("kind").asString();
    }

    /** The name of a file of the case that ends with {@code suffix}. */
    String file(String suffix) {
        return files().stream()
                .filter(file -> file.endsWith(suffix))
                .findFirst()
                .orElseThrow(() -> new AssertionError(id() + ": no file " + suffix));
    }

    List<String> files() {
        return json.get("files").valueStream().map(JsonNode::asString).toList();
    }

    String text(String key) {
        return json.get(key).asString();
    }

    /** The tolerance of f32 results. */
    Tolerance tolerance() {
        return Tolerance.of(json.get("tolerance").path("f32"));
    }
}
