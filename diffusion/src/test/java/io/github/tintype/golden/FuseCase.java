package io.github.tintype.golden;

import io.github.tintype.models.attention.FusibleAttention;
import io.github.tintype.models.attention.Projections;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.ModuleTree;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** UNet and VAE with fused projections: which attentions are fused how, and that nothing else changes. */
final class FuseCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        JsonNode fused = folder.json(golden.file(".json")).get("fused_modules");
        Tolerance tolerance = golden.tolerance();
        Models.unet(folder.path("checkpoints/sdxl-base/unet"), Optional.empty(), unet -> {
            Map<String, String> shapes = new TreeMap<>();
            ModuleTree.modules(fuse(unet)).forEach(module -> {
                if (module instanceof FusibleAttention attention) {
                    shapes.put(module.path(), shape(attention.projections()));
                }
            });
            Map<String, String> wanted = new TreeMap<>();
            fused.forEachEntry((path, layer) -> wanted.put(path, layer.toString()));
            soft.assertThat(shapes).isEqualTo(wanted);
            Map<String, HostTensor> inputs = Models.unetInputs(tensors);
            TestEngine.run(
                            inputs,
                            in -> Map.of(
                                    "unet_fused", fuse(unet).call(Models.unetInput(in)),
                                    "unet", unfuse(fuse(unet)).call(Models.unetInput(in))))
                    .forEach((name, got) -> tolerance.check(soft, name, got, Models.want(tensors, "f32/" + name)));
        });
        Models.vae(
                folder.path("checkpoints/sdxl-base/vae"),
                Optional.empty(),
                vae -> TestEngine.run(
                                Models.inputs(tensors, "latent"),
                                in -> Map.of("vae_decoded_fused", fuse(vae).decode(Models.get(in, "latent"))))
                        .forEach((name, got) -> tolerance.check(soft, name, got, Models.want(tensors, "f32/" + name))));
    }

    private static <M> M fuse(M model) {
        return ModuleTree.map(model, FusibleAttention.fuse());
    }

    private static <M> M unfuse(M model) {
        return ModuleTree.map(model, FusibleAttention.unfuse());
    }

    /* As the fixture writes it. */
    private static String shape(Projections projections) {
        return switch (projections) {
            case Projections.Separate _ -> "separate";
            case Projections.FusedQkv fused ->
                fused.toQkv().weight().type().shape().toString();
            case Projections.FusedKv fused ->
                "{\"to_kv\":%s}".formatted(fused.toKv().weight().type().shape());
        };
    }
}
