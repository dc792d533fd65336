package io.github.tintype.app;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/** The model that a command is about. */
final class ModelParameter {
    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description =
                    "A diffusers folder or an id in the local Hugging Face cache; otherwise the model that comes along.")
    private Optional<String> model = Optional.empty();

    /** Its folder. @throws CliException if there is none */
    Path folder(Environment environment) {
        return model.map(name -> environment.model("MODEL", name)).orElseGet(environment::embeddedModel);
    }
}
