package io.github.tintype.app;

import io.github.tintype.device.MatmulPrecision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * One {@code tintype generate}, checked.
 *
 * @param model folder in the diffusers layout
 * @param modelName what the user called it
 * @param negativePrompt otherwise what the model does without one
 * @param guidanceScale otherwise the pipeline's own
 * @param seed of the first picture, all 64 bits; picture i of a batch has {@code seed + i}
 * @param width in pixels; otherwise the model's own size
 * @param height in pixels; otherwise the model's own size
 * @param scheduler class name; otherwise the checkpoint's
 * @param latentsIn file that the noise is read from
 * @param latentsOut file for the latents after the last step
 * @param threads otherwise one for each core
 * @param deterministic whether the picture is the same for any number of threads
 * @param matmulPrecision how exactly products of f32 are computed
 * @param memoryBudget in bytes; otherwise all that the machine has
 * @param setup what is made of the model first
 * @param compilation otherwise the models run as recorded
 * @param explain whether to say what compiling and quantising came to
 * @param compiledPackage whose programs are taken where they fit
 */
record GenerationRequest(
        Path model,
        String modelName,
        String prompt,
        Optional<String> negativePrompt,
        int steps,
        Optional<Double> guidanceScale,
        long seed,
        OptionalInt width,
        OptionalInt height,
        Optional<String> scheduler,
        DeviceName device,
        int batch,
        Optional<Path> latentsIn,
        Optional<Path> latentsOut,
        OptionalInt threads,
        boolean deterministic,
        MatmulPrecision matmulPrecision,
        OptionalLong memoryBudget,
        ModelSetup setup,
        Optional<Compilation> compilation,
        boolean explain,
        Optional<Path> compiledPackage) {

    /** One seed for each picture, so that each can be made again alone. */
    List<Long> seeds() {
        return LongStream.range(0, batch).map(i -> seed + i).boxed().toList();
    }
}
