package io.github.tintype.app;

import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.Component;
import io.github.tintype.io.ModelFolder;
import io.github.tintype.io.ModelFormatException;
import io.github.tintype.pipelines.DiffusionPipeline;
import io.github.tintype.pipelines.GenerateRequest;
import io.github.tintype.pipelines.LoadOptions;
import io.github.tintype.pipelines.MemoryNeed;
import io.github.tintype.runtime.Engine;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tokenizers.CLIPTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Reads configurations and weight headers, never weights; memory is told by plans, for which weights are mapped and not read. */
final class FolderInspector implements Inspector {
    /** Components that have no weight files. */
    private static final Set<String> WEIGHTLESS =
            Set.of("scheduler", "tokenizer", "tokenizer_2", "tokenizer_3", "feature_extractor");

    @Override
    public List<String> model(Path path) {
        ModelFolder folder = ModelFolder.open(path);
        List<String> lines = new ArrayList<>();
        lines.add("%-18s %s".formatted(folder.className(), path));
        for (String name : folder.components()) {
            Component component = folder.require(name);
            lines.add("  %-16s %s%s"
                    .formatted(name, component.className(), WEIGHTLESS.contains(name) ? "" : weights(folder, name)));
        }
        return lines;
    }

    @Override
    public List<String> memory(Path folder, OptionalInt width, OptionalInt height, int batch) {
        GenerateRequest.Builder picture = GenerateRequest.builder("").numImagesPerPrompt(batch);
        width.ifPresent(picture::width);
        height.ifPresent(picture::height);
        try (Engine engine = Engine.on(CpuDevice.open());
                DiffusionPipeline pipeline = DiffusionPipeline.load(folder, engine, LoadOptions.DEFAULT)) {
            MemoryNeed need = pipeline.memory(picture.build());
            List<String> lines = new ArrayList<>();
            lines.add("memory");
            for (MemoryNeed.Part part : need.parts()) {
                lines.add("  %-16s weights %s, intermediates %s, results %s"
                        .formatted(
                                part.component(),
                                NativeMemory.text(part.memory().weightBytes()),
                                NativeMemory.text(part.memory().slabBytes()),
                                NativeMemory.text(part.memory().outputBytes())));
            }
            lines.add("  %-16s %s or more: all weights, and %s at work"
                    .formatted(
                            "together",
                            NativeMemory.text(need.peakBytes()),
                            need.largest().component()));
            return lines;
        } catch (ModelFormatException | DeviceException e) {
            return List.of("memory             not known: " + e.getMessage());
        }
    }

    private static String weights(ModelFolder folder, String name) {
        try (Checkpoint checkpoint = folder.checkpoint(name, Optional.empty())) {
            long parameters = 0;
            Set<String> dtypes = new TreeSet<>();
            for (String tensor : checkpoint.names()) {
                parameters += checkpoint.type(tensor).shape().elements();
                dtypes.add(checkpoint.type(tensor).dtype().toString());
            }
            String quantized =
                    checkpoint.quantizedLayers().forms().isEmpty() ? "" : "; " + checkpoint.quantizedLayers();
            return ": %,d parameters in %d tensors, %s%s"
                    .formatted(parameters, checkpoint.names().size(), String.join(" ", dtypes), quantized);
        }
    }

    @Override
    public List<String> cpu(Path model) {
        List<String> lines = new ArrayList<>();
        lines.add(Processor.describe());
        try (CpuDevice _ = CpuDevice.open(1)) {
            CLIPTokenizer.load(model.resolve("tokenizer"));
            NativeLibraries.loaded().forEach(library -> lines.add("loaded " + library));
        } catch (DeviceException | ModelFormatException e) {
            lines.add("FAILED: " + e.getMessage());
        }
        return lines;
    }
}
