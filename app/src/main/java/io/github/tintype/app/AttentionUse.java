package io.github.tintype.app;

import io.github.tintype.models.attention.AttentionSlicing;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How attention of a request is computed.
 *
 * @param choice of back ends; otherwise what is fastest
 * @param slicing of how many heads at once; otherwise all
 * @param words what the user called them, by the name that metadata has for it
 */
record AttentionUse(Optional<SdpaChoice> choice, Optional<AttentionSlicing> slicing, Map<String, String> words) {
    static final AttentionUse NONE = new AttentionUse(Optional.empty(), Optional.empty(), Map.of());

    private static final String BACKEND = "--attention-backend";
    private static final String SLICING = "--attention-slicing";
    private static final int MOST_HEADS = 1024;

    /** What {@code a} asks for. @throws CliException for a name or a number that there isn't */
    static AttentionUse of(AttentionArguments a) {
        Map<String, String> words = new LinkedHashMap<>();
        a.backend.ifPresent(word -> words.put("attention_backend", word));
        a.slicing.ifPresent(word -> words.put("attention_slicing", word));
        return new AttentionUse(a.backend.map(AttentionUse::choice), a.slicing.map(AttentionUse::slicing), words);
    }

    private static SdpaChoice choice(String value) {
        List<SdpBackend> backends = Arrays.stream(value.split(",", -1))
                .map(name -> switch (name) {
                    case "math" -> SdpBackend.MATH;
                    case "flash" -> SdpBackend.FLASH_ATTENTION;
                    case "efficient" -> SdpBackend.EFFICIENT_ATTENTION;
                    case "cudnn" -> SdpBackend.CUDNN_ATTENTION;
                    default -> throw CliException.usage(BACKEND, "math, flash, efficient or cudnn", value);
                })
                .toList();
        return new SdpaChoice(backends, true);
    }

    private static AttentionSlicing slicing(String value) {
        return switch (value) {
            case "auto" -> new AttentionSlicing.Auto();
            case "max" -> new AttentionSlicing.Max();
            default -> {
                if (!value.matches("[0-9]{1,9}")) {
                    throw CliException.usage(SLICING, "auto, max or a number of heads", value);
                }
                yield new AttentionSlicing.Heads(RequestParser.whole(SLICING, value, 1, MOST_HEADS));
            }
        };
    }

    /** All attention of UNet, VAE and text encoders; slices of the UNet's. A pipeline to be closed on its own, that shares the other's weights. */
    DiffusionPipeline apply(DiffusionPipeline pipeline) {
        if (choice.isPresent() && slicing.isPresent()) {
            try (DiffusionPipeline chosen = pipeline.withAttentionBackend(choice.get())) {
                return chosen.withAttentionSlicing(slicing.get());
            }
        }
        return choice.map(pipeline::withAttentionBackend)
                .or(() -> slicing.map(pipeline::withAttentionSlicing))
                .orElseGet(() -> pipeline.withScheduler(pipeline.scheduler()));
    }
}
