package io.github.tintype.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void aJarAndADirectoryOfTheSameClassesAreTheSameBuild() throws IOException {
        Map<String, String> files = Map.of("a/B.class", "one", "C.class", "two", "META-INF/MANIFEST.MF", "three");
        Path jar = folder.resolve("x.jar");
        Path classes = folder.resolve("classes");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
                Path copy = classes.resolve(file.getKey());
                Files.createDirectories(copy.getParent());
                Files.writeString(copy, file.getValue());
            }
        }
        assertThat(Build.ofJar(jar)).isEqualTo(Build.ofFolder(classes)).containsOnlyKeys("a/B.class", "C.class");
        String before = Build.digest(Build.ofFolder(classes));
        Files.writeString(classes.resolve("C.class"), "twp");
        assertThat(Build.digest(Build.ofFolder(classes))).isNotEqualTo(before).hasSize(64);
    }

    @Test
    void theEngineHasOneAndTheJdkHasNone() {
        assertThat(Build.engine()).isEqualTo(Build.of(Image.class)).isPresent();
        assertThat(Build.engine()).isNotEqualTo(Build.of(BuildTest.class));
        assertThat(Build.of(String.class)).isEqualTo(Optional.empty());
    }
}
