package io.github.tintype.code.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheUseTest {
    @TempDir
    Path folder;

    @Test
    void aKeyIsReportedAsItWasFoundFirst() {
        CacheUse use = new CacheUse(CompileCache.under(folder), () -> Optional.of("b1"));
        use.find(Samples.KEY);
        use.store(Samples.KEY, Samples.image(Samples.KEY));
        use.find(Samples.KEY);
        assertThat(use.report().missed()).extracting(CacheReport.Missed::key).containsExactly(Samples.KEY);
        assertThat(use.report().found()).isEmpty();
    }

    @Test
    void ofVeryManyKeysTheLatestAreKnownAndTheOthersCounted() {
        CacheUse use = new CacheUse(CompileCache.under(folder), () -> Optional.of("b1"));
        int known = 4096;
        for (int i = 0; i < known + 3; i++) {
            use.find(Samples.key("k" + i));
        }
        CacheReport report = use.report();
        assertThat(report.missed()).hasSize(known);
        assertThat(report.missed().getFirst().key()).isEqualTo(Samples.key("k3"));
        assertThat(report.toString()).startsWith("code cache: 0 found, 4096 compiled, 3 before them");
        assertThatThrownBy(report::keys)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(
                        "code cache: got 3 keys that are no longer known, wanted all: ask a device that has compiled less");
    }
}
