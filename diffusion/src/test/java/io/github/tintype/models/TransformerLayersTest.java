package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.Fixtures;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Numbers of transformer blocks that differ from layer to layer (nested lists), and between the way down and up. */
class TransformerLayersTest {
    private static final String DOWN = "transformer_layers_per_block";
    private static final String UP = "reverse_transformer_layers_per_block";
    private static final Path FOLDER = Fixtures.golden("unet-nested");

    private final ConfigNode node = Json.read(FOLDER.resolve("config.json"));

    @Test
    void aNestedDenoiserIsDiffusers() {
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(node);
        Map<String, HostTensor> golden = Fixtures.tensors(Fixtures.golden("unet-nested.safetensors"));
        try (Checkpoint checkpoint = Checkpoint.open(FOLDER, Optional.empty())) {
            UNet2DConditionModel unet = Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config));
            Tensor output = unet.call(new UNet2DConditionModel.Input(
                    in(golden, "sample"),
                    in(golden, "timestep"),
                    in(golden, "encoder_hidden_states"),
                    Optional.empty()));
            Golden.assertClose(
                    "output",
                    new Oracle().read(output),
                    Optional.ofNullable(golden.get("output")).orElseThrow());
        }
    }

    private static Tensor in(Map<String, HostTensor> golden, String name) {
        return Tensor.of(Optional.ofNullable(golden.get(name)).orElseThrow());
    }

    @Test
    void oneNumberStandsForEveryLayer() {
        assertThat(parse(Map.of(DOWN, 3, UP, 2)).transformerLayersPerBlock())
                .containsExactly(List.of(3), List.of(3, 3), List.of(3, 3));
        assertThat(parse(Map.of(DOWN, List.of(1, 2, 3), UP, 2)).reverseTransformerLayersPerBlock())
                .containsExactly(List.of(2, 2, 2), List.of(2, 2, 2), List.of(2, 2));
        assertThat(parse(Map.of(DOWN, List.of(List.of(1), 2, 3), UP, List.of(4, 5, 6)))
                        .transformerLayersPerBlock())
                .containsExactly(List.of(1), List.of(2, 2), List.of(3, 3));
    }

    @Test
    void listsOfTheWrongLengthAreRefused() {
        refuses(
                Map.of(DOWN, List.of(0, List.of(1, 2, 3), 1)),
                "transformer_layers_per_block[1]: expected 2 values, one for each layer");
        refuses(
                Map.of(UP, List.of(List.of(1, 2, 1), List.of(2, 1), 1)),
                "reverse_transformer_layers_per_block[1]: expected 3 values, one for each layer");
        refuses(Map.of(DOWN, List.of(1, 2)), "transformer_layers_per_block: expected 3 values, one for each block");
        refuses(
                Map.of(DOWN, List.of(0, List.of(1, -2), 1)),
                "transformer_layers_per_block[1][1]: expected an integer from 0 on, found -2");
    }

    private UNet2DConditionConfig parse(Map<String, ?> changes) {
        return UNet2DConditionConfig.parse(node.with(changes));
    }

    private void refuses(Map<String, ?> changes, String message) {
        assertThatThrownBy(() -> parse(changes))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }
}
