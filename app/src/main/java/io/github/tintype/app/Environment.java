package io.github.tintype.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the command line knows of the machine it runs on.
 *
 * @param home the folder that Tintype is installed in: a checkout
 * @param hub id ({@code org/name}) → snapshot folder in the local Hugging Face cache
 * @param cache where native libraries and generated code are kept
 * @param version of the program
 */
record Environment(Path home, Function<String, Optional<Path>> hub, Path cache, String version) {
    /** The name of the model that comes along. */
    static final String EMBEDDED_MODEL = "tiny-cartoon-sdxl";

    /** The folder of the model that comes along. */
    Path embeddedModel() {
        return home.resolve("models", EMBEDDED_MODEL, "pipeline");
    }

    /**
     * The folder of a model that the user named.
     *
     * @param flag that the name came from
     * @throws CliException if there is none
     */
    Path model(String flag, String name) {
        Path folder = RequestParser.path(flag, name);
        if (Files.isDirectory(folder)) {
            if (!Files.isRegularFile(folder.resolve("model_index.json"))) {
                throw new CliException(
                        ExitCode.MODEL,
                        "%s: expected a diffusers folder with a model_index.json, found \"%s\" without one"
                                .formatted(flag, Text.oneLine(name)));
            }
            return folder;
        }
        if (Files.exists(folder)) {
            throw new CliException(
                    ExitCode.MODEL,
                    "%s: expected a diffusers folder, found the file \"%s\"".formatted(flag, Text.oneLine(name)));
        }
        Optional<Path> cached = name.matches("[A-Za-z0-9._-]{1,96}/[A-Za-z0-9._-]{1,96}(@[A-Za-z0-9._-]{1,96})?")
                ? hub.apply(name)
                : Optional.empty();
        return cached.orElseThrow(() -> new CliException(
                ExitCode.MODEL,
                "%s: expected a diffusers folder or an id in the local Hugging Face cache, found \"%s\", which is neither"
                        .formatted(flag, Text.oneLine(name))));
    }
}
