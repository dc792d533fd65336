package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastLevelCacheTest {
    @Test
    void isTheHighestThatHoldsData(@TempDir Path folder) throws IOException {
        cache(folder, "index0", "1", "Data", "32K");
        cache(folder, "index1", "1", "Instruction", "64K");
        cache(folder, "index3", "3", "Unified", "32768K");
        cache(folder, "index2", "2", "Unified", "1024K");
        LastLevelCache last = new LastLevelCache(folder);
        assertThat(last.isExceededBy(32 << 20)).isFalse();
        assertThat(last.isExceededBy((32 << 20) + 1)).isTrue();
    }

    @Test
    void whatIsNotToldIsNotKnown(@TempDir Path folder) throws IOException {
        assertThat(new LastLevelCache(folder).isExceededBy(Long.MAX_VALUE)).isFalse();
        assertThat(new LastLevelCache(folder.resolve("missing")).isExceededBy(Long.MAX_VALUE))
                .isFalse();
        cache(folder, "index0", "3", "Unified", "many");
        assertThat(new LastLevelCache(folder).isExceededBy(Long.MAX_VALUE)).isFalse();
        Files.delete(folder.resolve("index0/level"));
        assertThat(new LastLevelCache(folder).isExceededBy(Long.MAX_VALUE)).isFalse();
    }

    private static void cache(Path folder, String name, String level, String type, String size) throws IOException {
        Path cache = Files.createDirectory(folder.resolve(name));
        Files.writeString(cache.resolve("level"), level + "\n");
        Files.writeString(cache.resolve("type"), type + "\n");
        Files.writeString(cache.resolve("size"), size + "\n");
    }
}
