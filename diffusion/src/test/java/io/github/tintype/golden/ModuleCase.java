package io.github.tintype.golden;

import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.Moments;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.SoftAssertions;

/** One forward of a text encoder, UNet or VAE, or of all components of a weight variant. */
final class ModuleCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        Outputs out = new Outputs(golden.tolerance(), tensors, soft);
        Path checkpoint = folder.path("checkpoints/" + golden.text("checkpoint"));
        if (!golden.json().has("component")) {
            variant(checkpoint, golden, tensors, out);
            return;
        }
        String component = golden.text("component");
        Path path = checkpoint.resolve(component);
        switch (component) {
            case "unet" ->
                Models.unet(path, Optional.empty(), unet -> out.check("sample", unet.call(Models.unetInput(tensors))));
            case "vae" -> Models.vae(path, Optional.empty(), vae -> vae(vae, tensors, out));
            default -> text(path, tensors, out);
        }
    }

    private static void text(Path path, Map<String, HostTensor> tensors, Outputs out) {
        Tensor ids = Models.input(tensors, "input_ids");
        if (tensors.containsKey("f32/text_embeds")) {
            Models.textModelWithProjection(path, model -> {
                CLIPTextModelWithProjection.Output output = model.call(new CLIPTextModel.Input(ids));
                out.check("text_embeds", output.textEmbeds());
                text(output.lastHiddenState(), output.hiddenStates(), out);
            });
            return;
        }
        Models.textModel(path, Optional.empty(), model -> {
            CLIPTextModel.Output output = model.call(new CLIPTextModel.Input(ids));
            out.check("pooler_output", output.pooled());
            text(output.lastHiddenState(), output.hiddenStates(), out);
        });
    }

    private static void text(Tensor last, List<Tensor> hiddenStates, Outputs out) {
        out.check("last_hidden_state", last);
        for (int i = 0; i < hiddenStates.size(); i++) {
            out.check("hidden_states." + i, hiddenStates.get(i));
        }
    }

    private static void vae(AutoencoderKL vae, Map<String, HostTensor> tensors, Outputs out) {
        Moments moments = vae.encode(Models.input(tensors, "image"));
        out.check("mean", moments.mean());
        out.check("logvar", moments.logvar());
        Tensor std = moments.std();
        out.check("std", std);
        HostTensor noise = new TorchGenerator(7).randn(std.shape().sizes());
        out.check("sample_seed7", moments.sample(TestEngine.ENGINE.tensor(noise)));
        out.check("decoded", vae.decode(Models.input(tensors, "latent")));
    }

    private static void variant(Path checkpoint, GoldenCase golden, Map<String, HostTensor> tensors, Outputs out) {
        Optional<String> variant = golden.files().toString().contains("fp16") ? Optional.of("fp16") : Optional.empty();
        Models.unet(
                checkpoint.resolve("unet"), variant, unet -> out.check("unet", unet.call(Models.unetInput(tensors))));
        if (tensors.containsKey("f32/decoded")) {
            Models.vae(
                    checkpoint.resolve("vae"),
                    variant,
                    vae -> out.check("decoded", vae.decode(Models.input(tensors, "latent"))));
            Models.textModel(
                    checkpoint.resolve("text_encoder"),
                    variant,
                    model -> out.check(
                            "last_hidden_state",
                            model.call(new CLIPTextModel.Input(Models.input(tensors, "input_ids")))
                                    .lastHiddenState()));
        }
    }

    /** Where outputs are compared with the {@code f32/} tensors of the case. */
    private record Outputs(Tolerance tolerance, Map<String, HostTensor> tensors, SoftAssertions soft) {
        void check(String name, Tensor got) {
            HostTensor want = Models.want(tensors, "f32/" + name);
            CaseChecker.part(soft, name, () -> tolerance.check(soft, name, got.toHost(), want));
        }
    }
}
