package io.github.tintype.code.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that share a cache, and processes that end at any time. More of them with {@code -Dtintype.cache.processes=16
 * -Dtintype.cache.rounds=20 -Dtintype.cache.kills=100}.
 */
class CacheProcessesTest {
    private static final int PROCESSES = Integer.getInteger("tintype.cache.processes", 4);
    private static final int ROUNDS = Integer.getInteger("tintype.cache.rounds", 3);
    private static final int KILLS = Integer.getInteger("tintype.cache.kills", 4);

    /** Two thirds of what the children want to keep: they evict each other's entries while they look for them. */
    private static final long SMALL = CacheChild.KEYS * CacheChild.BYTES * 2L / 3;

    @TempDir
    Path home = Path.of("");

    @Test
    void manyProcessesFindEqualImages() throws Exception {
        for (long most : List.of(CompileCache.DEFAULT_MOST_BYTES, SMALL)) {
            Path folder = home.resolve("code" + most);
            int rounds = most == SMALL ? 1 : ROUNDS;
            for (int round = 0; round < rounds; round++) {
                List<Process> children = new ArrayList<>();
                for (int i = 0; i < PROCESSES; i++) {
                    children.add(CacheChild.start("", "use", folder, most));
                }
                for (Process child : children) {
                    assertThat(CacheChild.output(child)).as("warnings").isEmpty();
                }
            }
            CompileCache left = new CompileCache(folder);
            assertThat(left.inspect()).isNotEmpty().allMatch(entry -> isWhole(left, entry));
            assertThat(Samples.files(folder)).allMatch(file -> file.toString().endsWith(".image"));
        }
        assertThat(new CompileCache(home.resolve("code" + SMALL)).inspect()).hasSizeLessThan(CacheChild.KEYS);
    }

    private static boolean isWhole(CompileCache cache, CachedEntry entry) {
        return entry.content() instanceof CachedEntry.Whole(CacheKey<?> found)
                && found instanceof ImageKey key
                && cache.find(key).equals(new Lookup.Hit<>(Samples.image(key, CacheChild.BYTES)));
    }

    @Test
    void killedWhileWritingLeavesOldOrNew() throws Exception {
        Path folder = home.resolve("code");
        for (int kill = 0; kill < KILLS; kill++) {
            Process child = CacheChild.start("", "store-for-ever", folder, CompileCache.DEFAULT_MOST_BYTES);
            try (var out = child.inputReader()) {
                assertThat(out.readLine()).isEqualTo("all are stored once");
                Thread.sleep(37L * (kill + 1)); // somewhere in the middle of something
                child.destroyForcibly().waitFor();
            }
            CompileCache left = new CompileCache(folder);
            assertThat(left.inspect()).hasSize(CacheChild.KEYS).allMatch(entry -> isWhole(left, entry));
        }
        assertThat(CacheChild.output(CacheChild.start("", "use", folder, CompileCache.DEFAULT_MOST_BYTES)))
                .isEmpty();
    }

    /* The system itself refuses to write on in the middle of the file, as a full disk does. */
    @Test
    void aWriteThatTheSystemCutsShortLeavesTheOldEntry() throws IOException, InterruptedException {
        Path folder = home.resolve("code");
        CompileCache cache = new CompileCache(folder);
        cache.store(Samples.KEY, Samples.image(Samples.KEY));
        Process child = CacheChild.start("ulimit -f 16;", "store-once", folder, CompileCache.DEFAULT_MOST_BYTES);
        assertThat(CacheChild.output(child))
                .contains("code cache: nothing is kept in %s: File too large".formatted(folder), "false");
        assertThat(cache.find(Samples.KEY)).isEqualTo(new Lookup.Hit<>(Samples.image(Samples.KEY)));
        assertThat(Samples.files(folder)).hasSize(1);
        assertThat(CacheChild.output(CacheChild.start("", "store-once", folder, CompileCache.DEFAULT_MOST_BYTES)))
                .isEqualTo("true\n");
        assertThat(Files.size(Samples.files(folder).getFirst())).isGreaterThan(CacheChild.BYTES);
    }
}
