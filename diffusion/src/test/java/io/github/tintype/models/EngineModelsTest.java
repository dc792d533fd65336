package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Models as an engine runs them: traced once, planned, with one slab of memory. */
class EngineModelsTest {
    @Test
    void theUnetAsAProgram() {
        try (Checkpoint checkpoint = Golden.checkpoint("sdxl-base/unet");
                SafetensorsFile golden = Golden.open("modules/sdxl-base/unet-b3-9x13-t700.safetensors");
                Engine engine = Engine.on(new ReferenceDevice())) {
            UNet2DConditionConfig config = UNet2DConditionConfig.parse(Golden.config("sdxl-base/unet"));
            UNet2DConditionModel unet = Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config));
            try (Program program = engine.program("unet", in -> List.of(unet.call(input(in))))) {
                List<Tensor> arguments = Stream.of(
                                "timestep", "sample", "encoder_hidden_states", "text_embeds", "time_ids")
                        .map(name -> golden.tensor("in/" + name))
                        .map(host -> engine.tensor(
                                host.shape().rank() == 0 ? host.to(DType.F32).reshape(1) : host))
                        .toList();
                Tensor sample = program.run(arguments, RunContext.none()).getFirst();
                Golden.assertClose("sample", sample.toHost(), golden.tensor("f32/sample"));
            }
        }
    }

    private static UNet2DConditionModel.Input input(List<Tensor> in) {
        return new UNet2DConditionModel.Input(
                in.get(1), in.get(0), in.get(2), Optional.of(new UNet2DConditionModel.AddedCond(in.get(3), in.get(4))));
    }

    @Test
    void theAutoencoderAsAProgram() {
        try (Checkpoint checkpoint = Golden.checkpoint("sdxl-base/vae");
                SafetensorsFile golden = Golden.open("modules/sdxl-base/vae-b1-8x8.safetensors");
                Engine engine = Engine.on(new ReferenceDevice())) {
            AutoencoderKLConfig config = AutoencoderKLConfig.parse(Golden.config("sdxl-base/vae"));
            AutoencoderKL vae = Weights.load(checkpoint, DType.F32, w -> AutoencoderKL.load(w, config));
            try (Program program = engine.program("vae", in -> List.of(vae.decode(in.getFirst())))) {
                Tensor picture = program.run(List.of(engine.tensor(golden.tensor("in/latent"))), RunContext.none())
                        .getFirst();
                Golden.assertClose("decoded", picture.toHost(), golden.tensor("f32/decoded"));
                assertThat(engine.reads()).isEqualTo(1);
            }
        }
    }
}
