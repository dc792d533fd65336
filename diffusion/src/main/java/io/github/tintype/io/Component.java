package io.github.tintype.io;

import java.nio.file.Path;

/** One component of a pipeline, as {@code model_index.json} declares it; library and class are of the closed table. */
public record Component(String name, String library, String className, Path folder) {
    /** The file that holds this component's configuration. */
    Path configFile() {
        if (name.equals("scheduler")) {
            return folder.resolve("scheduler_config.json");
        }
        return folder.resolve(
                switch (className) {
                    case "CLIPTokenizer", "CLIPTokenizerFast" -> "tokenizer_config.json";
                    case "CLIPImageProcessor", "CLIPFeatureExtractor" -> "preprocessor_config.json";
                    default -> "config.json";
                });
    }
}
