package io.github.tintype.golden;

import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.models.vae.Moments;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.assertj.core.api.SoftAssertions;

/** One forward of a text encoder, UNet or VAE, or of all components of a weight variant. */
final class ModuleCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        check(
                golden,
                folder,
                tensors,
                (name, got) -> golden.tolerance().check(soft, name, got, Models.want(tensors, "f32/" + name)));
    }

    /** Runs the forward of a case on its tensors and hands on what it gives, by name. */
    static void check(
            GoldenCase golden,
            GoldenFolder folder,
            Map<String, HostTensor> tensors,
            BiConsumer<String, HostTensor> result) {
        Run run = new Run(tensors, result);
        Path checkpoint = folder.path("checkpoints/" + golden.text("checkpoint"));
        if (!golden.json().has("component")) {
            variant(checkpoint, golden, run);
            return;
        }
        String component = golden.text("component");
        Path path = checkpoint.resolve(component);
        switch (component) {
            case "unet" -> unet(path, Optional.empty(), "sample", run);
            case "vae" -> vae(path, run);
            default -> text(path, run);
        }
    }

    private static void unet(Path path, Optional<String> variant, String output, Run run) {
        Models.unet(
                path,
                variant,
                unet -> run.check(
                        Models.unetInputs(run.tensors), in -> Map.of(output, unet.call(Models.unetInput(in)))));
    }

    private static void text(Path path, Run run) {
        Map<String, HostTensor> inputs = Models.inputs(run.tensors, "input_ids");
        if (run.tensors.containsKey("f32/text_embeds")) {
            Models.textModelWithProjection(
                    path,
                    model -> run.check(inputs, in -> {
                        CLIPTextModelWithProjection.Output output =
                                model.call(new CLIPTextModel.Input(Models.get(in, "input_ids")));
                        Map<String, Tensor> outputs = text(output.lastHiddenState(), output.hiddenStates());
                        outputs.put("text_embeds", output.textEmbeds());
                        return outputs;
                    }));
            return;
        }
        Models.textModel(
                path,
                Optional.empty(),
                model -> run.check(inputs, in -> {
                    CLIPTextModel.Output output = model.call(new CLIPTextModel.Input(Models.get(in, "input_ids")));
                    Map<String, Tensor> outputs = text(output.lastHiddenState(), output.hiddenStates());
                    outputs.put("pooler_output", output.pooled());
                    return outputs;
                }));
    }

    private static Map<String, Tensor> text(Tensor last, List<Tensor> hiddenStates) {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put("last_hidden_state", last);
        for (int i = 0; i < hiddenStates.size(); i++) {
            outputs.put("hidden_states." + i, hiddenStates.get(i));
        }
        return outputs;
    }

    private static void vae(Path path, Run run) {
        Map<String, HostTensor> inputs = Models.inputs(run.tensors, "image", "latent");
        HostTensor mean = Models.want(run.tensors, "f32/mean");
        inputs.put("noise", new TorchGenerator(7).randn(mean.shape().sizes()).to(TestEngine.DTYPE.orElse(DType.F32)));
        Models.vae(
                path,
                Optional.empty(),
                vae -> run.check(inputs, in -> {
                    Moments moments = vae.encode(Models.get(in, "image"));
                    return Map.of(
                            "mean", moments.mean(),
                            "logvar", moments.logvar(),
                            "std", moments.std(),
                            "sample_seed7", moments.sample(Models.get(in, "noise")),
                            "decoded", vae.decode(Models.get(in, "latent")));
                }));
    }

    private static void variant(Path checkpoint, GoldenCase golden, Run run) {
        Optional<String> variant =
                golden.json().toString().contains("\"variant\":\"fp16\"") ? Optional.of("fp16") : Optional.empty();
        unet(checkpoint.resolve("unet"), variant, "unet", run);
        if (run.tensors.containsKey("f32/decoded")) {
            Models.vae(
                    checkpoint.resolve("vae"),
                    variant,
                    vae -> run.check(
                            Models.inputs(run.tensors, "latent"),
                            in -> Map.of("decoded", vae.decode(Models.get(in, "latent")))));
            Models.textModel(
                    checkpoint.resolve("text_encoder"),
                    variant,
                    model -> run.check(
                            Models.inputs(run.tensors, "input_ids"),
                            in -> Map.of(
                                    "last_hidden_state",
                                    model.call(new CLIPTextModel.Input(Models.get(in, "input_ids")))
                                            .lastHiddenState())));
        }
    }

    /** Runs a forward and hands its outputs on. */
    private record Run(Map<String, HostTensor> tensors, BiConsumer<String, HostTensor> result) {
        void check(Map<String, HostTensor> inputs, Function<Map<String, Tensor>, Map<String, Tensor>> forward) {
            TestEngine.run(inputs, forward).forEach(result);
        }
    }
}
