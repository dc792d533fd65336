package io.github.tintype.golden;

import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.Tiling;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.SoftAssertions;
import tools.jackson.databind.JsonNode;

/** The VAE in slices (equal to the plain one) and in tiles (not equal). The parts about other autoencoders are not looked at. */
final class TilingCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        JsonNode json = folder.json(golden.file(".json"));
        Tolerance tolerance = golden.tolerance();
        Models.vae(folder.path(json.get("vae").asString()), Optional.empty(), vae -> {
            Tensor both = Models.input(tensors, "latent");
            Tensor latent = both.slice(0, 0, 1);
            Tensor image = Models.input(tensors, "image");
            compare(tolerance, tensors, "decode_plain", vae.decode(latent), soft);
            Tensor sliced = vae.withSlicing(true).decode(both).slice(0, 0, 1);
            compare(tolerance, tensors, "decode_plain", sliced, soft);
            compare(tolerance, tensors, "encode_plain_mean", vae.encode(image).mean(), soft);
            for (JsonNode item : json.get("cases")) {
                String id = item.get("id").asString();
                AutoencoderKL tiled = vae.withTiling(new Tiling(
                        item.get("tile_sample_min_size").asInt(),
                        item.get("tile_latent_min_size").asInt(),
                        item.get("tile_overlap_factor").asDouble()));
                compare(tolerance, tensors, id + "/decode", tiled.decode(latent), soft);
                compare(
                        tolerance,
                        tensors,
                        id + "/encode_mean",
                        tiled.encode(image).mean(),
                        soft);
            }
        });
    }

    private static void compare(
            Tolerance tolerance, Map<String, HostTensor> tensors, String name, Tensor got, SoftAssertions soft) {
        HostTensor want = Models.want(tensors, "f32/" + name);
        CaseChecker.part(soft, name, () -> tolerance.check(soft, name, got.toHost(), want));
    }
}
