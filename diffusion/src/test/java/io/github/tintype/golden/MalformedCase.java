package io.github.tintype.golden;

import io.github.tintype.io.ModelFormatException;
import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.pipelines.GenerateResult;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.pipelines.NonFiniteException;
import io.github.tintype.pipelines.OutputType;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** Damaged and hostile files: refused with a clear message, or accepted, as their verdict says. */
final class MalformedCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        boolean models = golden.id().equals("malformed/models");
        for (JsonNode item : folder.json(golden.files().get(0)).get("cases")) {
            String id = item.get("id").asString();
            CaseChecker.part(soft, id, () -> {
                Optional<ModelFormatException> refusal = models
                        ? refusal(() -> checkModel(folder, item, id, soft))
                        : refusal(() -> SafetensorsFile.open(
                                        folder.path(item.get("file").asString()))
                                .close());
                check(soft, id, item, refusal);
            });
        }
    }

    private static void check(SoftAssertions soft, String id, JsonNode item, Optional<ModelFormatException> refusal) {
        if (refusal.isPresent()) {
            soft.assertThat(refusal.get().getMessage()).as(id).isNotBlank().doesNotContain("\n");
        }
        if (!item.get("lenient_ok").asBoolean()) {
            boolean valid = item.get("expected").asString().equals("valid");
            soft.assertThat(refusal.isEmpty())
                    .as("%s: accepted (%s) %s", id, item.get("why").asString(), refusal)
                    .isEqualTo(valid);
        }
    }

    private static Optional<ModelFormatException> refusal(Runnable body) {
        try {
            body.run();
            return Optional.empty();
        } catch (ModelFormatException e) {
            return Optional.of(e);
        }
    }

    /** Loads the changed copy, and makes one step with it where the verdict is about running. */
    private static void checkModel(GoldenFolder folder, JsonNode item, String id, SoftAssertions soft) {
        try (ModelOverlay overlay = ModelOverlay.of(folder, item);
                DiffusionPipeline pipeline =
                        DiffusionPipeline.load(overlay.path(), TestEngine.ENGINE, LoadOptions.DEFAULT)) {
            switch (id) {
                case "model/tensor-nan", "model/tensor-inf" ->
                    soft.assertThatThrownBy(() -> oneStep(pipeline))
                            .as(id)
                            .isInstanceOf(NonFiniteException.class)
                            .hasMessageContaining("step 0: unet");
                case "model/idx-and-single" -> {
                    Path base = folder.path(item.get("base").asString());
                    try (DiffusionPipeline plain =
                            DiffusionPipeline.load(base, TestEngine.ENGINE, LoadOptions.DEFAULT)) {
                        soft.assertThat(oneStep(pipeline).latents().toFloats())
                                .as(id)
                                .isEqualTo(oneStep(plain).latents().toFloats());
                    }
                }
                default -> {}
            }
        }
    }

    private static GenerateResult oneStep(DiffusionPipeline pipeline) {
        return pipeline.generate(GenerateRequest.builder("a fox")
                .height(64)
                .width(64)
                .numInferenceSteps(4)
                .guidanceScale(1)
                .outputType(OutputType.LATENT)
                .seed(0)
                .build());
    }
}
