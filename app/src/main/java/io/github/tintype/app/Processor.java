package io.github.tintype.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The processor as Linux describes it. */
final class Processor {
    /** Instruction sets that decide which kernels oneDNN takes. */
    private static final List<String> FEATURES = List.of(
            "sse4_1",
            "avx",
            "avx2",
            "fma",
            "f16c",
            "avx_vnni",
            "avx512f",
            "avx512bw",
            "avx512_vnni",
            "avx512_bf16",
            "avx512_fp16",
            "amx_int8",
            "amx_bf16");

    private Processor() {}

    /** Name and features, of the first core. */
    static String describe() {
        try {
            return describe(Files.readString(Path.of("/proc/cpuinfo")));
        } catch (IOException _) {
            return "unknown: no /proc/cpuinfo";
        }
    }

    static String describe(String cpuinfo) {
        Set<String> flags = Set.of(
                Arrays.stream(value(cpuinfo, "flags").split(" ", -1)).distinct().toArray(String[]::new));
        String known = FEATURES.stream().filter(flags::contains).collect(Collectors.joining(" "));
        return "%s: %s".formatted(value(cpuinfo, "model name"), known.isEmpty() ? "none of " + FEATURES : known);
    }

    private static String value(String cpuinfo, String key) {
        return cpuinfo.lines()
                .filter(line -> line.startsWith(key))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("?");
    }
}
