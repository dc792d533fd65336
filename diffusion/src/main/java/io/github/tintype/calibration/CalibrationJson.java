package io.github.tintype.calibration;

import io.github.tintype.benchmark.Timings;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A calibration as JSON. Seconds, bytes, dB; an infinite PSNR is null. */
final class CalibrationJson {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private CalibrationJson() {}

    static String of(Calibrated result) {
        ObjectNode root = MAPPER.createObjectNode();
        ObjectNode budget = root.putObject("budget");
        result.budget().bounds().forEach((metric, bound) -> budget.put(metric.toString(), bound));
        put(root.putObject("samples"), result.samples());
        put(root.putObject("quality"), result.nearness());
        root.put("speed", result.speed());
        root.put("bytes_saved", result.bytesSaved());
        put(root.putObject("before"), result.before());
        put(root.putObject("after"), result.after());
        ArrayNode trials = root.putArray("trials");
        for (Trial trial : result.trials()) {
            ObjectNode one = trials.addObject().put("layers", trial.layers());
            trial.nearness().ifPresentOrElse(nearness -> put(one, nearness), () -> one.put("finite", false));
            one.put("holds", trial.nearness().filter(result.budget()::holds).isPresent());
        }
        ArrayNode layers = root.putArray("layers");
        for (LayerDamage damage : result.damages()) {
            ObjectNode one = layers.addObject()
                    .put("component", damage.component().folder())
                    .put("layer", damage.path())
                    .put("form", damage.form().toString());
            ArrayNode shape = one.putArray("shape");
            for (long size : damage.weight().sizes()) {
                shape.add(size);
            }
            if (Double.isFinite(damage.relativeRms())) {
                one.put("damage", damage.relativeRms());
            } else {
                one.putNull("damage");
            }
            one.put("bytes_saved", damage.bytesSaved())
                    .put("chosen", result.chosen().contains(damage));
        }
        return MAPPER.writeValueAsString(root) + "\n";
    }

    private static void put(ObjectNode json, Samples samples) {
        ArrayNode prompts = json.putArray("prompts");
        samples.prompts().forEach(prompts::add);
        ArrayNode seeds = json.putArray("seeds");
        samples.seeds().forEach(seeds::add);
        json.put("steps", samples.steps());
        samples.width().ifPresent(width -> json.put("width", width));
        samples.height().ifPresent(height -> json.put("height", height));
    }

    private static void put(ObjectNode json, Nearness nearness) {
        if (Double.isFinite(nearness.psnr())) {
            json.put("psnr_db", nearness.psnr());
        } else {
            json.putNull("psnr_db");
        }
        json.put("ssim", nearness.ssim()).put("cosine", nearness.cosine()).put("max_abs", nearness.maxAbs());
    }

    private static void put(ObjectNode json, Cost cost) {
        Timings timings = cost.timings();
        ArrayNode seconds = json.putArray("seconds");
        timings.seconds().forEach(seconds::add);
        json.put("median_s", timings.median())
                .put("planned_weights_bytes", cost.weightBytes())
                .put("planned_peak_bytes", cost.peakBytes());
    }
}
