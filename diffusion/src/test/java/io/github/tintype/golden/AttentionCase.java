package io.github.tintype.golden;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.SdpaKernel;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/**
 * torch's attention in f32, by every back end that can, uncompiled and compiled; and in bf16 and f16, where it may lose what torch itself loses: by rms
 * 1.1 times as much over all, 1.5 times in one, and three times as much in one element.
 */
final class AttentionCase implements CaseChecker {
    private static final double LOSS_OF_ALL = 1.1;
    private static final double LOSS_OF_ONE = 1.5;
    private static final double LOSS_OF_ELEMENT = 3;

    /** One problem by one back end. */
    private record Run(JsonNode json, Map<String, HostTensor> tensors, SdpBackend backend, CompileOptions options) {
        String id() {
            return json.get("id").asString();
        }

        HostTensor wanted() {
            return Models.want(tensors, id() + "/out");
        }

        Map<String, HostTensor> inputs(DType dtype) {
            Map<String, HostTensor> inputs = new LinkedHashMap<>();
            for (String name : List.of("q", "k", "v", "mask")) {
                Optional.ofNullable(tensors.get(id() + "/" + name))
                        .ifPresent(value -> inputs.put(name, value.dtype() == DType.BOOL ? value : value.to(dtype)));
            }
            return inputs;
        }

        private boolean causal() {
            return json.get("is_causal").asBoolean();
        }

        private double scale() {
            JsonNode scale = json.get("scale");
            return scale.isNumber()
                    ? scale.asDouble()
                    : 1 / Math.sqrt(json.get("head_dim").asDouble());
        }

        boolean can() {
            Map<String, HostTensor> inputs = inputs(DType.F32);
            List<TensorType> types =
                    inputs.values().stream().map(HostTensor::type).toList();
            ScaledDotProductAttentionOp op = new ScaledDotProductAttentionOp(causal(), scale());
            return backend == SdpBackend.MATH
                    || TestEngine.ENGINE
                            .device()
                            .lacks(backend, op, types, op.infer(types))
                            .isEmpty();
        }

        HostTensor result(DType dtype) {
            return ScopedValue.where(TestEngine.OPTIONS, options)
                    .call(() -> SdpaKernel.with(backend)
                            .call(() -> Objects.requireNonNull(
                                    TestEngine.run(inputs(dtype), this::attend).get("y"))));
        }

        private Map<String, Tensor> attend(Map<String, Tensor> in) {
            return Map.of(
                    "y",
                    Models.get(in, "q")
                            .scaledDotProductAttention(
                                    Models.get(in, "k"),
                                    Models.get(in, "v"),
                                    Optional.ofNullable(in.get("mask")),
                                    causal(),
                                    scale()));
        }

        @Override
        public String toString() {
            return "%s %s %s".formatted(id(), backend, options.backend());
        }
    }

    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        Set<SdpBackend> seen = EnumSet.noneOf(SdpBackend.class);
        Map<DType, List<Double>> losses = new LinkedHashMap<>();
        for (JsonNode json : folder.json(golden.file(".json")).get("cases")) {
            for (SdpBackend backend : SdpBackend.values()) {
                for (CompileOptions options : List.of(CompileOptions.EAGER, CompileOptions.DEFAULT)) {
                    Run run = new Run(json, tensors, backend, options);
                    if (run.can()) {
                        seen.add(backend);
                        golden.tolerance().check(soft, run.toString(), run.result(DType.F32), run.wanted());
                        for (DType half : List.of(DType.BF16, DType.F16)) {
                            losses.computeIfAbsent(half, _ -> new ArrayList<>()).add(loss(soft, run, half));
                        }
                    }
                }
            }
        }
        losses.forEach((half, ratios) -> soft.assertThat(Math.exp(
                        ratios.stream().mapToDouble(Math::log).average().orElseThrow()))
                .as("%s: the geometric mean of losses, in torch's", half)
                .isLessThanOrEqualTo(LOSS_OF_ALL));
        boolean cpu = TestEngine.ENGINE.device().name().equals("cpu");
        soft.assertThat(seen)
                .as("back ends that were looked at")
                .isEqualTo(
                        cpu
                                ? EnumSet.complementOf(EnumSet.of(SdpBackend.CUDNN_ATTENTION))
                                : EnumSet.of(SdpBackend.MATH));
    }

    /* The rms of what is lost, in torch's. */
    private static double loss(SoftAssertions soft, Run run, DType half) {
        JsonNode torch =
                run.json().get("torch_low_precision_loss").get(half.name().toLowerCase(Locale.ROOT));
        HostTensor got = run.result(half);
        HostTensor wanted = run.wanted();
        double worst = 0;
        double largest = 0;
        double lost = 0;
        double all = 0;
        for (long i = 0; i < wanted.elements(); i++) {
            double difference = got.getDouble(i) - wanted.getDouble(i);
            worst = Math.max(worst, Math.abs(difference));
            largest = Math.max(largest, Math.abs(wanted.getDouble(i)));
            lost += difference * difference;
            all += wanted.getDouble(i) * wanted.getDouble(i);
        }
        double ratio = Math.sqrt(lost / all) / torch.get("rms_rel").asDouble();
        soft.assertThat(ratio).as("%s %s: loss by rms, in torch's", run, half).isLessThanOrEqualTo(LOSS_OF_ONE);
        soft.assertThat(worst / largest / torch.get("max_abs_over_max_ref").asDouble())
                .as("%s %s: largest loss, in torch's", run, half)
                .isLessThanOrEqualTo(LOSS_OF_ELEMENT);
        return ratio;
    }
}
