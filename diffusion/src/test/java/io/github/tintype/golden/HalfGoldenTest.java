package io.github.tintype.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.image.ImageQuality;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * Forwards and whole pipelines in bf16 and f16: what is lost against f32 stays within what the fixtures allow, and is about what PyTorch loses in that type. Cases where it loses more
 * than a fifth say nothing and are left out.
 */
class HalfGoldenTest {
    private static final double SENSELESS = 0.2;
    /* diffusers 0.42.1 on PyTorch 2.15.0 comes to a cosine of 0.9157 in f16, a loss of 0.42: the fixture's general bound was never measured for it. */
    private static final Set<String> LOST_BY_PYTORCH = Set.of("pipeline/sd15/rescale");

    private final GoldenFolder folder = GoldenFolder.ofSystemProperty();

    /* The root mean square of what is lost, over that of PyTorch. */
    private record Ratio(String what, double of) {}

    @ParameterizedTest
    @CsvSource({"BF16, false", "F16, false", "BF16, true", "F16, true"})
    void asMuchIsLostAsInPyTorch(DType dtype, boolean compiled) {
        List<GoldenCase> modules = cases("module", dtype);
        List<GoldenCase> pipelines = compiled ? List.of() : cases("pipeline", dtype);
        List<Ratio> ratios = new ArrayList<>();
        SoftAssertions soft = new SoftAssertions();
        CompileOptions options = compiled ? CompileOptions.DEFAULT.withFullgraph(true) : CompileOptions.EAGER;
        ScopedValue.where(TestEngine.DTYPE, dtype)
                .where(TestEngine.OPTIONS, options)
                .run(() -> modules.forEach(golden -> check(golden, dtype, ratios, soft)));
        pipelines.forEach(golden -> checkPipeline(golden, dtype, ratios, soft));
        System.out.printf(
                "half: %s%s: %.3f of PyTorch's loss over %d results%n",
                dtype, compiled ? " compiled" : "", geometricMean(ratios), ratios.size());
        soft.assertThat(geometricMean(ratios)).as("geometric mean of " + ratios).isLessThanOrEqualTo(1.1);
        ratios.forEach(ratio -> soft.assertThat(ratio.of).as(ratio.what).isLessThanOrEqualTo(1.5));
        soft.assertAll();
    }

    private List<GoldenCase> cases(String kind, DType dtype) {
        List<GoldenCase> cases = folder.cases().stream()
                .filter(golden -> golden.kind().equals(kind) && !GoldenSuiteTest.isUnsupported(golden))
                .filter(golden -> golden.json().get("tolerance").has(name(dtype)))
                .filter(golden -> !LOST_BY_PYTORCH.contains(golden.id()))
                .toList();
        assertThat(cases).isNotEmpty();
        return cases;
    }

    private void check(GoldenCase golden, DType dtype, List<Ratio> ratios, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        JsonNode allowed = golden.json().get("tolerance").get(name(dtype));
        ModuleCase.check(golden, folder, tensors, (output, got) -> {
            String what = "%s %s %s".formatted(golden.id(), output, dtype);
            soft.assertThat(got.dtype()).as(what).isEqualTo(dtype);
            HostTensor exact = Models.want(tensors, "f32/" + output);
            double lost = lost(got, exact);
            soft.assertThat(lost)
                    .as(what)
                    .isLessThanOrEqualTo(allowed.get("rms_rel").asDouble());
            HostTensor theirs = tensors.get(name(dtype) + "/" + output);
            if (theirs != null && lost(theirs, exact) > 0 && lost(theirs, exact) < SENSELESS) {
                ratios.add(new Ratio(what, lost / lost(theirs, exact)));
            }
        });
    }

    /* Where the fixtures don't say how much PyTorch loses, the angle between latents tells. */
    private void checkPipeline(GoldenCase golden, DType dtype, List<Ratio> ratios, SoftAssertions soft) {
        JsonNode allowed = golden.json().get("tolerance").get(name(dtype));
        Map<String, HostTensor> want = folder.tensors(golden.file("tensors.safetensors"));
        HostTensor exact = Models.want(want, "final_latents");
        HostTensor got = PipelineCase.run(golden, folder, LoadOptions.DEFAULT.withDtype(dtype))
                .latents();
        soft.assertThat(got.dtype()).as(golden.id()).isEqualTo(dtype);
        soft.assertThat(ImageQuality.cosine(got, exact))
                .as(golden.id())
                .isGreaterThanOrEqualTo(allowed.get("cosine").asDouble());
        if (allowed.has("final_latents_rms_rel")) {
            double lost = lost(got, exact);
            soft.assertThat(lost)
                    .as(golden.id())
                    .isLessThanOrEqualTo(allowed.get("final_latents_rms_rel").asDouble());
            double theirs = lost(Models.want(want, name(dtype) + "/final_latents"), exact);
            ratios.add(new Ratio(golden.id(), lost / theirs));
        }
    }

    private static String name(DType dtype) {
        return dtype.name().toLowerCase(Locale.ROOT);
    }

    private static double geometricMean(List<Ratio> ratios) {
        return Math.exp(ratios.stream()
                .mapToDouble(ratio -> Math.log(ratio.of))
                .average()
                .orElseThrow());
    }

    /* Relative to the root mean square of what is exact. */
    private static double lost(HostTensor got, HostTensor exact) {
        double difference = 0;
        double size = 0;
        for (long i = 0; i < exact.elements(); i++) {
            double value = exact.getDouble(i);
            difference += Math.pow(got.getDouble(i) - value, 2);
            size += value * value;
        }
        return Math.sqrt(difference / size);
    }
}
