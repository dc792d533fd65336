package io.github.tintype.quantization;

import io.github.tintype.nn.Conv2d;
import io.github.tintype.trace.Module;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which layers of a model are changed. Asked for each {@link io.github.tintype.nn.Linear} and {@link Conv2d}. */
@FunctionalInterface
public interface LayerFilter {
    /** Why the layer at {@code path} stays as it is, for reports; empty if it is to be changed. */
    Optional<String> refusal(Module layer, String path);

    /** What convolutions are told that aren't linear layers either. */
    String NOT_LINEAR = "not a linear";

    /** (in, out) that {@link #dynamicQuantFilter} leaves alone. */
    Set<LayerSize> LEFT_ALONE = Set.of(
            new LayerSize(1280, 640),
            new LayerSize(1920, 1280),
            new LayerSize(1920, 640),
            new LayerSize(2048, 1280),
            new LayerSize(2048, 2560),
            new LayerSize(2560, 1280),
            new LayerSize(256, 128),
            new LayerSize(2816, 1280),
            new LayerSize(320, 640),
            new LayerSize(512, 1536),
            new LayerSize(512, 256),
            new LayerSize(512, 512),
            new LayerSize(640, 1280),
            new LayerSize(640, 1920),
            new LayerSize(640, 320),
            new LayerSize(640, 5120),
            new LayerSize(640, 640),
            new LayerSize(960, 320),
            new LayerSize(960, 640));

    /** All linear layers. */
    static LayerFilter all() {
        return (layer, _) -> LayerSize.of(layer).isPresent() ? Optional.empty() : Optional.of(NOT_LINEAR);
    }

    /**
     * The guide's {@code dynamic_quant_filter_fn}: linear layers of more than 16 inputs but for 19 sizes, found by hand for SDXL's UNet and VAE. Source: diffusion-fast
     * utils/pipeline_utils.py.
     *
     * <p>Nine of the sizes are dead: (1920,1280), (1920,640), (2560,1280), (320,640), (640,1280), (640,320), (960,320), (960,640) and (512,256) are shortcuts of
     * residual blocks, 1×1 convolutions that {@link #convFilter} doesn't swap, so that no linear layer ever has them. (640,1920), (2048,2560) and (512,1536) exist only once
     * projections are fused: fuse first.
     */
    static LayerFilter dynamicQuantFilter() {
        return (layer, _) -> LayerSize.of(layer)
                .map(size -> {
                    if (size.in() <= 16) {
                        return Optional.of("filtered: %d inputs, 16 or fewer".formatted(size.in()));
                    }
                    return LEFT_ALONE.contains(size) ? Optional.of("filtered: " + size) : Optional.<String>empty();
                })
                .orElse(Optional.of(NOT_LINEAR));
    }

    /** The guide's {@code conv_filter_fn}, for {@link Quantization#swapConv1x1ToLinear}: 1×1 convolutions from or to 128 channels. Source: as {@link #dynamicQuantFilter}. */
    static LayerFilter convFilter() {
        return (layer, _) -> layer instanceof Conv2d conv && conv.isPointwise() && touches128Channels(conv)
                ? Optional.empty()
                : Optional.of("filtered: no 1×1 convolution from or to 128 channels");
    }

    private static boolean touches128Channels(Conv2d conv) {
        return conv.weight().type().shape().size(0) == 128
                || conv.weight().type().shape().size(1) == 128;
    }

    /** Linear layers whose whole path matches. @throws QuantizationException if {@code regex} is none */
    static LayerFilter paths(String regex) {
        Pattern pattern;
        try {
            pattern = Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new QuantizationException(
                    "filter: got \"%s\", wanted a regular expression: %s".formatted(regex, e.getDescription()), e);
        }
        return all().and((_, path) -> pattern.matcher(path).matches()
                ? Optional.empty()
                : Optional.of("filtered: its path doesn't match " + regex));
    }

    /** Layers whose inputs are a multiple of {@code groupSize}, for {@link QuantizationConfig.Int4WeightOnly}. */
    static LayerFilter inputsDivisibleBy(int groupSize) {
        return (layer, _) -> LayerSize.of(layer)
                .filter(size -> size.in() % groupSize != 0)
                .map(size -> "filtered: %d inputs, no multiple of %d".formatted(size.in(), groupSize));
    }

    /** The layers for which {@code chosen} holds, by module and path. */
    static LayerFilter of(BiPredicate<Module, String> chosen) {
        return (layer, path) -> chosen.test(layer, path) ? Optional.empty() : Optional.of("filtered");
    }

    /** The layers that both choose. */
    default LayerFilter and(LayerFilter other) {
        return (layer, path) -> refusal(layer, path).or(() -> other.refusal(layer, path));
    }
}
