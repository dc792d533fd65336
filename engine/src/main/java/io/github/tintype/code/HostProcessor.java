package io.github.tintype.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The processor that we run on, without asking a compiler: Linux tells what it has and the system lets us use. The target is the highest
 * level of the x86-64 psABI whose every part is there, and the other parts that kernels may use by name. So a feature that a virtual
 * machine hides is never counted on, as it would be by the name of a model; processors that can do the same share code.
 */
public final class HostProcessor {
    private static final String BASE = "x86-64";
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    /** Of each level, beyond the one before: Linux's names. Source: x86-64 psABI, "Micro-Architecture Levels". */
    private static final Map<String, List<String>> LEVELS = new LinkedHashMap<>();

    static {
        LEVELS.put("x86-64-v2", List.of("cx16", "lahf_lm", "popcnt", "pni", "ssse3", "sse4_1", "sse4_2"));
        LEVELS.put("x86-64-v3", List.of("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"));
        LEVELS.put("x86-64-v4", List.of("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"));
    }

    /** Those that no level has, or that are told even if their level is not reached: Linux's names. */
    private static final List<String> EXTRA = List.of(
            "avx_vnni",
            "avx512ifma",
            "avx512vbmi",
            "avx512_vbmi2",
            "avx512_vnni",
            "avx512_bf16",
            "avx512_fp16",
            "amx_tile",
            "amx_bf16",
            "amx_int8",
            "gfni");

    /** LLVM's names where they aren't Linux's without underscores. */
    private static final Map<String, String> LLVM_NAMES = Map.ofEntries(
            Map.entry("pni", "sse3"),
            Map.entry("sse4_1", "sse4.1"),
            Map.entry("sse4_2", "sse4.2"),
            Map.entry("lahf_lm", "sahf"),
            Map.entry("abm", "lzcnt"),
            Map.entry("bmi1", "bmi"),
            Map.entry("amx_tile", "amx-tile"),
            Map.entry("amx_bf16", "amx-bf16"),
            Map.entry("amx_int8", "amx-int8"));

    private HostProcessor() {}

    /** This machine's; what every processor of its architecture has, if the system tells nothing. */
    public static Target target() {
        String architecture = System.getProperty("os.arch", "unknown");
        String system = System.getProperty("os.name", "unknown");
        try (Stream<String> lines = Files.lines(CPUINFO, StandardCharsets.ISO_8859_1)) {
            return target(architecture, system, lines);
        } catch (IOException | UncheckedIOException e) {
            return target(architecture, system, Stream.of());
        }
    }

    /**
     * Every Linux machine whose processors reach a level of the x86-64 psABI, {@code x86-64} to {@code x86-64-v4}; empty for another name. What a machine
     * has beyond its level is not used.
     */
    public static Optional<Target> level(String name) {
        if (!name.equals(BASE) && !LEVELS.containsKey(name)) {
            return Optional.empty();
        }
        int lanes = name.equals("x86-64-v4") ? 16 : name.equals("x86-64-v3") ? 8 : 4;
        return Optional.of(new Target("x86_64-unknown-linux-gnu", name, "", lanes));
    }

    /** The names that {@link #level} takes, the least first. */
    public static List<String> levels() {
        List<String> names = new ArrayList<>(List.of(BASE));
        names.addAll(LEVELS.keySet());
        return names;
    }

    /**
     * @param architecture as Java calls it
     * @param system likewise
     * @param cpuinfo the lines of {@code /proc/cpuinfo}; of processors that differ, what all have counts
     */
    static Target target(String architecture, String system, Stream<String> cpuinfo) {
        String on = system.equals("Linux") ? "linux-gnu" : plain(system);
        // A home directory may be shared by machines of several architectures: their keys must differ.
        return architecture.equals("amd64")
                ? x86("x86_64-unknown-" + on, cpuinfo)
                : new Target("%s-unknown-%s".formatted(plain(architecture), on), "generic", "", 4);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "");
    }

    private static Target x86(String triple, Stream<String> cpuinfo) {
        Set<String> has = cpuinfo.filter(line -> line.startsWith("flags"))
                .map(line -> Set.copyOf(new HashSet<>(Arrays.asList(
                        line.substring(line.indexOf(':') + 1).strip().split("\\s+", -1)))))
                .reduce(HostProcessor::both)
                .orElse(Set.of());
        Optional<String> level = Optional.empty();
        List<String> beyond = new ArrayList<>();
        boolean complete = true;
        for (Map.Entry<String, List<String>> next : LEVELS.entrySet()) {
            complete &= has.containsAll(next.getValue());
            if (complete) {
                level = Optional.of(next.getKey());
            } else {
                next.getValue().stream().filter(has::contains).forEach(beyond::add);
            }
        }
        EXTRA.stream().filter(has::contains).forEach(beyond::add);
        String features =
                String.join(",", beyond.stream().map(flag -> "+" + llvm(flag)).toList());
        int lanes = has.contains("avx512f") ? 16 : has.contains("avx2") ? 8 : 4;
        return new Target(triple, level.orElse(BASE), features, lanes);
    }

    private static Set<String> both(Set<String> a, Set<String> b) {
        Set<String> both = new HashSet<>(a);
        both.retainAll(b);
        return both;
    }

    private static String llvm(String flag) {
        return LLVM_NAMES.getOrDefault(flag, flag.replace("_", ""));
    }
}
