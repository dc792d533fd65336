package io.github.tintype.app;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Which layers are quantised, unchecked: {@link QuantizedComponents} gives it meaning. */
final class QuantizeArguments {
    @Option(
            names = "--group-size",
            paramLabel = "N",
            description = "Of int4-weight-only: inputs that share a scale, 32, 64, 128 or 256 (128).")
    Optional<String> groupSize = Optional.empty();

    @Option(
            names = "--filter",
            paramLabel = "dynamic|all|REGEX",
            description =
                    "Which linear layers are quantised: those of the guide's filter, all, or those whose path matches (dynamic).")
    Optional<String> filter = Optional.empty();

    @Option(
            names = "--components",
            paramLabel = "NAME,...",
            description = "Of unet, vae, text_encoder and text_encoder_2 (unet,vae).")
    Optional<String> components = Optional.empty();
}
