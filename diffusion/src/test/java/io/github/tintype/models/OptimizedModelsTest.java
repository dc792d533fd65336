package io.github.tintype.models;

import io.github.tintype.compile.CompileFlags;
import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.PassListener;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.graph.Graph;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.models.clip.CLIPTextConfig;
import io.github.tintype.models.clip.CLIPTextModel;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.LoadedProgram;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.ProgramUse;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models whose graphs went through all passes, against torch's outputs on the CPU device: recorded and optimised once with symbols for
 * batch, height and width, then run at the sizes of a golden file.
 */
class OptimizedModelsTest {
    private static final Engine ENGINE = Engine.on(CpuDevice.open(2));
    private static final CompileFlags ALL = new CompileFlags(true, true);

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sd15/unet-b1-9x13-t1",
                "sd15/unet-b2-16x16-t981",
                "sd2-v/unet-b2-16x16-t981",
                "sdxl-base/unet-b3-9x13-t700",
                "sdxl-base/unet-b2-24x40-t261",
                "sdxl-inpaint/unet-b2-16x16-t601",
                "sdxl-refiner/unet-b2-16x16-t601"
            })
    void unet(String name) {
        String folder = name.substring(0, name.indexOf('/')) + "/unet";
        try (Checkpoint checkpoint = Golden.checkpoint(folder);
                SafetensorsFile golden = Golden.open("modules/" + name + ".safetensors")) {
            UNet2DConditionConfig config = UNet2DConditionConfig.parse(Golden.config(folder));
            UNet2DConditionModel unet = Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config));
            List<HostTensor> inputs = new ArrayList<>(List.of(
                    golden.tensor("in/sample"),
                    golden.tensor("in/timestep").to(DType.F32).reshape(1),
                    golden.tensor("in/encoder_hidden_states")));
            if (golden.names().contains("in/text_embeds")) {
                inputs.add(golden.tensor("in/text_embeds"));
                inputs.add(golden.tensor("in/time_ids"));
            }
            HostTensor sample = run(inputs, List.of("b h w", "", "b", "b", "b"), in -> List.of(unet.call(input(in))))
                    .getFirst();
            Golden.assertClose(name, sample, golden.tensor("f32/sample"));
        }
    }

    private static UNet2DConditionModel.Input input(List<Tensor> in) {
        return new UNet2DConditionModel.Input(
                in.get(0),
                in.get(1),
                in.get(2),
                in.size() > 3
                        ? Optional.of(new UNet2DConditionModel.AddedCond(in.get(3), in.get(4)))
                        : Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sdxl-base/vae-b1-8x8", "sdxl-base/vae-b2-6x10"})
    void autoencoder(String name) {
        try (Checkpoint checkpoint = Golden.checkpoint("sdxl-base/vae");
                SafetensorsFile golden = Golden.open("modules/" + name + ".safetensors")) {
            AutoencoderKLConfig config = AutoencoderKLConfig.parse(Golden.config("sdxl-base/vae"));
            AutoencoderKL vae = Weights.load(checkpoint, DType.F32, w -> AutoencoderKL.load(w, config));
            HostTensor decoded = run(
                            List.of(golden.tensor("in/latent")),
                            List.of("b h w"),
                            in -> List.of(vae.decode(in.getFirst())))
                    .getFirst();
            Golden.assertClose("decoded", decoded, golden.tensor("f32/decoded"));
            HostTensor mean = run(
                            List.of(golden.tensor("in/image")),
                            List.of("b h w"),
                            in -> List.of(vae.encode(in.getFirst()).mean()))
                    .getFirst();
            Golden.assertClose("mean", mean, golden.tensor("f32/mean"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15/text_encoder", "sd2-v/text_encoder", "sdxl-base/text_encoder"})
    void textEncoder(String folder) {
        try (Checkpoint checkpoint = Golden.checkpoint(folder);
                SafetensorsFile golden = Golden.open("modules/" + folder + ".safetensors")) {
            CLIPTextConfig config = CLIPTextConfig.parse(Golden.config(folder));
            CLIPTextModel model = Weights.load(checkpoint, DType.F32, w -> CLIPTextModel.load(w, config));
            List<HostTensor> outputs = run(List.of(golden.tensor("in/input_ids")), List.of("b"), in -> {
                CLIPTextModel.Output output = model.call(new CLIPTextModel.Input(in.getFirst()));
                return List.of(output.lastHiddenState(), output.pooled());
            });
            Golden.assertClose(folder, outputs.getFirst(), golden.tensor("f32/last_hidden_state"));
            Golden.assertClose(folder, outputs.getLast(), golden.tensor("f32/pooler_output"));
        }
    }

    /* open: for each input its open axes by name; b is axis 0, h axis 2, w axis 3. */
    private static List<HostTensor> run(
            List<HostTensor> inputs, List<String> open, UnaryOperator<List<Tensor>> forward) {
        Map<String, Dim> sizes = new HashMap<>();
        List<TensorType> symbolic = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Shape shape = inputs.get(i).shape();
            for (int axis = 0; axis < shape.rank(); axis++) {
                String symbol = "b hw".substring(axis, axis + 1);
                if (!symbol.isBlank() && open.get(i).contains(symbol)) {
                    sizes.put(symbol, shape.dim(axis));
                    shape = shape.with(axis, Dim.symbol(symbol));
                }
            }
            symbolic.add(inputs.get(i).type().with(shape));
        }
        Graph optimised = Optimizer.optimize(Program.trace(symbolic, forward), ALL, ENGINE.device(), PassListener.NONE)
                .graph()
                .substitute(symbol -> Objects.requireNonNull(sizes.get(symbol)));
        List<TensorType> types = inputs.stream().map(HostTensor::type).toList();
        try (LoadedProgram program =
                ENGINE.load("optimised", optimised, types, ProgramUse.UNCOMPILED, RunContext.none())) {
            List<Tensor> arguments = inputs.stream().map(ENGINE::tensor).toList();
            return program.run(arguments, RunContext.none()).stream()
                    .map(Tensor::toHost)
                    .toList();
        }
    }
}
