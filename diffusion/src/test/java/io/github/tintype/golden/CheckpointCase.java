package io.github.tintype.golden;

import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeSet;
import org.assertj.core.api.SoftAssertions;

/**
 * Checkpoint folders: the index is understood, every component's configuration reads, and its checkpoint lists exactly the tensors
 * of its files.
 */
final class CheckpointCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Path root = folder.path("checkpoints").resolve(golden.id().substring("checkpoint/".length()));
        if (Files.exists(root.resolve("model_index.json"))) {
            ModelFolder model = ModelFolder.open(root);
            soft.assertThat(model.className()).isEqualTo(golden.text("pipeline"));
            model.components()
                    .forEach(component -> CaseChecker.part(
                            soft,
                            component,
                            () -> soft.assertThat(model.config(component).keys())
                                    .isNotEmpty()));
        }
        golden.files().stream()
                .filter(file -> file.endsWith(".safetensors"))
                .map(file -> folder.path(file).getParent())
                .distinct()
                .forEach(component ->
                        CaseChecker.part(soft, component.toString(), () -> tensors(golden, folder, component, soft)));
    }

    private static void tensors(GoldenCase golden, GoldenFolder folder, Path component, SoftAssertions soft) {
        TreeSet<String> want = new TreeSet<>();
        Optional<String> variant = Optional.empty();
        for (String file : golden.files()) {
            if (file.endsWith(".safetensors")
                    && component.equals(folder.path(file).getParent())) {
                want.addAll(folder.tensors(file).keySet());
                variant = file.contains(".fp16") ? Optional.of("fp16") : Optional.empty();
            }
        }
        try (Checkpoint checkpoint = Checkpoint.open(component, variant)) {
            soft.assertThat(new TreeSet<>(checkpoint.names()))
                    .as(component.toString())
                    .isEqualTo(want);
            want.forEach(name -> soft.assertThat(checkpoint.tensor(name).type()).isEqualTo(checkpoint.type(name)));
        }
    }
}
