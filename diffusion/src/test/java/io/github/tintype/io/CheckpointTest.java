package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
    private static final HostTensor ONE = HostTensor.ofFloats(new float[] {1}, 1);
    private static final HostTensor TWO = HostTensor.ofFloats(new float[] {2}, 1);

    @TempDir
    Path folder;

    /** Every way of storing the same UNet has the same tensors, and the same values up to rounding. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "sd15-fp16-variant, fp16, F16, 1e-3",
        "sd15-bf16, , BF16, 8e-3",
        "sd15-sharded, , F16, 1e-3",
        "sd15-unet-sharded-fp16-variant, fp16, F16, 1e-3"
    })
    void variantsAndShardsHoldTheSameUnet(String name, String variant, DType dtype, double tolerance) {
        Optional<String> wanted = Optional.ofNullable(variant);
        try (Checkpoint plain = Checkpoint.open(Fixtures.path("checkpoints/sd15/unet"), Optional.empty());
                Checkpoint other = Checkpoint.open(Fixtures.path("checkpoints/" + name + "/unet"), wanted)) {
            assertThat(other.variant()).isEqualTo(wanted);
            assertThat(other.names()).containsExactlyInAnyOrderElementsOf(plain.names());
            for (String tensor : plain.names()) {
                assertThat(other.type(tensor)).isEqualTo(plain.type(tensor).with(dtype));
                HostTensor a = plain.tensor(tensor);
                HostTensor b = other.tensor(tensor);
                for (int i = 0; i < a.elements(); i++) {
                    double expected = a.getDouble(i);
                    assertThat(b.getDouble(i) - expected)
                            .as(tensor)
                            .isBetween(-tolerance * (1 + Math.abs(expected)), tolerance * (1 + Math.abs(expected)));
                }
            }
            other.verifyUnchanged();
        }
    }

    @Test
    void theEncoderOfTransformersHasAnotherFileName() {
        try (Checkpoint single = Checkpoint.open(Fixtures.path("checkpoints/sd15/text_encoder"), Optional.empty());
                Checkpoint shards =
                        Checkpoint.open(Fixtures.path("checkpoints/sd15-sharded/text_encoder"), Optional.empty())) {
            assertThat(shards.names()).containsExactlyInAnyOrderElementsOf(single.names());
            assertThat(single.type("text_model.embeddings.position_ids").dtype())
                    .isEqualTo(DType.I64);
        }
    }

    @Test
    void withoutTheVariantThePlainFileIsTaken() {
        Path unet = Fixtures.path("checkpoints/sd15/unet");
        try (Checkpoint checkpoint = Checkpoint.open(unet, Optional.of("fp16"))) {
            assertThat(checkpoint.variant()).isEmpty();
        }
    }

    @Test
    void aForgottenVariantIsSuggested() {
        Path unet = Fixtures.path("checkpoints/sd15-fp16-variant/unet");
        assertThatThrownBy(() -> Checkpoint.open(unet, Optional.empty()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("variant \"fp16\"");
        Path shards = Fixtures.path("checkpoints/sd15-unet-sharded-fp16-variant/unet");
        assertThatThrownBy(() -> Checkpoint.open(shards, Optional.empty()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("variant \"fp16\":");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/b", "", "a.b", "ü"})
    void aVariantIsPlainText(String variant) {
        assertThatThrownBy(() -> Checkpoint.open(Fixtures.path("checkpoints/sd15/unet"), Optional.of(variant)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("variant: ");
    }

    @ParameterizedTest
    @CsvSource({
        "model.safetensors.index.fp16.json, model.fp16-00001-of-00002.safetensors, model.fp16-00002-of-00002.safetensors",
        "model.safetensors.fp16.index.json, model-00001-of-00002.fp16.safetensors, model-00002-of-00002.fp16.safetensors"
    })
    void bothSpellingsOfAVariantIndexAreRead(String index, String first, String second) throws IOException {
        SafetensorsWriter.write(folder.resolve(first), Map.of("a", ONE), Map.of());
        SafetensorsWriter.write(folder.resolve(second), Map.of("b", TWO), Map.of());
        Files.writeString(
                folder.resolve(index), "{\"weight_map\":{\"a\":\"%s\",\"b\":\"%s\"}}".formatted(first, second));
        try (Checkpoint checkpoint = Checkpoint.open(folder, Optional.of("fp16"))) {
            assertThat(checkpoint.names()).isEqualTo(Set.of("a", "b"));
            assertThat(checkpoint.tensor("b").getDouble(0)).isEqualTo(2);
        }
    }

    @Test
    void anIndexIsPreferredToASingleFile() throws IOException {
        SafetensorsWriter.write(folder.resolve("model.safetensors"), Map.of("a", ONE), Map.of());
        SafetensorsWriter.write(folder.resolve("s.safetensors"), Map.of("a", TWO), Map.of());
        writeIndex("{\"a\":\"s.safetensors\"}");
        try (Checkpoint checkpoint = Checkpoint.open(folder, Optional.empty())) {
            assertThat(checkpoint.tensor("a").getDouble(0)).isEqualTo(2);
        }
    }

    @Test
    void aTensorInTwoShardsIsRefused() throws IOException {
        SafetensorsWriter.write(folder.resolve("s.safetensors"), Map.of("a", ONE, "b", ONE), Map.of());
        SafetensorsWriter.write(folder.resolve("t.safetensors"), Map.of("b", TWO), Map.of());
        writeIndex("{\"a\":\"s.safetensors\",\"b\":\"t.safetensors\"}");
        assertThatThrownBy(() -> Checkpoint.open(folder, Optional.empty()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("\"b\" is in two shards, s.safetensors and t.safetensors");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":\"none.safetensors\"}        | none.safetensors: the file is missing",
                "{\"a\":\"s.bin\"}                   | a pickle can run code",
                "{\"a\":7}                           | weight_map.a: expected a string, found 7",
                "{\"a\":\"s.safetensors\",\"b\":\"s.safetensors\"} | names tensors that no shard has: \"b\"",
                "{}                                  | no tensor",
            })
    void indexAndShardsMustAgree(String map, String message) throws IOException {
        SafetensorsWriter.write(folder.resolve("s.safetensors"), Map.of("a", ONE), Map.of());
        writeIndex(map);
        if (map.equals("{}")) {
            try (Checkpoint empty = Checkpoint.open(folder, Optional.empty())) {
                assertThatThrownBy(() -> empty.tensor("a")).hasMessageContaining(message);
            }
            return;
        }
        assertThatThrownBy(() -> Checkpoint.open(folder, Optional.empty()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aFolderWithoutWeightsIsAnError() throws IOException {
        assertThatThrownBy(() -> Checkpoint.open(folder, Optional.empty()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("no weights");
        assertThatThrownBy(() -> Checkpoint.open(folder.resolve("none"), Optional.empty()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("expected a folder, found nothing");
        Files.write(folder.resolve("pytorch_model.bin"), new byte[] {(byte) 0x80, 2});
        assertThatThrownBy(() -> Checkpoint.open(folder, Optional.empty()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("found only \"pytorch_model.bin\"; a pickle can run code");
    }

    private void writeIndex(String map) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"weight_map\":%s}".formatted(map));
    }
}
