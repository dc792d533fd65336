package io.github.tintype.app;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How one picture was made, as it is written into the picture, in two texts: {@link #parameters} for the programs that read what the
 * AUTOMATIC1111 web UI writes, {@link #json} exact and complete.
 *
 * @param guidanceScale classifier-free guidance
 * @param seed of this picture, unsigned 64 bits
 * @param scheduler class name
 * @param modelName folder name or hub id
 * @param dtype the models computed in
 * @param attention how attention was computed, by key of {@link #json}, if the user chose
 * @param version of the program
 */
record GenerationMetadata(
        String prompt,
        Optional<String> negativePrompt,
        int steps,
        double guidanceScale,
        long seed,
        int width,
        int height,
        String scheduler,
        String modelName,
        String dtype,
        String device,
        Map<String, String> attention,
        String version) {
    GenerationMetadata {
        attention = Collections.unmodifiableMap(new LinkedHashMap<>(attention));
    }

    /** The PNG text chunks: keyword to text. */
    Map<String, String> chunks() {
        Map<String, String> chunks = new LinkedHashMap<>();
        chunks.put("parameters", parameters());
        chunks.put("tintype", json());
        return chunks;
    }

    /**
     * Prompt, negative prompt, and a last line of {@code key: value} pairs (modules/infotext_utils.py of stable-diffusion-webui).
     * {@code RNG: CPU} is always there: without it a reader assumes noise of a GPU.
     */
    String parameters() {
        StringBuilder text = new StringBuilder(prompt).append('\n');
        negativePrompt
                .filter(n -> !n.isBlank())
                .ifPresent(n -> text.append("Negative prompt: ").append(n).append('\n'));
        return text.append(
                        "Steps: %d, Sampler: %s, CFG scale: %s, Seed: %s, Size: %dx%d, Model: %s, RNG: CPU, Version: %s"
                                .formatted(
                                        steps,
                                        SchedulerName.sampler(scheduler),
                                        number(guidanceScale),
                                        Long.toUnsignedString(seed),
                                        width,
                                        height,
                                        quoted(modelName),
                                        quoted("tintype " + version)))
                .toString();
    }

    /** One JSON object on one line; the seed is a number of up to 20 digits. */
    String json() {
        StringBuilder json = new StringBuilder("{\"prompt\":").append(jsonString(prompt));
        negativePrompt.ifPresent(n -> json.append(",\"negative_prompt\":").append(jsonString(n)));
        json.append(",\"num_inference_steps\":")
                .append(steps)
                .append(",\"guidance_scale\":")
                .append(number(guidanceScale))
                .append(",\"seed\":")
                .append(Long.toUnsignedString(seed))
                .append(",\"width\":")
                .append(width)
                .append(",\"height\":")
                .append(height)
                .append(",\"scheduler\":")
                .append(jsonString(scheduler))
                .append(",\"model\":")
                .append(jsonString(modelName))
                .append(",\"dtype\":")
                .append(jsonString(dtype))
                .append(",\"device\":")
                .append(jsonString(device));
        attention.forEach((key, value) ->
                json.append(',').append(jsonString(key)).append(':').append(jsonString(value)));
        return json.append(",\"version\":")
                .append(jsonString(version))
                .append('}')
                .toString();
    }

    /** 7.5 and 5, never 5.0 or 1E-5. */
    private static String number(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    /** The web UI quotes what would end a pair. */
    private static String quoted(String value) {
        return value.matches("[^,:\"\\n]*") ? value : jsonString(value);
    }

    private static String jsonString(String value) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20 || Character.isSurrogate(c) || c == 0x7f) {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
