package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path folder;

    @Test
    void replacesTheFile() throws IOException {
        Path target = Files.writeString(folder.resolve("a"), "old");
        AtomicFile.write(target, channel -> {
            channel.write(ByteBuffer.wrap("new".getBytes(StandardCharsets.UTF_8)));
            assertThat(target).hasContent("old");
        });
        assertThat(target).hasContent("new");
        assertOnly(target);
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path target = Files.writeString(folder.resolve("a"), "old");
        assertThatThrownBy(() -> AtomicFile.write(target, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[100]));
                    throw new IOException("no space left");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("no space left")
                .hasMessageContaining(target.toString());
        assertThat(target).hasContent("old");
        assertOnly(target);
    }

    @Test
    void aMissingFolderIsAnError() {
        Path target = folder.resolve("none/a");
        assertThatThrownBy(() -> AtomicFile.write(target, channel -> {})).isInstanceOf(UncheckedIOException.class);
    }

    private void assertOnly(Path file) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }
}
