package io.github.tintype.app;

import java.util.Optional;
import picocli.CommandLine.Option;

/** How to compute attention, unchecked: {@link AttentionUse} gives it meaning. */
final class AttentionArguments {
    @Option(
            names = "--attention-backend",
            paramLabel = "NAME[,NAME]",
            description =
                    "How all attention is computed: math, flash, efficient or cudnn; of several the first that can. Otherwise what is fastest.")
    Optional<String> backend = Optional.empty();

    @Option(
            names = "--attention-slicing",
            paramLabel = "auto|max|N",
            description =
                    "The UNet's scores of half the heads at once, of one, or of N: less memory with --attention-backend math.")
    Optional<String> slicing = Optional.empty();
}
