package io.github.tintype.golden;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.clip.CLIPTextModelWithProjection;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Loads one component and runs something with it while its weights are open. */
final class Models {
    private Models() {}

    static void textModel(Path folder, Optional<String> variant, Consumer<CLIPTextModel> body) {
        try (Checkpoint checkpoint = Checkpoint.open(folder, variant)) {
            CLIPTextConfig config = CLIPTextConfig.parse(config(folder));
            body.accept(
                    Weights.load(checkpoint, TestEngine.DTYPE.orElse(DType.F32), w -> CLIPTextModel.load(w, config)));
        }
    }

    static void textModelWithProjection(Path folder, Consumer<CLIPTextModelWithProjection> body) {
        try (Checkpoint checkpoint = Checkpoint.open(folder, Optional.empty())) {
            CLIPTextConfig config = CLIPTextConfig.parse(config(folder));
            body.accept(Weights.load(
                    checkpoint, TestEngine.DTYPE.orElse(DType.F32), w -> CLIPTextModelWithProjection.load(w, config)));
        }
    }

    static void unet(Path folder, Optional<String> variant, Consumer<UNet2DConditionModel> body) {
        try (Checkpoint checkpoint = Checkpoint.open(folder, variant)) {
            UNet2DConditionConfig config = UNet2DConditionConfig.parse(config(folder));
            body.accept(Weights.load(
                    checkpoint, TestEngine.DTYPE.orElse(DType.F32), w -> UNet2DConditionModel.load(w, config)));
        }
    }

    static void vae(Path folder, Optional<String> variant, Consumer<AutoencoderKL> body) {
        try (Checkpoint checkpoint = Checkpoint.open(folder, variant)) {
            AutoencoderKLConfig config = AutoencoderKLConfig.parse(config(folder));
            body.accept(
                    Weights.load(checkpoint, TestEngine.DTYPE.orElse(DType.F32), w -> AutoencoderKL.load(w, config)));
        }
    }

    static ConfigNode config(Path folder) {
        return Json.read(folder.resolve("config.json"));
    }

    /** The UNet's input from its named parts. */
    static UNet2DConditionModel.Input unetInput(Map<String, Tensor> in) {
        Optional<UNet2DConditionModel.AddedCond> added = Optional.ofNullable(in.get("text_embeds"))
                .map(embeds -> new UNet2DConditionModel.AddedCond(embeds, get(in, "time_ids")));
        return new UNet2DConditionModel.Input(
                get(in, "sample"), get(in, "timestep"), get(in, "encoder_hidden_states"), added);
    }

    /** Those of the {@code in/} tensors of a case that are there, the timestep as f32 [1], other floats in the type that models compute in. */
    static Map<String, HostTensor> inputs(Map<String, HostTensor> tensors, String... names) {
        Map<String, HostTensor> inputs = new TreeMap<>();
        for (String name : names) {
            HostTensor value = tensors.get("in/" + name);
            if (value != null) {
                inputs.put(
                        name,
                        name.equals("timestep")
                                ? HostTensor.ofFloats(new float[] {(float) value.getDouble(0)}, 1)
                                : value.dtype().isFloat() ? value.to(TestEngine.DTYPE.orElse(DType.F32)) : value);
            }
        }
        return inputs;
    }

    /** The inputs of a UNet. */
    static Map<String, HostTensor> unetInputs(Map<String, HostTensor> tensors) {
        return inputs(tensors, "sample", "timestep", "encoder_hidden_states", "text_embeds", "time_ids");
    }

    static Tensor get(Map<String, Tensor> tensors, String name) {
        return Optional.ofNullable(tensors.get(name)).orElseThrow(() -> new AssertionError("no tensor " + name));
    }

    static HostTensor want(Map<String, HostTensor> tensors, String name) {
        return Optional.ofNullable(tensors.get(name)).orElseThrow(() -> new AssertionError("no tensor " + name));
    }
}
