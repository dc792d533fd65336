package io.github.tintype.app;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory this process may have at most. The files of Linux are read first: Java's own way costs 40 ms of each start. */
final class MachineMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Path CGROUP_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
    private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+([0-9]{1,15}) kB");
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+([0-9]{1,15}) kB");

    private MachineMemory() {}

    /** Physical memory, or the limit of the container where that is less. */
    static long bytes() {
        OptionalLong total = total(read(MEMINFO));
        if (total.isEmpty()) {
            return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                    .getTotalMemorySize();
        }
        return Math.min(total.getAsLong(), limit(read(CGROUP_LIMIT)).orElse(Long.MAX_VALUE));
    }

    /** What the system could hand out now without swapping, or the limit of the container where that is less; {@link #bytes} where it doesn't tell. */
    static long available() {
        return Math.min(available(read(MEMINFO)).orElse(Long.MAX_VALUE), bytes());
    }

    /** MemTotal of the text of /proc/meminfo. */
    static OptionalLong total(String meminfo) {
        return number(TOTAL, meminfo);
    }

    /** MemAvailable of the text of /proc/meminfo. */
    static OptionalLong available(String meminfo) {
        return number(AVAILABLE, meminfo);
    }

    private static OptionalLong number(Pattern line, String meminfo) {
        Matcher match = line.matcher(meminfo);
        return match.find() ? OptionalLong.of(Long.parseLong(match.group(1)) << 10) : OptionalLong.empty();
    }

    /** The text of memory.max: a number, or "max". */
    static OptionalLong limit(String text) {
        return text.strip().matches("[0-9]{1,18}")
                ? OptionalLong.of(Long.parseLong(text.strip()))
                : OptionalLong.empty();
    }

    /** Nothing where there is no such file. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException _) {
            return "";
        }
    }
}
