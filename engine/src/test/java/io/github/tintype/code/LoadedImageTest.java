package io.github.tintype.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadedImageTest {
    /* mov [rdi], rsi; mov [rdi+8], rdx; ret */
    private static final byte[] STORE = {0x48, (byte) 0x89, 0x37, 0x48, (byte) 0x89, 0x57, 0x08, (byte) 0xc3};

    @Test
    void callsAFunctionWithItsThreeArguments() {
        try (LoadedImage loaded = LoadedImage.load(new Image(STORE, Map.of("store", 0)));
                Arena arena = Arena.ofConfined()) {
            MemorySegment words = arena.allocate(16, 8);
            loaded.function("store").call(words.address(), 7, -9);
            assertThat(words.toArray(ValueLayout.JAVA_LONG)).containsExactly(7, -9);
        }
    }

    @Test
    void isNeverWritableAndExecutable() throws Exception {
        try (LoadedImage loaded = LoadedImage.load(new Image(STORE, Map.of("store", 0)))) {
            assertThat(loaded.bytes()).isEqualTo(4096);
            List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
            assertThat(maps).isNotEmpty();
            String place = "%x-".formatted(loaded.address());
            // Neighbours of equal rights are one line: ours may begin in the middle of it, but never as a writable one.
            assertThat(maps).filteredOn(line -> line.startsWith(place)).allMatch(line -> line.contains(" r-xp "));
        }
    }

    @Test
    void refusesUnknownFunctionsAndEntriesOutside() {
        try (LoadedImage loaded = LoadedImage.load(new Image(STORE, Map.of("store", 0)))) {
            assertThatThrownBy(() -> loaded.function("other")).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new Image(STORE, Map.of("store", STORE.length)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Image(new byte[0], Map.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
