package io.github.tintype.code.cache;

import static io.github.tintype.code.cache.Samples.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.code.Image;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A fault at every step of finding and storing, one after another, until there is no step left. */
class CacheFaultsTest {
    @TempDir
    Path home = Path.of("");

    /* Held here: loggers are garbage otherwise, and with them their level. */
    private final Logger logger = Logger.getLogger(CompileCache.class.getName());
    private final Image old = Samples.image(KEY, 100);
    private final Image next = Samples.image(KEY, 200);

    @BeforeEach
    void expectWarnings() {
        logger.setLevel(Level.OFF);
    }

    @AfterEach
    void showWarnings() {
        logger.setLevel(Level.INFO);
    }

    @ParameterizedTest
    @EnumSource
    void anEntryIsTheOldOneOrTheNewOneWhateverHappens(FaultyFiles.Fault fault) throws IOException {
        int step = 0;
        boolean reached = true;
        for (; reached; step++) {
            Path folder = Files.createDirectory(home.resolve("f" + step)).resolve("code");
            assertThat(new CompileCache(folder).store(KEY, old)).isTrue();
            FaultyFiles files = faulty(fault, step);
            CompileCache cache = new CompileCache(folder, 600, files, InstantSource.system());
            boolean stored = false;
            try {
                Lookup<Image> lookup = cache.find(KEY);
                if (lookup instanceof Lookup.Hit<Image>(Image image)) {
                    assertThat(image).isEqualTo(old);
                }
                stored = cache.store(KEY, next);
            } catch (FaultyFiles.Killed e) {
                assertThat(fault).isEqualTo(FaultyFiles.Fault.KILL);
            }
            Lookup<Image> after = new CompileCache(folder).find(KEY);
            assertThat(after).as("after a fault at step %d", step).isIn(new Lookup.Hit<>(old), new Lookup.Hit<>(next));
            if (stored) {
                assertThat(after).isEqualTo(new Lookup.Hit<>(next));
            }
            reached = files.steps > step;
            // A later process finds nothing half written once it is old enough, and an error leaves nothing at all.
            if (fault == FaultyFiles.Fault.KILL) {
                InstantSource tomorrow = InstantSource.fixed(Instant.now().plus(Duration.ofDays(1)));
                new CacheFolder(folder, new SystemFiles(), tomorrow).sweep();
            }
            assertThat(Samples.files(folder)).as("after step %d", step).hasSize(1);
        }
        assertThat(step).isGreaterThan(10);
    }

    @ParameterizedTest
    @EnumSource
    void theFirstEntryIsThereOrNot(FaultyFiles.Fault fault) throws IOException {
        boolean reached = true;
        for (int step = 0; reached; step++) {
            Path folder = Files.createDirectory(home.resolve("n" + step)).resolve("tintype/code");
            FaultyFiles files = faulty(fault, step);
            try {
                new CompileCache(folder, 600, files, InstantSource.system()).store(KEY, next);
            } catch (FaultyFiles.Killed e) {
                assertThat(fault).isEqualTo(FaultyFiles.Fault.KILL);
            }
            assertThat(new CompileCache(folder).find(KEY))
                    .as("after a fault at step %d", step)
                    .satisfiesAnyOf(
                            lookup -> assertThat(lookup).isEqualTo(new Lookup.Hit<>(next)),
                            lookup -> assertThat(lookup)
                                    .isInstanceOfSatisfying(
                                            Lookup.Miss.class,
                                            miss -> assertThat(miss.cause()).isEqualTo(Lookup.Cause.NEVER_COMPILED)));
            reached = files.steps > step;
        }
    }

    private static FaultyFiles faulty(FaultyFiles.Fault fault, int step) {
        FaultyFiles files = new FaultyFiles();
        files.fault = fault;
        files.failing = step;
        return files;
    }

    @Test
    void savingFailsWithoutTouchingTheOldFile() throws IOException {
        new CompileCache(home.resolve("code")).store(KEY, old);
        Path file = Files.writeString(home.resolve("saved"), "old");
        FaultyFiles files = faulty(FaultyFiles.Fault.NO_SPACE, -1);
        CompileCache cache = new CompileCache(home.resolve("code"), 600, files, InstantSource.system());
        assertThat(cache.find(KEY)).isInstanceOf(Lookup.Hit.class);
        files.failing = 2 * files.steps + 1; // save finds it first, then writes half
        assertThatThrownBy(() -> cache.save(file, List.of(KEY)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("saved can't be written: ")
                .hasMessageContaining("No space left on device");
        assertThat(file).content().isEqualTo("old");
        assertThat(Samples.files(home)).hasSize(2);
    }
}
