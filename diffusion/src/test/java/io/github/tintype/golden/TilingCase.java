package io.github.tintype.golden;

import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.Tiling;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.LinkedHashMap;
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
            Map<String, HostTensor> inputs = Models.inputs(tensors, "latent", "image");
            TestEngine.run(inputs, in -> outputs(vae, json, Models.get(in, "latent"), Models.get(in, "image")))
                    .forEach((name, got) -> {
                        String key = "f32/" + name.replace("slicing/", "");
                        tolerance.check(soft, name, got, Models.want(tensors, key));
                    });
        });
    }

    private static Map<String, Tensor> outputs(AutoencoderKL vae, JsonNode json, Tensor both, Tensor image) {
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        Tensor latent = both.slice(0, 0, 1);
        outputs.put("decode_plain", vae.decode(latent));
        outputs.put("slicing/decode_plain", vae.withSlicing(true).decode(both).slice(0, 0, 1));
        outputs.put("encode_plain_mean", vae.encode(image).mean());
        for (JsonNode item : json.get("cases")) {
            String id = item.get("id").asString();
            AutoencoderKL tiled = vae.withTiling(new Tiling(
                    item.get("tile_sample_min_size").asInt(),
                    item.get("tile_latent_min_size").asInt(),
                    item.get("tile_overlap_factor").asDouble()));
            outputs.put(id + "/decode", tiled.decode(latent));
            outputs.put(id + "/encode_mean", tiled.encode(image).mean());
        }
        return outputs;
    }
}
