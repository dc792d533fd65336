package io.github.tintype.calibration;

import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.runtime.RunContext;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The pictures that a calibration looks at: each prompt with each seed.
 *
 * @param steps denoising steps
 * @param width in pixels; otherwise the model's own
 * @param height in pixels; otherwise the model's own
 * @throws IllegalArgumentException without a prompt or a seed
 */
public record Samples(List<String> prompts, List<Long> seeds, int steps, OptionalInt width, OptionalInt height) {
    /** Prompts of several kinds: a portrait, a landscape, a thing, letters, a crowded scene. */
    public static final List<String> PROMPTS = List.of(
            "a portrait of an old fisherman, soft light",
            "a wide mountain landscape at sunrise, fog in the valley",
            "a red rocket on a white table",
            "a shop sign that says OPEN",
            "a crowded street market at night, neon lights");

    public Samples {
        prompts = List.copyOf(prompts);
        seeds = List.copyOf(seeds);
        if (prompts.isEmpty() || seeds.isEmpty()) {
            throw new IllegalArgumentException("samples: got %d prompts and %d seeds, wanted one of each or more"
                    .formatted(prompts.size(), seeds.size()));
        }
    }

    /** Of the model's own size. */
    public static Samples of(List<String> prompts, List<Long> seeds, int steps) {
        return new Samples(prompts, seeds, steps, OptionalInt.empty(), OptionalInt.empty());
    }

    /** These in another size. */
    public Samples withSize(int newWidth, int newHeight) {
        return new Samples(prompts, seeds, steps, OptionalInt.of(newWidth), OptionalInt.of(newHeight));
    }

    int count() {
        return prompts.size() * seeds.size();
    }

    List<GenerateRequest> requests(RunContext context) {
        List<GenerateRequest> requests = new ArrayList<>();
        for (String prompt : prompts) {
            for (long seed : seeds) {
                GenerateRequest.Builder request = GenerateRequest.builder(prompt)
                        .numInferenceSteps(steps)
                        .seed(seed)
                        .context(context);
                width.ifPresent(request::width);
                height.ifPresent(request::height);
                requests.add(request.build());
            }
        }
        return requests;
    }
}
