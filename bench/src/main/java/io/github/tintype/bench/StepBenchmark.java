package io.github.tintype.bench;

import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.io.ModelFolder;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.pipelines.OutputType;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Profile;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.schedulers.Schedulers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Prints what a step takes beside its UNet's kernels: scheduler, guidance, copies, recording and dispatch. {@code --folder MODEL --size PIXELS --steps N --rounds N
 * --scheduler CLASS}. Latents have the same size whichever model makes them, so that a small one with SDXL's latent space measures what SDXL needs.
 */
final class StepBenchmark {
    /* The first steps plan. */
    private static final int WARM_UP = 2;

    private StepBenchmark() {}

    /* What was between two steps. */
    private record Step(double all, double kernels) {
        double rest() {
            return all - kernels;
        }
    }

    public static void main(String[] args) {
        Options options = new Options(args);
        Path folder = Path.of(options.text("--folder").orElse("models/tiny-cartoon-sdxl/pipeline"));
        int size = options.integer("--size", 1024);
        int steps = options.integer("--steps", 8);
        int rounds = options.integer("--rounds", 3);
        Optional<String> scheduler = options.text("--scheduler");
        options.requireAllRead();
        ModelFolder files = ModelFolder.open(folder);
        try (Engine engine = Engine.on(CpuDevice.open());
                DiffusionPipeline loaded = DiffusionPipeline.load(folder, engine, LoadOptions.DEFAULT);
                DiffusionPipeline pipeline = loaded.withScheduler(Schedulers.fromConfig(
                        scheduler.orElseGet(() -> files.require("scheduler").className()),
                        files.config("scheduler")))) {
            for (int round = 0; round < rounds; round++) {
                print(pipeline.scheduler().getClass().getSimpleName(), size, measure(pipeline, size, steps));
            }
        }
    }

    private static List<Step> measure(DiffusionPipeline pipeline, int size, int steps) {
        Profile profile = new Profile();
        List<Step> measured = new ArrayList<>();
        long[] before = new long[2];
        pipeline.generate(GenerateRequest.builder("a cat")
                .numInferenceSteps(steps + WARM_UP)
                .width(size)
                .height(size)
                .seeds(List.of(1L))
                .outputType(OutputType.LATENT)
                .context(new RunContext(new Cancellation(), Optional.of(profile)))
                .progress((done, _) -> {
                    long now = System.nanoTime();
                    long kernels = unetNanos(profile);
                    if (done > WARM_UP) {
                        measured.add(new Step((now - before[0]) * 1e-6, (kernels - before[1]) * 1e-6));
                    }
                    before[0] = System.nanoTime();
                    before[1] = kernels;
                })
                .build());
        return measured;
    }

    private static long unetNanos(Profile profile) {
        return profile.entries().stream()
                .filter(entry -> entry.program().startsWith("unet"))
                .mapToLong(Profile.Entry::nanos)
                .sum();
    }

    private static void print(String scheduler, int size, List<Step> steps) {
        double[] rest = steps.stream().mapToDouble(Step::rest).sorted().toArray();
        double[] all = steps.stream().mapToDouble(Step::all).sorted().toArray();
        System.out.printf(
                "%s %d²: step %.2f ms, of which beside the UNet's kernels %.2f ms (median; least %.2f, most %.2f)%n",
                scheduler, size, all[all.length / 2], rest[rest.length / 2], rest[0], rest[rest.length - 1]);
    }
}
