package io.github.tintype.pipelines;

import io.github.tintype.io.Component;
import io.github.tintype.io.ModelFolder;
import io.github.tintype.io.SafeName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Writes a pipeline beside the folder that it came from, as {@link DiffusionPipeline#save} says. */
final class PipelineWriter {
    /* What belongs to the model as a whole; other files there are usually the same weights once more. */
    private static final Pattern KEPT = Pattern.compile("model_index\\.json|(LICENSE|README|NOTICE).{0,40}");
    /* Configurations of a model, without what tells of its weights. */
    private static final Pattern CONFIGURATION = Pattern.compile("(?!quantization\\.json|.*\\.index\\.).*\\.json");

    private final DiffusionPipeline pipeline;
    private final ModelFolder source;

    PipelineWriter(DiffusionPipeline pipeline, ModelFolder source) {
        this.pipeline = pipeline;
        this.source = source;
    }

    void write(Path target) {
        Path whole = target.toAbsolutePath().normalize();
        Path name = whole.getFileName();
        if (name == null) {
            throw new RequestException("save: got %s, wanted the name of a folder".formatted(target));
        }
        Path temporary = whole.resolveSibling(".%s.%s.tmp".formatted(name, UUID.randomUUID()));
        try {
            if (Files.exists(whole)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            Files.createDirectory(temporary);
            fill(temporary);
            Files.move(temporary, whole, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("%s can't be written: %s".formatted(target, e), e);
        } finally {
            removeQuietly(temporary);
        }
    }

    private void fill(Path target) throws IOException {
        copy(source.path(), target, KEPT);
        for (String name : source.components()) {
            Component component = source.require(name);
            if (!Files.isDirectory(component.folder())) {
                continue; // diffusers allows it for what may be missing
            }
            Path folder = Files.createDirectory(target.resolve(name));
            Optional<PipelineComponent> model = PipelineComponent.ofFolder(name);
            copy(component.folder(), folder, model.isPresent() ? CONFIGURATION : Pattern.compile(".*"));
            if (model.isPresent()) {
                new ModelWeights(pipeline.modules(model.get())).write(folder, stem(model.get()));
            }
        }
    }

    private static String stem(PipelineComponent component) {
        return switch (component) {
            case UNET, VAE_DECODE -> "diffusion_pytorch_model";
            case TEXT_ENCODER, TEXT_ENCODER_2 -> "model";
        };
    }

    /* Links are followed inside the model only. */
    private static void copy(Path from, Path to, Pattern names) throws IOException {
        List<String> files;
        try (Stream<Path> listed = Files.list(from)) {
            files = listed.filter(Files::isRegularFile)
                    .map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> names.matcher(name).matches())
                    .toList();
        }
        for (String file : files) {
            Files.copy(SafeName.resolve(from, file, from.toString()), to.resolve(file));
        }
    }

    private static void removeQuietly(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            System.getLogger(PipelineWriter.class.getName())
                    .log(System.Logger.Level.WARNING, "%s is left behind".formatted(folder), e);
        }
    }
}
