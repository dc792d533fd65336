package io.github.tintype.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class HugePagesTest {
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) .*");

    /* Whether the system has been advised for the mapping of an address: flag hg. */
    private static boolean isAdvised(long address) throws IOException {
        boolean inside = false;
        for (String line : Files.readAllLines(MAPPINGS)) {
            Matcher mapping = MAPPING.matcher(line);
            if (mapping.matches()) {
                inside = Long.compareUnsigned(address, Long.parseUnsignedLong(mapping.group(1), 16)) >= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(mapping.group(2), 16)) < 0;
            } else if (inside && line.startsWith("VmFlags:")) {
                return line.contains(" hg");
            }
        }
        throw new IOException("%x: got no mapping, wanted one in %s".formatted(address, MAPPINGS));
    }

    @Test
    void largeBlocksAreAdvisedWhereTheSystemHasHugePages() throws IOException {
        boolean hasThem = Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage")) && Files.exists(MAPPINGS);
        try (NativeMemory.Block block = new NativeMemory().allocate(8 << 20, "a test")) {
            block.segment().fill((byte) 1);
            assertThat(hasThem && isAdvised(block.segment().address() + (4 << 20)))
                    .isEqualTo(hasThem);
        }
    }

    @Test
    void adviceThatTheSystemRefusesChangesNothing() {
        new HugePages().advise(1L << 60, 1 << 20); // nobody has memory there
    }
}
