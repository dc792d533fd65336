package io.github.tintype.code.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheRootTest {
    private static final Map<String, String> USER =
            Map.of("user.home", "/home/u", "user.name", "u", "java.io.tmpdir", "/tmp");

    @Test
    void isWhatTheDesktopSpecificationSays() {
        assertThat(CacheRoot.of(Map.of("XDG_CACHE_HOME", "/big"), USER)).isEqualTo(Path.of("/big/tintype"));
        assertThat(CacheRoot.of(Map.of(), USER)).isEqualTo(Path.of("/home/u/.cache/tintype"));
        assertThat(CacheRoot.of(Map.of("XDG_CACHE_HOME", "relative"), USER))
                .isEqualTo(Path.of("/home/u/.cache/tintype"));
    }

    /* Java says "?" for a user that the system doesn't list. */
    @Test
    void withoutAHomeItIsNotTheWorkingDirectory() {
        Map<String, String> nobody = Map.of("user.home", "?", "user.name", "12345", "java.io.tmpdir", "/tmp");
        assertThat(CacheRoot.of(Map.of(), nobody)).isEqualTo(Path.of("/tmp/tintype-12345"));
    }
}
