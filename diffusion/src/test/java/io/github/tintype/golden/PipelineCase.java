package io.github.tintype.golden;

import io.github.tintype.io.Json;
import io.github.tintype.pipelines.CropCoordinates;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.pipelines.GenerateResult;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.pipelines.OutputType;
import io.github.tintype.pipelines.Size;
import io.github.tintype.pipelines.StepOutcome;
import io.github.tintype.schedulers.Scheduler;
import io.github.tintype.schedulers.Schedulers;
import io.github.tintype.tensor.HostTensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** Whole text-to-image calls: the latents after each step, the last latents, pictures as numbers and as PNG levels. */
final class PipelineCase implements CaseChecker {
    private final Map<Path, DiffusionPipeline> pipelines = new HashMap<>();

    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        JsonNode json = folder.json(golden.file("case.json"));
        Map<String, HostTensor> want = folder.tensors(golden.file("tensors.safetensors"));
        DiffusionPipeline pipeline = pipelines
                .computeIfAbsent(
                        folder.path(json.get("components").get("base").asString()),
                        path -> DiffusionPipeline.load(path, TestEngine.ENGINE, LoadOptions.DEFAULT))
                .withScheduler(scheduler(json));
        soft.assertThat(pipeline.getClass().getSimpleName())
                .isEqualTo(json.get("pipeline_class").asString());
        List<Double> timesteps = new ArrayList<>();
        Tolerance tolerance = golden.tolerance();
        GenerateRequest request = request(json)
                .onStepEnd((step, timestep, latents) -> {
                    timesteps.add(timestep);
                    check(soft, tolerance, want, "step.%d/latents".formatted(step), latents.toHost());
                    return StepOutcome.CONTINUE;
                })
                .build();
        GenerateResult result = pipeline.generate(request);
        soft.assertThat(timesteps)
                .as("timesteps")
                .isEqualTo(json.get("callback_timesteps")
                        .valueStream()
                        .map(JsonNode::asDouble)
                        .toList());
        check(soft, tolerance, want, "final_latents", result.latents());
        checkImages(golden, folder, result, want, soft);
    }

    /** What the pipeline of a case, loaded with these options, makes of its request. */
    static GenerateResult run(GoldenCase golden, GoldenFolder folder, LoadOptions options) {
        JsonNode json = folder.json(golden.file("case.json"));
        Path path = folder.path(json.get("components").get("base").asString());
        try (DiffusionPipeline loaded = DiffusionPipeline.load(path, TestEngine.ENGINE, options);
                DiffusionPipeline pipeline = loaded.withScheduler(scheduler(json))) {
            return pipeline.generate(request(json).build());
        }
    }

    private static void checkImages(
            GoldenCase golden,
            GoldenFolder folder,
            GenerateResult result,
            Map<String, HostTensor> want,
            SoftAssertions soft) {
        List<String> pngs = golden.files().stream()
                .filter(file -> file.matches(".*/image_\\d+\\.png"))
                .sorted()
                .toList();
        soft.assertThat(result.images()).as("pictures").hasSameSizeAs(pngs);
        int levels = golden.json()
                .get("tolerance")
                .get("f32")
                .get("png_max_level_diff")
                .asInt();
        for (int i = 0; i < Math.min(pngs.size(), result.images().size()); i++) {
            HostTensor image = result.images().get(i);
            soft.assertThat(largestLevelDifference(image, read(folder.path(pngs.get(i)))))
                    .as(pngs.get(i))
                    .isLessThanOrEqualTo(levels);
            if (want.containsKey("image")) {
                golden.tolerance().check(soft, "image " + i, image, row(want.get("image"), i, image));
            }
        }
    }

    private static HostTensor row(HostTensor batch, int index, HostTensor like) {
        return new HostTensor(
                like.type(),
                batch.data().asSlice(index * like.type().bytes(), like.type().bytes()));
    }

    private static int largestLevelDifference(HostTensor image, BufferedImage png) {
        int width = png.getWidth();
        int plane = width * png.getHeight();
        int worst = image.type().shape().elements() == 3L * plane ? 0 : Integer.MAX_VALUE;
        for (int i = 0; i < plane && worst < Integer.MAX_VALUE; i++) {
            int rgb = png.getRGB(i % width, i / width);
            for (int c = 0; c < 3; c++) {
                int want = rgb >> (16 - 8 * c) & 0xFF;
                int got = (int) Math.rint(image.getDouble((long) c * plane + i) * 255);
                worst = Math.max(worst, Math.abs(got - want));
            }
        }
        return worst;
    }

    private static BufferedImage read(Path png) {
        try {
            return ImageIO.read(png.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void check(
            SoftAssertions soft, Tolerance tolerance, Map<String, HostTensor> want, String key, HostTensor got) {
        if (want.containsKey(key)) {
            tolerance.check(soft, key, got, want.get(key));
        }
    }

    private static Scheduler scheduler(JsonNode json) {
        // the fixtures write infinities as strings, diffusers writes them as bare words
        String config = json.get("scheduler_config").toString().replace("\"-Infinity\"", "-Infinity");
        return Schedulers.fromConfig(json.get("scheduler_class").asString(), Json.parse(config, "case.json"));
    }

    private static GenerateRequest.Builder request(JsonNode json) {
        JsonNode call = json.get("call");
        GenerateRequest.Builder builder = GenerateRequest.builder(strings(call.get("prompt")));
        JsonNode seed = json.get("seed");
        builder.seeds(seed.isArray() ? seed.valueStream().map(JsonNode::asLong).toList() : List.of(seed.asLong()));
        call.forEachEntry((key, value) -> argument(builder, key, value));
        return builder;
    }

    private static void argument(GenerateRequest.Builder builder, String key, JsonNode value) {
        switch (key) {
            case "prompt" -> {}
            case "prompt_2" -> builder.prompts2(strings(value));
            case "negative_prompt" -> builder.negativePrompts(strings(value));
            case "negative_prompt_2" -> builder.negativePrompts2(strings(value));
            case "height" -> builder.height(value.asInt());
            case "width" -> builder.width(value.asInt());
            case "num_inference_steps" -> builder.numInferenceSteps(value.asInt());
            case "timesteps" -> builder.timesteps(doubles(value));
            case "sigmas" -> builder.sigmas(doubles(value));
            case "denoising_end" -> builder.denoisingEnd(value.asDouble());
            case "guidance_scale" -> builder.guidanceScale(value.asDouble());
            case "guidance_rescale" -> builder.guidanceRescale(value.asDouble());
            case "num_images_per_prompt" -> builder.numImagesPerPrompt(value.asInt());
            case "eta" -> builder.eta(value.asDouble());
            case "clip_skip" -> builder.clipSkip(value.asInt());
            case "original_size" -> builder.originalSize(size(value));
            case "target_size" -> builder.targetSize(size(value));
            case "crops_coords_top_left" -> builder.cropsCoordsTopLeft(crop(value));
            case "negative_original_size" -> builder.negativeOriginalSize(size(value));
            case "negative_target_size" -> builder.negativeTargetSize(size(value));
            case "negative_crops_coords_top_left" -> builder.negativeCropsCoordsTopLeft(crop(value));
            case "output_type" ->
                builder.outputType(value.asString().equals("latent") ? OutputType.LATENT : OutputType.IMAGE);
            default -> throw new AssertionError("no such argument: " + key);
        }
    }

    private static List<String> strings(JsonNode value) {
        return value.isArray() ? value.valueStream().map(JsonNode::asString).toList() : List.of(value.asString());
    }

    private static List<Double> doubles(JsonNode value) {
        return value.valueStream().map(JsonNode::asDouble).toList();
    }

    private static Size size(JsonNode value) {
        return new Size(value.get(0).asInt(), value.get(1).asInt());
    }

    private static CropCoordinates crop(JsonNode value) {
        return new CropCoordinates(value.get(0).asInt(), value.get(1).asInt());
    }
}
