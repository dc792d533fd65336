package io.github.tintype.pipelines;

import java.util.List;
import java.util.Optional;

/** Finds what is wrong with a request before anything is computed. Each check throws a one-line {@link RequestException}. */
final class RequestCheck {
    private RequestCheck() {}

    /** The checks that don't depend on the kind of pipeline. {@code multiple}: pixels for each latent. */
    static void common(GenerateRequest r, Size size, int multiple) {
        if (r.promptCount() == 0) {
            throw new RequestException("prompts: got none, wanted at least 1, or promptEmbeds");
        }
        if (size.height() % multiple != 0 || size.width() % multiple != 0) {
            throw new RequestException(
                    "size: got %d × %d, wanted multiples of %d".formatted(size.height(), size.width(), multiple));
        }
        perPrompt("negativePrompts", r.negativePrompts(), r.promptCount());
        atLeast("numImagesPerPrompt", r.numImagesPerPrompt(), 1);
        atLeast("numInferenceSteps", r.numInferenceSteps(), 1);
        if (r.timesteps().isPresent() && r.sigmas().isPresent()) {
            throw new RequestException("timesteps, sigmas: got both, wanted one of them");
        }
        r.timesteps().ifPresent(list -> notEmpty("timesteps", list));
        r.sigmas().ifPresent(list -> notEmpty("sigmas", list));
        r.guidanceScale().ifPresent(scale -> inRange("guidanceScale", scale, 0, Double.MAX_VALUE));
        inRange("guidanceRescale", r.guidanceRescale(), 0, 1);
        inRange("eta", r.eta(), 0, 1);
        if (r.clipSkip().isPresent()) {
            atLeast("clipSkip", r.clipSkip().getAsInt(), 0);
        }
        if (r.seeds().size() > 1 && r.seeds().size() != r.batch()) {
            throw new RequestException("seeds: got %d, wanted 1 or %d (one for each picture)"
                    .formatted(r.seeds().size(), r.batch()));
        }
    }

    /** Several prompts, or one for all. */
    static void perPrompt(String name, Optional<List<String>> list, int prompts) {
        if (list.isPresent() && list.get().size() != 1 && list.get().size() != prompts) {
            throw new RequestException("%s: got %d, wanted 1 or %d (one for each prompt)"
                    .formatted(name, list.get().size(), prompts));
        }
    }

    /** An argument of other pipelines only. */
    static void absent(String name, boolean present, String pipeline) {
        if (present) {
            throw new RequestException(
                    "%s: got a value, wanted none: %s doesn't have this argument".formatted(name, pipeline));
        }
    }

    static void inRange(String name, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new RequestException("%s: got %s, wanted %s to %s".formatted(name, value, low, high));
        }
    }

    private static void atLeast(String name, int value, int low) {
        if (value < low) {
            throw new RequestException("%s: got %d, wanted at least %d".formatted(name, value, low));
        }
    }

    private static void notEmpty(String name, List<?> list) {
        if (list.isEmpty()) {
            throw new RequestException("%s: got an empty list, wanted at least 1".formatted(name));
        }
    }
}
