package io.github.tintype.pipelines;

import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.HostTensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The arguments of one text-to-image call, named as diffusers names them. Made by {@link #builder}; an argument that the pipeline
 * doesn't have is an error of {@code generate}, never ignored.
 *
 * @param prompts one picture (times {@code numImagesPerPrompt}) each; none with {@code promptEmbeds}
 * @param prompts2 for the second text encoder; otherwise {@code prompts}. SDXL only
 * @param negativePrompts one for all, or one for each prompt; used when the guidance scale is above 1
 * @param negativePrompts2 for the second text encoder; otherwise {@code negativePrompts}. SDXL only
 * @param promptEmbeds {@code [prompts,tokens,width]} in place of the prompts: what the text encoders say of them, of any floating type
 * @param negativePromptEmbeds as many, and of the same shape, in place of the negative prompts
 * @param pooledPromptEmbeds {@code [prompts,width]} pooled text, together with {@code promptEmbeds}. SDXL only
 * @param negativePooledPromptEmbeds the same of {@code negativePromptEmbeds}. SDXL only
 * @param height in pixels; otherwise the model's own size
 * @param width in pixels; otherwise the model's own size
 * @param numInferenceSteps ignored when {@code timesteps} or {@code sigmas} are given
 * @param timesteps in place of the scheduler's own, descending
 * @param sigmas in place of the scheduler's own, descending, without the final 0
 * @param denoisingEnd fraction of the schedule, between 0 and 1, after which the loop stops. SDXL only
 * @param guidanceScale classifier-free guidance when above 1; otherwise 7.5 (SD) or 5 (SDXL)
 * @param guidanceRescale φ of arXiv 2305.08891, 0 to switch off
 * @param numImagesPerPrompt pictures for each prompt
 * @param eta η of DDIM, 0..1; other schedulers ignore it, as in diffusers
 * @param seeds one for the whole batch, or one for each picture; none draws one
 * @param latents {@code [b,c,h,w]} f32 standard normal start in place of the seeded draw
 * @param outputType pictures or latents
 * @param clipSkip how many of the last text encoder layers the positive prompt leaves out
 * @param originalSize SDXL conditioning; otherwise height and width
 * @param cropsCoordsTopLeft SDXL conditioning
 * @param targetSize SDXL conditioning; otherwise height and width
 * @param negativeOriginalSize SDXL conditioning of the unguided half, used only together with {@code negativeTargetSize}
 * @param negativeCropsCoordsTopLeft SDXL conditioning of the unguided half
 * @param negativeTargetSize SDXL conditioning of the unguided half
 * @param aestheticScore SDXL refiner conditioning; otherwise 6
 * @param negativeAestheticScore SDXL refiner conditioning of the unguided half; otherwise 2.5
 * @param onStepEnd called after each step; may replace the latents or end the loop
 * @param progress told how far the call is
 * @param context cancellation and profile of this call
 */
public record GenerateRequest(
        List<String> prompts,
        Optional<List<String>> prompts2,
        Optional<List<String>> negativePrompts,
        Optional<List<String>> negativePrompts2,
        Optional<HostTensor> promptEmbeds,
        Optional<HostTensor> negativePromptEmbeds,
        Optional<HostTensor> pooledPromptEmbeds,
        Optional<HostTensor> negativePooledPromptEmbeds,
        OptionalInt height,
        OptionalInt width,
        int numInferenceSteps,
        Optional<List<Double>> timesteps,
        Optional<List<Double>> sigmas,
        OptionalDouble denoisingEnd,
        OptionalDouble guidanceScale,
        double guidanceRescale,
        int numImagesPerPrompt,
        double eta,
        List<Long> seeds,
        Optional<HostTensor> latents,
        OutputType outputType,
        OptionalInt clipSkip,
        Optional<Size> originalSize,
        CropCoordinates cropsCoordsTopLeft,
        Optional<Size> targetSize,
        Optional<Size> negativeOriginalSize,
        CropCoordinates negativeCropsCoordsTopLeft,
        Optional<Size> negativeTargetSize,
        OptionalDouble aestheticScore,
        OptionalDouble negativeAestheticScore,
        Optional<StepCallback> onStepEnd,
        Optional<ProgressListener> progress,
        RunContext context) {
    public GenerateRequest {
        prompts = List.copyOf(prompts);
        prompts2 = prompts2.map(List::copyOf);
        negativePrompts = negativePrompts.map(List::copyOf);
        negativePrompts2 = negativePrompts2.map(List::copyOf);
        timesteps = timesteps.map(List::copyOf);
        sigmas = sigmas.map(List::copyOf);
        seeds = List.copyOf(seeds);
    }

    /** A request for pictures of {@code prompts}; none if there will be {@code promptEmbeds}. */
    public static Builder builder(String... prompts) {
        return new Builder(List.of(prompts));
    }

    /** A request for pictures of {@code prompts}. */
    public static Builder builder(List<String> prompts) {
        return new Builder(prompts);
    }

    /** How many prompts there are, as text or as embeddings. */
    public int promptCount() {
        return promptEmbeds
                .map(embeds -> Math.toIntExact(embeds.shape().size(0)))
                .orElse(prompts.size());
    }

    /** How many tokens each prompt has, where one of text has {@code ofText}; of embeddings that have been checked. */
    long tokens(int ofText) {
        return promptEmbeds.map(embeds -> embeds.shape().size(1)).orElse((long) ofText);
    }

    /** How many pictures the call makes. */
    public int batch() {
        return promptCount() * numImagesPerPrompt;
    }

    /** Collects the arguments; each one is described at {@link GenerateRequest}. Belongs to one thread. */
    public static final class Builder {
        private final List<String> prompts;
        private Optional<List<String>> prompts2 = Optional.empty();
        private Optional<List<String>> negativePrompts = Optional.empty();
        private Optional<List<String>> negativePrompts2 = Optional.empty();
        private Optional<HostTensor> promptEmbeds = Optional.empty();
        private Optional<HostTensor> negativePromptEmbeds = Optional.empty();
        private Optional<HostTensor> pooledPromptEmbeds = Optional.empty();
        private Optional<HostTensor> negativePooledPromptEmbeds = Optional.empty();
        private OptionalInt height = OptionalInt.empty();
        private OptionalInt width = OptionalInt.empty();
        private int numInferenceSteps = 50;
        private Optional<List<Double>> timesteps = Optional.empty();
        private Optional<List<Double>> sigmas = Optional.empty();
        private OptionalDouble denoisingEnd = OptionalDouble.empty();
        private OptionalDouble guidanceScale = OptionalDouble.empty();
        private double guidanceRescale = 0;
        private int numImagesPerPrompt = 1;
        private double eta = 0;
        private List<Long> seeds = List.of();
        private Optional<HostTensor> latents = Optional.empty();
        private OutputType outputType = OutputType.IMAGE;
        private OptionalInt clipSkip = OptionalInt.empty();
        private Optional<Size> originalSize = Optional.empty();
        private CropCoordinates cropsCoordsTopLeft = CropCoordinates.ZERO;
        private Optional<Size> targetSize = Optional.empty();
        private Optional<Size> negativeOriginalSize = Optional.empty();
        private CropCoordinates negativeCropsCoordsTopLeft = CropCoordinates.ZERO;
        private Optional<Size> negativeTargetSize = Optional.empty();
        private OptionalDouble aestheticScore = OptionalDouble.empty();
        private OptionalDouble negativeAestheticScore = OptionalDouble.empty();
        private Optional<StepCallback> onStepEnd = Optional.empty();
        private Optional<ProgressListener> progress = Optional.empty();
        private RunContext context = RunContext.none();

        private Builder(List<String> prompts) {
            this.prompts = List.copyOf(prompts);
        }

        public Builder prompts2(List<String> prompts2) {
            this.prompts2 = Optional.of(prompts2);
            return this;
        }

        public Builder negativePrompts(List<String> negativePrompts) {
            this.negativePrompts = Optional.of(negativePrompts);
            return this;
        }

        public Builder negativePrompts2(List<String> negativePrompts2) {
            this.negativePrompts2 = Optional.of(negativePrompts2);
            return this;
        }

        public Builder promptEmbeds(HostTensor promptEmbeds) {
            this.promptEmbeds = Optional.of(promptEmbeds);
            return this;
        }

        public Builder negativePromptEmbeds(HostTensor negativePromptEmbeds) {
            this.negativePromptEmbeds = Optional.of(negativePromptEmbeds);
            return this;
        }

        public Builder pooledPromptEmbeds(HostTensor pooledPromptEmbeds) {
            this.pooledPromptEmbeds = Optional.of(pooledPromptEmbeds);
            return this;
        }

        public Builder negativePooledPromptEmbeds(HostTensor negativePooledPromptEmbeds) {
            this.negativePooledPromptEmbeds = Optional.of(negativePooledPromptEmbeds);
            return this;
        }

        public Builder height(int height) {
            this.height = OptionalInt.of(height);
            return this;
        }

        public Builder width(int width) {
            this.width = OptionalInt.of(width);
            return this;
        }

        public Builder numInferenceSteps(int numInferenceSteps) {
            this.numInferenceSteps = numInferenceSteps;
            return this;
        }

        public Builder timesteps(List<Double> timesteps) {
            this.timesteps = Optional.of(timesteps);
            return this;
        }

        public Builder sigmas(List<Double> sigmas) {
            this.sigmas = Optional.of(sigmas);
            return this;
        }

        public Builder denoisingEnd(double denoisingEnd) {
            this.denoisingEnd = OptionalDouble.of(denoisingEnd);
            return this;
        }

        public Builder guidanceScale(double guidanceScale) {
            this.guidanceScale = OptionalDouble.of(guidanceScale);
            return this;
        }

        public Builder guidanceRescale(double guidanceRescale) {
            this.guidanceRescale = guidanceRescale;
            return this;
        }

        public Builder numImagesPerPrompt(int numImagesPerPrompt) {
            this.numImagesPerPrompt = numImagesPerPrompt;
            return this;
        }

        public Builder eta(double eta) {
            this.eta = eta;
            return this;
        }

        public Builder seed(long seed) {
            this.seeds = List.of(seed);
            return this;
        }

        public Builder seeds(List<Long> seeds) {
            this.seeds = List.copyOf(seeds);
            return this;
        }

        public Builder latents(HostTensor latents) {
            this.latents = Optional.of(latents);
            return this;
        }

        public Builder outputType(OutputType outputType) {
            this.outputType = outputType;
            return this;
        }

        public Builder clipSkip(int clipSkip) {
            this.clipSkip = OptionalInt.of(clipSkip);
            return this;
        }

        public Builder originalSize(Size originalSize) {
            this.originalSize = Optional.of(originalSize);
            return this;
        }

        public Builder cropsCoordsTopLeft(CropCoordinates cropsCoordsTopLeft) {
            this.cropsCoordsTopLeft = cropsCoordsTopLeft;
            return this;
        }

        public Builder targetSize(Size targetSize) {
            this.targetSize = Optional.of(targetSize);
            return this;
        }

        public Builder negativeOriginalSize(Size negativeOriginalSize) {
            this.negativeOriginalSize = Optional.of(negativeOriginalSize);
            return this;
        }

        public Builder negativeCropsCoordsTopLeft(CropCoordinates negativeCropsCoordsTopLeft) {
            this.negativeCropsCoordsTopLeft = negativeCropsCoordsTopLeft;
            return this;
        }

        public Builder negativeTargetSize(Size negativeTargetSize) {
            this.negativeTargetSize = Optional.of(negativeTargetSize);
            return this;
        }

        public Builder aestheticScore(double aestheticScore) {
            this.aestheticScore = OptionalDouble.of(aestheticScore);
            return this;
        }

        public Builder negativeAestheticScore(double negativeAestheticScore) {
            this.negativeAestheticScore = OptionalDouble.of(negativeAestheticScore);
            return this;
        }

        public Builder onStepEnd(StepCallback onStepEnd) {
            this.onStepEnd = Optional.of(onStepEnd);
            return this;
        }

        public Builder progress(ProgressListener progress) {
            this.progress = Optional.of(progress);
            return this;
        }

        public Builder context(RunContext context) {
            this.context = context;
            return this;
        }

        public GenerateRequest build() {
            return new GenerateRequest(
                    prompts,
                    prompts2,
                    negativePrompts,
                    negativePrompts2,
                    promptEmbeds,
                    negativePromptEmbeds,
                    pooledPromptEmbeds,
                    negativePooledPromptEmbeds,
                    height,
                    width,
                    numInferenceSteps,
                    timesteps,
                    sigmas,
                    denoisingEnd,
                    guidanceScale,
                    guidanceRescale,
                    numImagesPerPrompt,
                    eta,
                    seeds,
                    latents,
                    outputType,
                    clipSkip,
                    originalSize,
                    cropsCoordsTopLeft,
                    targetSize,
                    negativeOriginalSize,
                    negativeCropsCoordsTopLeft,
                    negativeTargetSize,
                    aestheticScore,
                    negativeAestheticScore,
                    onStepEnd,
                    progress,
                    context);
        }
    }
}
