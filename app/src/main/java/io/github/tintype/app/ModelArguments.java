package io.github.tintype.app;

import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What to make of a model before it runs, unchecked: {@link ModelSetup} gives it meaning. */
final class ModelArguments {
    @Option(
            names = {"--dtype", "--torch-dtype"},
            paramLabel = "TYPE",
            description =
                    "What the models compute in: f32 (that is the default), bf16 or f16, or one for each: unet=bf16,default=f32.")
    Optional<String> dtype = Optional.empty();

    @Option(names = "--variant", paramLabel = "NAME", description = "Of the weight files, such as fp16.")
    Optional<String> variant = Optional.empty();

    @Mixin
    final AttentionArguments attention = new AttentionArguments();

    @Option(
            names = "--layerwise-casting",
            paramLabel = "TYPE",
            description = "Keep the UNet's layers in 8 bits, f8_e4m3 or f8_e5m2, and widen them whenever they run.")
    Optional<String> layerwiseCasting = Optional.empty();

    @Option(names = "--fuse-qkv", description = "Fuse the projections of each attention of UNet and VAE.")
    boolean fuseQkv;

    @Option(
            names = "--quantize",
            paramLabel = "CONFIG|FILE.json",
            description =
                    "Quantise linear layers while loading: int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only or float8-dynamic; or as tintype calibrate has chosen.")
    Optional<String> quantize = Optional.empty();

    @Mixin
    final QuantizeArguments quantized = new QuantizeArguments();
}
