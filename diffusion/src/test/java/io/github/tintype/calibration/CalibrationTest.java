package io.github.tintype.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiler;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.image.ImageQuality;
import io.github.tintype.io.LayerForm;
import io.github.tintype.nn.Linear;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.pipelines.ModelChange;
import io.github.tintype.pipelines.PipelineComponent;
import io.github.tintype.pipelines.RequestException;
import io.github.tintype.quantization.LayerChoice;
import io.github.tintype.quantization.LayerFilter;
import io.github.tintype.runtime.Cancellation;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Region;
import io.github.tintype.trace.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calibrations of the model that comes along. */
class CalibrationTest {
    private static final Path MODEL = Path.of("..", "models", "tiny-cartoon-sdxl", "pipeline");
    private static final LayerForm INT8 = new LayerForm.Quantized(new Int8(false));
    private static final LayerForm INT4 = new LayerForm.Quantized(new Int4(32, Int4.Zero.MIDDLE));
    private static final LayerForm BF16 = new LayerForm.Narrow(DType.BF16);
    private static final Samples SAMPLES =
            Samples.of(List.of("a red rocket", "a green tree"), List.of(3L), 2).withSize(64, 64);
    private static final Engine ENGINE = Engine.on(CpuDevice.open(2));
    private static Optional<DiffusionPipeline> loaded = Optional.empty();

    @TempDir
    Path folder = Path.of("");

    @BeforeAll
    static void load() {
        loaded = Optional.of(DiffusionPipeline.load(MODEL, ENGINE, LoadOptions.DEFAULT));
    }

    @AfterAll
    static void close() {
        pipeline().close();
        ENGINE.close();
    }

    private static DiffusionPipeline pipeline() {
        return loaded.orElseThrow();
    }

    private static Calibration calibration(Budget budget, LayerForm... forms) {
        return new Calibration(
                budget,
                SAMPLES,
                List.of(forms),
                List.of(PipelineComponent.UNET, PipelineComponent.VAE_DECODE),
                LayerFilter.of((_, _) -> true),
                1);
    }

    private static Nearness nearness(List<LayerDamage> chosen) {
        try (DiffusionPipeline changed = pipeline()
                .withModules(module -> chosen.stream()
                        .filter(layer -> layer.path().equals(module.path()))
                        .findFirst()
                        .map(layer -> new Linear(
                                module.path(), layer.form().of(((Linear) module).weight()), ((Linear) module).bias()))
                        .map(Module.class::cast)
                        .orElse(module))) {
            List<GenerateRequest> requests = SAMPLES.requests(RunContext.none());
            return Nearness.of(
                    requests.stream().map(changed::generate).toList(),
                    requests.stream().map(pipeline()::generate).toList());
        }
    }

    /* The rule, done by hand: what was chosen holds, and with the layer after it in the order it doesn't. */
    @Test
    void theAnswerHoldsTheBudgetAndTheNextLayerBreaksIt() {
        Budget budget = Budget.psnr(38);
        Calibrated result = calibration(budget, INT4).run(pipeline());
        assertThat(result.chosen()).isNotEmpty();
        assertThat(result.chosen().size()).isLessThan(result.damages().size());
        Nearness nearness = nearness(result.chosen());
        assertThat(nearness.psnr()).isGreaterThanOrEqualTo(38);
        assertThat(result.nearness()).isEqualTo(nearness);
        List<LayerDamage> more = new ArrayList<>(result.damages());
        more.sort((a, b) -> Double.compare(
                a.relativeRms() * a.relativeRms() / a.bytesSaved(),
                b.relativeRms() * b.relativeRms() / b.bytesSaved()));
        assertThat(more).startsWith(result.chosen().toArray(LayerDamage[]::new));
        assertThat(nearness(more.subList(0, result.chosen().size() + 1)).psnr()).isLessThan(38);
        assertThat(result.trials()).hasSizeLessThanOrEqualTo(2 + (int) Math.ceil(Math.log(more.size()) / Math.log(2)));
    }

