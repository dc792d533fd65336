package io.github.tintype.pipelines;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Explanation;
import io.github.tintype.capture.Prepared;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.schedulers.Schedule;
import io.github.tintype.schedulers.StepOptions;
import io.github.tintype.schedulers.StepResult;
import io.github.tintype.schedulers.StepState;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The loop of the text-to-image pipelines: scale, UNet, guidance, scheduler step, callback. */
final class DenoisingLoop implements AutoCloseable {
    private final Engine engine;
    private final UNet2DConditionModel model;
    private final Compiled<UNet2DConditionModel.Input, Tensor> unet;
    private final Supplier<String> suspicion;

    DenoisingLoop(Compiler eager, UNet2DConditionModel model, Supplier<String> suspicion) {
        this(eager.engine(), model, PipelineComponent.UNET.eager(eager, model::call), suspicion);
    }

    private DenoisingLoop(
            Engine engine,
            UNet2DConditionModel model,
            Compiled<UNet2DConditionModel.Input, Tensor> unet,
            Supplier<String> suspicion) {
        this.engine = engine;
        this.model = model;
        this.unet = unet;
        this.suspicion = suspicion;
    }

    /** This loop with its UNet compiled; what depends on the conditioning alone is computed once for a prompt. */
    DenoisingLoop compile(Compiler compiler, CompileOptions options) {
        CompileOptions inSteps = options.withRequestArguments(
                Stream.concat(options.requestArguments().stream(), UNet2DConditionModel.REQUEST_ARGUMENTS.stream())
                        .distinct()
                        .toList());
        return new DenoisingLoop(engine, model, unet.with(compiler, inSteps), suspicion);
    }

    /** This loop with a UNet of changed modules. */
    DenoisingLoop with(ModelChange change) {
        UNet2DConditionModel changed = change.of(model);
        return new DenoisingLoop(engine, changed, unet.with(changed::call), suspicion);
    }

    UNet2DConditionModel model() {
        return model;
    }

    Explanation explain() {
        return unet.explain();
    }

    /** What a step for latents of this type, {@code [rows,c,h,w]}, needs. */
    MemoryNeed.Part memory(TensorType latents, Conditioning conditioning) {
        return new MemoryNeed.Part(PipelineComponent.UNET, unet.memory(placeholders(latents, conditioning)));
    }

    /** The UNet compiled for latents of this type. */
    Prepared prepare(TensorType latents, Conditioning conditioning, RunContext context) {
        return unet.prepare(placeholders(latents, conditioning), context);
    }

    /** Whether {@link #load} may come before the prompts are encoded. */
    boolean mayLoadEarly() {
        return unet.mayLoadEarly();
    }

    /** What the first step for latents of this type does before it runs. */
    void load(TensorType latents, Conditioning conditioning, RunContext context) {
        unet.load(placeholders(latents, conditioning), context);
    }

    private static UNet2DConditionModel.Input placeholders(TensorType latents, Conditioning conditioning) {
        Tensor sample = Tensor.placeholder(latents);
        Tensor timestep = Tensor.placeholder(TensorType.of(DType.F32, 1));
        return new UNet2DConditionModel.Input(
                sample, timestep, conditioning.encoderHiddenStates(), conditioning.added());
    }

    /**
     * Makes the first {@code steps} steps of {@code schedule}.
     *
     * @param latents {@code [b,c,h,w]} in the type that the UNet computes in, already multiplied by the schedule's initial sigma
     * @return the latents after the last step, computed
     * @throws NonFiniteException naming step and component
     */
    Tensor run(
            GenerateRequest request,
            Conditioning conditioning,
            Guidance guidance,
            Schedule schedule,
            int steps,
            StepOptions options,
            Tensor latents) {
        Conditioning same = conditioning.computed(engine, request.context());
        StepState state = schedule.start();
        request.progress().ifPresent(listener -> listener.onProgress(0, steps));
        for (int i = 0; i < steps; i++) {
            double timestep = schedule.timesteps()[i];
            Tensor scaled =
                    guidance.expand(schedule.scaleModelInput(latents, i)); // scaled once, to the same bits as twice
            Tensor output = predict(request, scaled, timestep, same);
            StepResult result = schedule.step(state, i, guidance.apply(output), latents, options);
            state = result.state();
            latents = computed(result.prevSample(), output, i, request.context());
            StepOutcome outcome = callback(request, i, timestep, latents);
            latents = outcome.latents().orElse(latents);
            int done = i + 1;
            request.progress().ifPresent(listener -> listener.onProgress(done, steps));
            if (outcome.interrupt()) {
                return latents;
            }
        }
        return latents;
    }

    private Tensor predict(GenerateRequest request, Tensor sample, double timestep, Conditioning conditioning) {
        Tensor time = engine.tensor(HostTensor.ofFloats(new float[] {(float) timestep}, 1));
        UNet2DConditionModel.Input input =
                new UNet2DConditionModel.Input(sample, time, conditioning.encoderHiddenStates(), conditioning.added());
        return unet.call(input, request.context());
    }

    private Tensor computed(Tensor latents, Tensor output, int step, RunContext context) {
        List<Tensor> values = engine.evaluate(List.of(latents, Finite.probe(latents)), context);
        if (values.get(1).item() != 0) {
            Finite.check(output, "step %d: unet".formatted(step), suspicion);
            Finite.checkProbe(values.get(1), "step %d: scheduler".formatted(step), () -> "");
        }
        return values.get(0);
    }

    private static StepOutcome callback(GenerateRequest request, int step, double timestep, Tensor latents) {
        if (request.onStepEnd().isEmpty()) {
            return StepOutcome.CONTINUE;
        }
        StepOutcome outcome = request.onStepEnd().get().onStepEnd(step, timestep, latents);
        outcome.latents().ifPresent(replacement -> {
            if (!replacement.type().equals(latents.type())) {
                throw new RequestException("onStepEnd: got latents %s after step %d, wanted %s"
                        .formatted(replacement.type(), step, latents.type()));
            }
        });
        return outcome;
    }

    @Override
    public void close() {
        unet.close();
    }
}
