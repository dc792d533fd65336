package io.github.tintype.calibration;

import io.github.tintype.benchmark.Timings;
import io.github.tintype.io.LayerForm;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.pipelines.GenerateResult;
import io.github.tintype.pipelines.MemoryNeed;
import io.github.tintype.pipelines.ModelChange;
import io.github.tintype.pipelines.NonFiniteException;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.pipelines.RequestException;
import io.github.tintype.quantization.ChosenLayers;
import io.github.tintype.quantization.LayerChoice;
import io.github.tintype.quantization.LayerFilter;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.trace.Module;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Finds the layers that can be quantised, or kept in a narrower type, while pictures stay as near as a budget wants.
 *
 * <ol>
 *   <li>Each layer's damage is measured: on all samples the model runs as it is, and beside each layer, on its own input, the layer in each other form ({@link LayerDamage}).
 *   <li>Layers are ordered by squared damage for a byte saved (least first).
 *   <li>Bisection finds a place in that order: with all layers up to there changed, the pictures of all samples hold the budget; with one more they don't. Each trial draws all samples, of
 *       which the worst counts.
 *   <li>The choice is measured once more, in time by turns with the model as it is.
 * </ol>
 *
 * <p>Limits: damage is that of a layer alone, not what it does to the picture, so the order is a good guess and the answer the longest beginning of it that holds, not the best of all sets.
 * Nearness isn't strictly monotone along the order: another place further on might hold too. All of it is true of the samples, whose prompts, steps and size should be those of use. Layers
 * that no sample runs, such as a VAE's encoder, stay.
 *
 * @param forms that layers may get
 * @param components to change
 * @param filter which layers may change: asked for linear layers and convolutions; a form that a layer can't have isn't tried
 * @param rounds how many times the speed is measured
 * @throws IllegalArgumentException without a form or component, or with less than one round
 */