    /* Its output error on what it was called with, in double on the host. */
    @Test
    void damageOfALayerIsThatOfAPlainComputation() {
        String path = "mid_block.attentions.0.proj_in";
        Calibration one = new Calibration(
                Budget.psnr(0),
                Samples.of(List.of("a red rocket"), List.of(3L), 1).withSize(64, 64),
                List.of(INT8, BF16),
                List.of(PipelineComponent.UNET),
                LayerFilter.paths(".*\\Q" + path + "\\E"),
                1);
        List<LayerDamage> damages = one.run(pipeline()).damages();
        assertThat(damages).extracting(LayerDamage::form).containsExactly(INT8, BF16);

        Linear layer = (Linear) pipeline().modules(PipelineComponent.UNET).stream()
                .filter(module -> module.path().equals(path))
                .findFirst()
                .orElseThrow();
        HostTensor x = inputOf(layer);
        assertThat(damages.get(0).relativeRms()).isCloseTo(damage(x, layer, INT8), within(1e-5));
        assertThat(damages.get(1).relativeRms()).isCloseTo(damage(x, layer, BF16), within(1e-5));
        assertThat(damages.get(0).relativeRms()).isGreaterThan(1e-4);
        long elements = layer.weight().type().shape().elements();
        assertThat(damages.get(0).bytesSaved())
                .isEqualTo(3 * elements - 4 * layer.weight().type().shape().size(0));
        assertThat(damages.get(1).bytesSaved()).isEqualTo(2 * elements);
    }

    /* What it is called with: read while the model runs, which breaks the graph there. */
    private static HostTensor inputOf(Linear layer) {
        List<HostTensor> inputs = new ArrayList<>();
        try (DiffusionPipeline fresh =
                pipeline().with(PipelineComponent.UNET, new ModelChange.OfModules(UnaryOperator.identity()))) {
            Region.observe(
                    (path, result) -> {
                        if (path.equals(layer.path()) && result instanceof Tensor output) {
                            Tensor x = Tensor.over(output.node().inputs().getFirst(), Optional.empty());
                            Tensor zero = output.slice(-1, 0, 1).mul(0); // it can be read, and so can sums with it
                            inputs.add(x.add(zero).toHost());
                        }
                    },
                    () -> fresh.generate(GenerateRequest.builder("a red rocket")
                            .numInferenceSteps(1)
                            .seed(3)
                            .width(64)
                            .height(64)
                            .build()));
        }
        return inputs.getFirst();
    }

    private static double damage(HostTensor x, Linear layer, LayerForm form) {
        double[] input = doubles(x);
        double[] plain = doubles(layer.weight());
        double[] changed = doubles(form.of(layer.weight()));
        double[] bias = layer.bias().map(CalibrationTest::doubles).orElseThrow();
        int in = Math.toIntExact(layer.weight().type().shape().size(1));
        int out = Math.toIntExact(layer.weight().type().shape().size(0));
        double errors = 0;
        double results = 0;
        for (int row = 0; row < input.length / in; row++) {
            for (int o = 0; o < out; o++) {
                double wanted = bias[o];
                double got = bias[o];
                for (int i = 0; i < in; i++) {
                    wanted += input[row * in + i] * plain[o * in + i];
                    got += input[row * in + i] * changed[o * in + i];
                }
                errors += (got - wanted) * (got - wanted);
                results += wanted * wanted;
            }
        }
        return Math.sqrt(errors / results);
    }

    private static double[] doubles(Weight weight) {
        try (Arena arena = Arena.ofConfined()) {
            return doubles(weight.source(arena));
        }
    }

    private static double[] doubles(HostTensor values) {
        double[] doubles = new double[Math.toIntExact(values.elements())];
        Arrays.setAll(doubles, i -> values.getDouble(i));
        return doubles;
    }

    @Test
    void everythingIsChangedWhereTheBudgetAllowsIt() {
        Calibrated result = calibration(Budget.psnr(1), BF16).run(pipeline());
        assertThat(result.trials()).hasSize(1);
        assertThat(result.chosen()).hasSameSizeAs(result.damages());
        assertThat(result.chosen()).anyMatch(layer -> layer.weight().rank() == 4);
        assertThat(result.after().weightBytes()).isLessThan(result.before().weightBytes());
        assertThat(result.text()).contains("budget    psnr=1.0", "bf16");
    }

