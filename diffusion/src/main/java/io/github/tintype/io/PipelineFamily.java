package io.github.tintype.io;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The closed table of what a {@code model_index.json} may name: which pipeline classes there are, which components each has, and of
 * which classes those may be. Text from a file is only ever compared with this table.
 */
public enum PipelineFamily {
    /** Stable Diffusion 1.x and 2.x: text to image, image to image and inpainting. */
    STABLE_DIFFUSION("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline"),
    /** Stable Diffusion XL, base and refiner. */
    STABLE_DIFFUSION_XL(
            "StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLInpaintPipeline");

    private static final String REFINER = "StableDiffusionXLImg2ImgPipeline";

    private static final Slot SCHEDULER = Slot.required(
            "diffusers",
            "EulerDiscreteScheduler",
            "EulerAncestralDiscreteScheduler",
            "DDIMScheduler",
            "PNDMScheduler",
            "DPMSolverMultistepScheduler");
    private static final Slot UNET = Slot.required("diffusers", "UNet2DConditionModel");
    private static final Slot VAE = Slot.required("diffusers", "AutoencoderKL");
    private static final Slot TEXT_ENCODER = Slot.required("transformers", "CLIPTextModel");
    private static final Slot PROJECTED = Slot.required("transformers", "CLIPTextModelWithProjection");
    private static final Slot TOKENIZER = Slot.required("transformers", "CLIPTokenizer", "CLIPTokenizerFast");
    // Real checkpoints have these three; nothing here runs them.
    private static final Slot SAFETY_CHECKER = Slot.optional("stable_diffusion", "StableDiffusionSafetyChecker");
    private static final Slot FEATURE_EXTRACTOR =
            Slot.optional("transformers", "CLIPImageProcessor", "CLIPFeatureExtractor");
    private static final Slot IMAGE_ENCODER = Slot.optional("transformers", "CLIPVisionModelWithProjection");

    private final List<String> classNames;

    PipelineFamily(String... classNames) {
        this.classNames = List.of(classNames);
    }

    /* What may stand at one name: a library, its classes, and whether null will do. */
    record Slot(String library, List<String> classNames, boolean nullable) {
        static Slot required(String library, String... classNames) {
            return new Slot(library, List.of(classNames), false);
        }

        static Slot optional(String library, String... classNames) {
            return new Slot(library, List.of(classNames), true);
        }

        Slot orNull() {
            return new Slot(library, classNames, true);
        }
    }

    /** The diffusers classes that this family runs. */
    public List<String> classNames() {
        return classNames;
    }

    static Optional<PipelineFamily> of(String className) {
        for (PipelineFamily family : values()) {
            if (family.classNames.contains(className)) {
                return Optional.of(family);
            }
        }
        return Optional.empty();
    }

    /** The components of a pipeline of class {@code className}, one of {@link #classNames()}. */
    Map<String, Slot> slots(String className) {
        return switch (this) {
            case STABLE_DIFFUSION ->
                Map.of(
                        "scheduler", SCHEDULER,
                        "unet", UNET,
                        "vae", VAE,
                        "text_encoder", TEXT_ENCODER,
                        "tokenizer", TOKENIZER,
                        "safety_checker", SAFETY_CHECKER,
                        "feature_extractor", FEATURE_EXTRACTOR,
                        "image_encoder", IMAGE_ENCODER);
            case STABLE_DIFFUSION_XL ->
                Map.of(
                        "scheduler", SCHEDULER,
                        "unet", UNET,
                        "vae", VAE,
                        "text_encoder", className.equals(REFINER) ? TEXT_ENCODER.orNull() : TEXT_ENCODER,
                        "tokenizer", className.equals(REFINER) ? TOKENIZER.orNull() : TOKENIZER,
                        "text_encoder_2", PROJECTED,
                        "tokenizer_2", TOKENIZER,
                        "feature_extractor", FEATURE_EXTRACTOR,
                        "image_encoder", IMAGE_ENCODER);
        };
    }

    /** The libraries that any component may come from. */
    static Set<String> libraries() {
        return Set.of("diffusers", "transformers", "stable_diffusion");
    }
}