public record Calibration(
        Budget budget,
        Samples samples,
        List<LayerForm> forms,
        List<PipelineComponent> components,
        LayerFilter filter,
        int rounds) {
    /** What messages call the choice before it is a file. */
    private static final String WHERE = "calibration";

    public Calibration {
        forms = List.copyOf(forms);
        components = List.copyOf(components);
        if (forms.isEmpty() || components.isEmpty() || rounds < 1) {
            throw new IllegalArgumentException("calibration: got %s, %s, %d rounds, wanted one or more of each"
                    .formatted(forms, components, rounds));
        }
    }

    /** Of the layers of UNet and VAE, linear ones and, for narrower types, convolutions. */
    public static Calibration of(Budget budget, Samples samples, List<LayerForm> forms) {
        return new Calibration(
                budget,
                samples,
                forms,
                List.of(PipelineComponent.UNET, PipelineComponent.VAE_DECODE),
                LayerFilter.of((_, _) -> true),
                3);
    }

    /**
     * Calibrates {@code pipeline}, which isn't compiled or quantised.
     *
     * @param compiled what is made of a pipeline before pictures are drawn, such as compiling it; it may be the pipeline itself
     * @param context polled for cancellation
     * @throws RequestException if the pipeline hasn't one of the components, if no layer can get any of the forms, or if pictures aren't repeatable
     * @throws java.util.concurrent.CancellationException when a stop is requested
     */
    public Calibrated run(
            DiffusionPipeline pipeline,
            UnaryOperator<DiffusionPipeline> compiled,
            RunContext context,
            CalibrationListener listener) {
        return new Run(pipeline, compiled, context, listener).run();
    }

    /** The same without compiling, never cancelled. */
    public Calibrated run(DiffusionPipeline pipeline) {
        return run(pipeline, UnaryOperator.identity(), RunContext.none(), CalibrationListener.NONE);
    }

    private final class Run {
        private final DiffusionPipeline pipeline;
        private final UnaryOperator<DiffusionPipeline> compiled;
        private final CalibrationListener listener;
        private final RunContext context;
        private final List<GenerateRequest> requests;
        private final List<Trial> trials = new ArrayList<>();

        private Run(
                DiffusionPipeline pipeline,
                UnaryOperator<DiffusionPipeline> compiled,
                RunContext context,
                CalibrationListener listener) {
            this.pipeline = pipeline;
            this.compiled = compiled;
            this.listener = listener;
            this.context = context;
            this.requests = samples.requests(context);
        }

        private Calibrated run() {
            List<LayerDamage> damages = damages();
            DamageOrder order = DamageOrder.of(damages);
            if (order.size() == 0) {
                throw new RequestException(
                        "calibrate: got %s for %s, wanted forms that save memory in some of their layers"
                                .formatted(forms, components));
            }
            try (DiffusionPipeline plain = changed(List.of());
                    DiffusionPipeline exact = compiled.apply(plain)) {
                List<GenerateResult> wanted = draw("as it is", exact);
                List<LayerDamage> chosen = order.first(longest(order, wanted));
                try (DiffusionPipeline choice = changed(chosen);
                        DiffusionPipeline cheaper = compiled.apply(choice)) {
                    Nearness nearness = Nearness.of(draw("check", cheaper), wanted);
                    if (!chosen.isEmpty() && !budget.holds(nearness)) {
                        throw new RequestException(
                                "calibrate: got %s from the choice that held %s, wanted repeatable pictures"
                                        .formatted(nearness, budget));
                    }
                    List<Timings> times = time(exact, cheaper);
                    return new Calibrated(
                            budget,
                            samples,
                            choice(chosen),
                            damages,
                            chosen,
                            trials,
                            nearness,
                            cost(exact, times.getFirst()),
                            cost(cheaper, times.getLast()));
                }
            }
        }

        private List<LayerDamage> damages() {
            DamageMeter meter = new DamageMeter();
            for (PipelineComponent component : components) {
                for (Module module : pipeline.modules(component)) {
                    if (filter.refusal(module, module.path()).isEmpty()) {
                        forms.forEach(form -> meter.add(component, module, form));
                    }
                }
            }
            // of its own, since graphs that are recorded already are not watched
            try (DiffusionPipeline measured = with(component -> new ModelChange.OfModules(UnaryOperator.identity()))) {
                meter.watch(() -> draw("damage", measured));
            }
            return meter.damages();
        }

        /* How many steps of the order hold the budget while one more doesn't. */
        private int longest(DamageOrder order, List<GenerateResult> wanted) {
            int holds = 0;
            int breaks = order.size();
            if (holds(order, breaks, wanted)) {
                return breaks;
            }
            while (breaks - holds > 1) {
                int middle = (holds + breaks) >>> 1;
                if (holds(order, middle, wanted)) {
                    holds = middle;
                } else {
                    breaks = middle;
                }
            }
            return holds;
        }

        private boolean holds(DamageOrder order, int steps, List<GenerateResult> wanted) {
            List<LayerDamage> chosen = order.first(steps);
            Optional<Nearness> nearness;
            try (DiffusionPipeline choice = changed(chosen);
                    DiffusionPipeline tried = compiled.apply(choice)) {
                nearness = Optional.of(Nearness.of(draw("trial " + (trials.size() + 1), tried), wanted));
            } catch (NonFiniteException e) {
                nearness = Optional.empty();
            }
            trials.add(new Trial(steps, chosen.size(), nearness));
            return nearness.filter(budget::holds).isPresent();
        }

        private List<GenerateResult> draw(String stage, DiffusionPipeline drawing) {
            List<GenerateResult> results = new ArrayList<>();
            listener.onProgress(stage, 0, requests.size());
            for (GenerateRequest request : requests) {
                context.cancellation().check();
                results.add(drawing.generate(request));
                listener.onProgress(stage, results.size(), requests.size());
            }
            return results;
        }

        /* Of both, by turns, so that whatever else the machine does meets both alike. */
        private List<Timings> time(DiffusionPipeline exact, DiffusionPipeline cheaper) {
            List<List<Double>> seconds = List.of(new ArrayList<>(), new ArrayList<>());
            List<DiffusionPipeline> both = List.of(exact, cheaper);
            listener.onProgress("time", 0, 2 * rounds);
            for (int turn = 0; turn < 2 * rounds; turn++) {
                long start = System.nanoTime();
                both.get(turn % 2).generate(requests.getFirst());
                seconds.get(turn % 2).add((System.nanoTime() - start) * 1e-9);
                listener.onProgress("time", turn + 1, 2 * rounds);
            }
            return seconds.stream().map(Timings::new).toList();
        }

        private Cost cost(DiffusionPipeline measured, Timings timings) {
            MemoryNeed need = measured.memory(requests.getFirst());
            return new Cost(timings, need.weightBytes(), need.peakBytes());
        }

        private LayerChoice choice(List<LayerDamage> chosen) {
            Map<String, ChosenLayers> byComponent = new LinkedHashMap<>();
            components.forEach(component -> byComponent.put(component.folder(), chosenOf(component, chosen)));
            return new LayerChoice(byComponent);
        }

        private ChosenLayers chosenOf(PipelineComponent component, List<LayerDamage> chosen) {
            Map<String, LayerForm> own = new LinkedHashMap<>();
            chosen.stream()
                    .filter(layer -> layer.component() == component)
                    .forEach(layer -> own.put(layer.path(), layer.form()));
            return ChosenLayers.of(WHERE, pipeline.modules(component).getFirst(), own);
        }

        private DiffusionPipeline changed(List<LayerDamage> chosen) {
            return with(component -> new ModelChange.OfLayers(chosenOf(component, chosen)));
        }

        /* Each step shares with the one before, which closes. */
        private DiffusionPipeline with(Function<PipelineComponent, ModelChange> change) {
            DiffusionPipeline changed = pipeline.withScheduler(pipeline.scheduler());
            for (PipelineComponent component : components) {
                try (DiffusionPipeline before = changed) {
                    changed = before.with(component, change.apply(component));
                }
            }
            return changed;
        }
    }
}
