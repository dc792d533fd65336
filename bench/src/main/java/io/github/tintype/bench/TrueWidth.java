package io.github.tintype.bench;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Mode;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.SafetensorsFile;
import io.github.tintype.io.SafetensorsWriter;
import io.github.tintype.nn.Weights;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Compares blocks and models of true width with PyTorch's f64. Drawn weights go through a temporary checkpoint, so that the largest model
 * needs no more memory than its packed weights: {@code unet-sdxl} takes 10 GiB of memory and as much disk.
 */
public final class TrueWidth {
    private TrueWidth() {}

    /** Checks {@code [MODE] [CASE]…}: the cases named, otherwise all, compiled if there is a mode; exit code 1 if one is too far off. */
    public static void main(String[] args) throws IOException {
        List<String> ids = new ArrayList<>(List.of(args));
        CompileOptions options = CompileOptions.EAGER;
        Optional<Mode> mode = Arrays.stream(Mode.values())
                .filter(known -> !ids.isEmpty() && known.toString().equals(ids.getFirst()))
                .findFirst();
        if (mode.isPresent()) {
            ids.removeFirst();
            options = CompileOptions.DEFAULT.withMode(mode.get()).withFullgraph(true);
        }
        if (ids.isEmpty()) {
            ids.addAll(all());
        }
        Path folder = Files.createTempDirectory("tintype-true-width-");
        boolean good = true;
        try (Engine engine = Engine.on(CpuDevice.open())) {
            for (String id : ids) {
                TrueWidthCase one = TrueWidthCase.read(id);
                double error = error(one, engine, options, folder);
                boolean fits = error <= one.tolerance();
                System.out.printf(
                        "%-24s rms %.2e, at most %.0e%s%n", id, error, one.tolerance(), fits ? "" : ": TOO FAR OFF");
                good &= fits;
            }
        } finally {
            Files.delete(folder);
        }
        System.exit(good ? 0 : 1);
    }

    private static List<String> all() {
        return Stream.concat(TrueWidthCase.BLOCKS.stream(), TrueWidthCase.MODELS.stream())
                .toList();
    }

    /** The relative rms error of one case; its files lie in {@code folder} while it runs. */
    static double error(TrueWidthCase one, Engine engine, CompileOptions options, Path folder) {
        HostTensor output = output(one, engine, options, folder);
        Path golden = folder.resolve("golden.safetensors");
        try {
            Files.write(golden, TrueWidthCase.resource(one.id() + ".safetensors"));
            try (SafetensorsFile tensors = SafetensorsFile.open(golden)) {
                Map<String, HostTensor> values = new HashMap<>();
                tensors.names().forEach(name -> values.put(name, tensors.tensor(name)));
                return one.error(output, values);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(golden);
        }
    }

    /** The output of one case; its checkpoint lies in {@code folder} while it runs. */
    static HostTensor output(TrueWidthCase one, Engine engine, CompileOptions options, Path folder) {
        Map<String, DrawnTensor> drawn = new HashMap<>();
        one.parameters().forEach(parameter -> drawn.put(parameter.name(), parameter));
        Path file = folder.resolve(one.id() + ".safetensors");
        try {
            SafetensorsWriter.stream(
                    file,
                    one.types(),
                    Map.of(),
                    (name, into) -> Objects.requireNonNull(drawn.get(name)).drawInto(into));
            try (Checkpoint checkpoint = Checkpoint.ofFile(file)) {
                return output(one, engine, options, checkpoint);
            }
        } finally {
            delete(file);
        }
    }

    private static HostTensor output(TrueWidthCase one, Engine engine, CompileOptions options, Checkpoint checkpoint) {
        List<Tensor> arguments = one.arguments().stream().map(engine::tensor).toList();
        UnaryOperator<List<Tensor>> forward = Weights.load(checkpoint, DType.F32, one::forward);
        try (Compiled<List<Tensor>, List<Tensor>> program =
                new Compiler(engine, CompileListener.NONE).compile(one.id(), forward, options)) {
            return program.call(arguments, RunContext.none()).getFirst().toHost();
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
