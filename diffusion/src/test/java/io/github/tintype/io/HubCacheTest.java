package io.github.tintype.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubCacheTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final Path HOME = Path.of("/home/x");

    @TempDir
    Path folder;

    private Path repository = Path.of("");

    @BeforeEach
    void makeCache() throws IOException {
        repository = folder.resolve("models--org--name");
        Files.createDirectories(repository.resolve("snapshots").resolve(COMMIT));
        Files.createDirectories(repository.resolve("refs/refs/pr"));
        Files.writeString(repository.resolve("refs/main"), COMMIT);
        Files.writeString(repository.resolve("refs/refs/pr/1"), COMMIT);
    }

    @Test
    void theEnvironmentNamesTheCache() {
        assertThat(HubCache.of(Map.of(), HOME).root()).isEqualTo(HOME.resolve(".cache/huggingface/hub"));
        assertThat(HubCache.of(Map.of("XDG_CACHE_HOME", "/c"), HOME).root()).isEqualTo(Path.of("/c/huggingface/hub"));
        assertThat(HubCache.of(Map.of("HF_HOME", "~/h", "XDG_CACHE_HOME", "/c"), HOME)
                        .root())
                .isEqualTo(HOME.resolve("h/hub"));
        assertThat(HubCache.of(Map.of("HUGGINGFACE_HUB_CACHE", "/g", "HF_HOME", "/h"), HOME)
                        .root())
                .isEqualTo(Path.of("/g"));
        assertThat(HubCache.of(Map.of("HF_HUB_CACHE", "/k", "HUGGINGFACE_HUB_CACHE", "/g"), HOME)
                        .root())
                .isEqualTo(Path.of("/k"));
        assertThat(HubCache.of(Map.of("HF_HOME", ""), HOME).root()).isEqualTo(HOME.resolve(".cache/huggingface/hub"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"org/name", "org/name@main", "org/name@refs/pr/1", "org/name@" + COMMIT})
    void findsTheSnapshotOfARevision(String id) {
        assertThat(new HubCache(folder).snapshot(id)).contains(repository.resolve("snapshots/" + COMMIT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"org/other", "name", "org/name@dev", "org/name@fedcba9876543210fedcba9876543210fedcba98"})
    void whatIsNotThereIsEmpty(String id) {
        assertThat(new HubCache(folder).snapshot(id)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "org/",
                "/name",
                "../name",
                "org/..",
                "a/b/c",
                "org/na me",
                "org--name",
                "org/name@",
                "org/name@../../x",
                "org/name@/etc",
                "org\\name",
                "org/name@a\\b",
                "ōrg/name"
            })
    void refusesWhatIsNotAnId(String id) {
        assertThatThrownBy(() -> new HubCache(folder).snapshot(id)).isInstanceOf(ModelFormatException.class);
    }

    @Test
    void aRefMustHoldACommit() throws IOException {
        Files.writeString(repository.resolve("refs/main"), "../../../etc");
        assertThatThrownBy(() -> new HubCache(folder).snapshot("org/name"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("40 hexadecimal digits");
    }
}
