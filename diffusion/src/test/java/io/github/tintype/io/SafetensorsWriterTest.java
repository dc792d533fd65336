package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsRead() {
        Path path = folder.resolve("a.safetensors");
        HostTensor floats = HostTensor.ofFloats(new float[] {1, Float.NaN, -0f, 4, 5, 6}, 2, 3);
        HostTensor longs = HostTensor.ofLongs(new long[] {Long.MIN_VALUE}, 1);
        HostTensor halves = floats.to(DType.F16);
        HostTensor empty = HostTensor.allocate(TensorType.of(DType.BF16, 0, 4));
        HostTensor scalar = HostTensor.allocate(TensorType.of(DType.BOOL));
        Map<String, HostTensor> tensors =
                Map.of("f", floats, "näme \"\\\u0001😀", longs, "h", halves, "e", empty, "s", scalar);
        SafetensorsWriter.write(path, tensors, Map.of("format", "pt", "k\n", "v\t"));
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt", "k\n", "v\t"));
            tensors.forEach((name, tensor) -> {
                assertThat(file.type(name)).isEqualTo(tensor.type());
                assertThat(file.tensor(name).data().mismatch(tensor.data())).isEqualTo(-1);
                assertThat(file.tensor(name).data().address()
                                % tensor.type().dtype().bytes())
                        .isZero();
            });
        }
    }

    @Test
    void equalContentGivesEqualBytes() throws IOException {
        HostTensor a = HostTensor.ofFloats(new float[] {1}, 1);
        HostTensor b = HostTensor.ofLongs(new long[] {2}, 1);
        Map<String, HostTensor> oneOrder = new LinkedHashMap<>();
        oneOrder.put("a", a);
        oneOrder.put("b", b);
        Map<String, HostTensor> otherOrder = new LinkedHashMap<>();
        otherOrder.put("b", b);
        otherOrder.put("a", a);
        SafetensorsWriter.write(folder.resolve("1"), oneOrder, Map.of());
        SafetensorsWriter.write(folder.resolve("2"), otherOrder, Map.of());
        assertThat(Files.mismatch(folder.resolve("1"), folder.resolve("2"))).isEqualTo(-1);
    }

    @Test
    void aStreamWritesWhatWriteDoes() throws IOException {
        Map<String, HostTensor> tensors = Map.of(
                "a", HostTensor.ofFloats(new float[] {1, 2}, 2),
                "b", HostTensor.ofLongs(new long[] {3}, 1),
                "empty", HostTensor.allocate(TensorType.of(DType.F16, 0)));
        Map<String, TensorType> types = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> types.put(name, tensor.type()));
        SafetensorsWriter.write(folder.resolve("whole"), tensors, Map.of("format", "pt"));
        SafetensorsWriter.stream(
                folder.resolve("stream"),
                types,
                Map.of("format", "pt"),
                (name, into) -> into.data()
                        .copyFrom(Objects.requireNonNull(tensors.get(name)).data()));
        assertThat(Files.mismatch(folder.resolve("whole"), folder.resolve("stream")))
                .isEqualTo(-1);
    }

    /** The fixture was written by the reference writer. */
    @Test
    void dataIsLaidOutAsTheReferenceWriterDoes() throws IOException {
        Path reference = Fixtures.path("checkpoints/sd15/vae/diffusion_pytorch_model.safetensors");
        Path copy = folder.resolve("copy.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(reference)) {
            Map<String, HostTensor> tensors = new LinkedHashMap<>();
            file.names().forEach(name -> tensors.put(name, file.tensor(name)));
            SafetensorsWriter.write(copy, tensors, file.metadata());
        }
        assertThat(Files.mismatch(reference, copy)).isEqualTo(-1);
    }

    @Test
    void namesThatTheFormatCannotHoldAreRefusedAndNothingIsWritten() throws IOException {
        HostTensor tensor = HostTensor.ofFloats(new float[] {1}, 1);
        Path path = folder.resolve("b.safetensors");
        assertThatThrownBy(() -> SafetensorsWriter.write(path, Map.of("__metadata__", tensor), Map.of()))
                .isInstanceOf(ModelFormatException.class);
        assertThatThrownBy(() -> SafetensorsWriter.write(path, Map.of("\ud800", tensor), Map.of()))
                .isInstanceOf(ModelFormatException.class);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }
}
