package io.github.tintype.benchmark;

import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The checkpoints whose configurations are in this module's resources, as their repositories have them. */
public enum TrueSize {
    /** The model that comes along, which is small: UNet and VAE alone. */
    TINY("tiny"),
    /** runwayml/stable-diffusion-v1-5, without safety checker. */
    SD15("sd15"),
    /** stabilityai/stable-diffusion-xl-base-1.0. */
    SDXL("sdxl");

    private final String folder;

    TrueSize(String folder) {
        this.folder = folder;
    }

    /** As the command line spells it, e.g. {@code sd15}. */
    public String label() {
        return folder;
    }

    /** The text of a file, e.g. {@code unet/config.json}. @throws IllegalArgumentException if there is none */
    public String text(String file) {
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
    public ConfigNode config(String component) {
        String file = component + "/config.json";
        return Json.parse(text(file), folder + "/" + file);
    }
}
