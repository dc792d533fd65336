package io.github.tintype.bench;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The checkpoints whose configurations are in this module's resources, as their repositories have them. */
enum TrueSize {
    /** runwayml/stable-diffusion-v1-5, without safety checker. */
    SD15("sd15"),
    /** stabilityai/stable-diffusion-xl-base-1.0. */
    SDXL("sdxl");

    private final String folder;

    TrueSize(String folder) {
        this.folder = folder;
    }

    /** @throws IllegalArgumentException naming what there is */
    static TrueSize named(String folder) {
        return Arrays.stream(values())
                .filter(size -> size.folder.equals(folder))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("--model: got %s, wanted sd15 or sdxl".formatted(folder)));
    }

    /** The text of a file, e.g. {@code unet/config.json}. */
    String text(String file) {
        String resource = "/true-size/" + folder + "/" + file;
        try (InputStream in = TrueSize.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "true size: got %s, wanted a file of %s".formatted(resource, folder));
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The configuration of a component with weights, e.g. {@code unet}. */
    ConfigNode config(String component) {
        String file = component + "/config.json";
        return Json.parse(text(file), folder + "/" + file);
    }
}