    @Test
    void nothingIsAnAnswerToo() {
        Calibrated result =
                calibration(new Budget(Map.of(Metric.MAX_ABS, 0.0)), INT4).run(pipeline());
        assertThat(result.chosen()).isEmpty();
        assertThat(result.nearness()).isEqualTo(Nearness.EQUAL);
        assertThat(result.choice().components().values())
                .allMatch(component -> component.forms().isEmpty());
        assertThat(result.text()).contains("layers can be changed within the budget: the model stays as it is");
    }

    /* Through the file, on a pipeline that is loaded anew, with layers of several forms. */
    @Test
    void theFileSaysAllOfIt() {
        Budget budget = new Budget(Map.of(Metric.PSNR, 40.0, Metric.COSINE, 0.9, Metric.MAX_ABS, 0.5));
        Calibrated result = calibration(budget, INT8, BF16).run(pipeline());
        assertThat(result.chosen()).extracting(LayerDamage::form).contains(INT8, BF16);
        Path file = folder.resolve("choice.json");
        result.choice().write(file);
        LayerChoice read = LayerChoice.read(file);
        assertThat(read.components().keySet()).containsExactly("unet", "vae");
        assertThat(read.json()).isEqualTo(result.choice().json());
        LoadOptions options = LoadOptions.DEFAULT.withQuantization(read.components());
        GenerateRequest request = SAMPLES.requests(RunContext.none()).getFirst();
        Path saved = folder.resolve("saved");
        HostTensor wanted = pipeline().generate(request).images().getFirst();
        HostTensor got;
        try (DiffusionPipeline chosen = DiffusionPipeline.load(MODEL, ENGINE, options)) {
            got = chosen.generate(request).images().getFirst();
            assertThat(ImageQuality.psnr(got, wanted)).isGreaterThanOrEqualTo(40);
            chosen.save(MODEL, saved);
        }
        try (DiffusionPipeline again = DiffusionPipeline.load(saved, ENGINE, LoadOptions.DEFAULT)) {
            assertThat(again.generate(request).images().getFirst().data().mismatch(got.data()))
                    .isEqualTo(-1);
        }
    }

    /* The model as it is, the one trial, and the answer: a break in one of their graphs would be an error. */
    @Test
    void picturesAreThoseOfCompiledPipelines() {
        Compiler compiler = new Compiler(ENGINE, CompileListener.NONE);
        List<DiffusionPipeline> compiled = new ArrayList<>();
        Calibrated result = calibration(Budget.psnr(1), BF16)
                .run(
                        pipeline(),
                        plain -> {
                            compiled.add(plain.compile(
                                    PipelineComponent.UNET, compiler, CompileOptions.DEFAULT.withFullgraph(true)));
                            return compiled.getLast();
                        },
                        RunContext.none(),
                        CalibrationListener.NONE);
        assertThat(compiled).hasSize(3);
        assertThat(result.chosen()).hasSameSizeAs(result.damages());
    }

    @Test
    void itCanBeStopped() {
        Cancellation stop = new Cancellation();
        List<String> stages = new ArrayList<>();
        assertThatThrownBy(() -> calibration(Budget.psnr(30), INT8)
                        .run(
                                pipeline(),
                                UnaryOperator.identity(),
                                new RunContext(stop, Optional.empty()),
                                (stage, done, total) -> {
                                    stages.add("%s %d/%d".formatted(stage, done, total));
                                    if (stage.equals("trial 1")) {
                                        stop.cancel();
                                    }
                                }))
                .isInstanceOf(CancellationException.class);
        assertThat(stages)
                .containsExactly(
                        "damage 0/2",
                        "damage 1/2",
                        "damage 2/2",
                        "as it is 0/2",
                        "as it is 1/2",
                        "as it is 2/2",
                        "trial 1 0/2");
    }

    @Test
    void aFormThatNoLayerCanHaveIsAnError() {
        LayerForm none = new LayerForm.Narrow(DType.BF16);
        try (DiffusionPipeline half = pipeline().to(DType.BF16)) {
            assertThatThrownBy(() -> calibration(Budget.psnr(30), none).run(half))
                    .isInstanceOf(RequestException.class)
                    .hasMessage(
                            "calibrate: got [bf16] for [unet, vae.decode], wanted forms that save memory in some of their layers");
        }
    }
}
