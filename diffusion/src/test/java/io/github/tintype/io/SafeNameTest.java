package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafeNameTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../a",
                "a/b",
                "/etc/passwd",
                "a\\b",
                "..\\a",
                "C:a",
                "C:\\a",
                "\\\\host\\a",
                "a\0b",
                "a\nb",
                "https://example.com/a",
                "a.",
                "a ",
                "nul",
                "CON.safetensors",
                "lpt1.x",
                "a*"
            })
    void refusesWhatCouldNameAnotherFile(String name) {
        assertThatThrownBy(() -> SafeName.check(name, "index.json"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("index.json: expected a plain file name, found ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "..a", "a b", "ünet", "console", ".hidden", "a..b"})
    void acceptsPlainNames(String name) {
        assertThat(SafeName.resolve(folder, name, "x")).isEqualTo(folder.resolve(name));
    }

    @Test
    void longNamesAreRefused() {
        assertThatThrownBy(() -> SafeName.check("x".repeat(256), "x")).isInstanceOf(ModelFormatException.class);
    }

    @Test
    void linksMayNotLeaveTheModel() throws IOException {
        Path outside = Files.writeString(folder.resolve("outside"), "x");
        Path unet = Files.createDirectories(folder.resolve("model/unet"));
        Path shared = Files.writeString(folder.resolve("model/shared"), "x");
        Files.createSymbolicLink(unet.resolve("bad"), outside);
        Files.createSymbolicLink(unet.resolve("good"), shared);
        assertThat(SafeName.resolve(unet, "good", "x")).exists();
        assertThatThrownBy(() -> SafeName.resolve(unet, "bad", "index.json"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("index.json: \"bad\" is a link to a file outside the model");
    }

    @Test
    void linksOfAHubCacheMayLeadToItsBlobs() throws IOException {
        Path repository = folder.resolve("hub/models--a--b");
        Path unet = Files.createDirectories(repository.resolve("snapshots/c/unet"));
        Path blob = Files.writeString(
                Files.createDirectories(repository.resolve("blobs")).resolve("1"), "x");
        Files.createSymbolicLink(unet.resolve("w"), unet.relativize(blob));
        Path outside = Files.writeString(folder.resolve("outside"), "x");
        Files.createSymbolicLink(unet.resolve("bad"), outside);
        assertThat(SafeName.resolve(unet, "w", "x")).hasContent("x");
        assertThatThrownBy(() -> SafeName.resolve(unet, "bad", "x")).isInstanceOf(ModelFormatException.class);
    }
}
