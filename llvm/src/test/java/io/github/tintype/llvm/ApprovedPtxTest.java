package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.GpuArchitecture;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Launch;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.PtxModule;
import io.github.tintype.loop.StandardKernels;
import io.github.tintype.loop.lower.Schedule;
import io.github.tintype.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * PTX of each family of kernels, approved as text, and what holds of all PTX. The text for sm_80 is whole; of another GPU there are the lines that
 * differ, by their numbers, or the whole where lines are more or fewer. {@code -Dtintype.approve=true} writes the files anew; after that
 * {@code bench/gpu/assemble.py} has them assembled.
 */
class ApprovedPtxTest {
    private static final Path APPROVED = Path.of("src", "test", "resources", "ptx");
    private static final GpuArchitecture BASE = GpuArchitecture.SM_80;

    /* One of each family at sizes as in models, and what odd sizes change. */
    private static Map<String, Case> families() {
        Map<String, Case> families = new LinkedHashMap<>();
        StandardKernels.wide(DType.BF16).forEach((name, test) -> families.put(name + "_bf16", test));
        for (String name : List.of("group_norm_silu_contiguous", "layer_norm", "softmax", "add")) {
            families.put(name + "_f32", of(StandardKernels.wide(DType.F32), name));
        }
        for (String name : List.of("rms_norm", "geglu")) {
            families.put(name + "_f16", of(StandardKernels.wide(DType.F16), name));
        }
        for (String name : List.of("group_norm_silu", "softmax", "add")) {
            families.put(name + "_odd_f16", of(StandardKernels.of(DType.F16), name));
        }
        return families;
    }

    private static Case of(Map<String, Case> cases, String name) {
        return Objects.requireNonNull(cases.get(name));
    }

    private static PtxModule ptx(Case test, GpuArchitecture architecture, CompileEffort effort) {
        return PtxTest.NVPTX.ptx(test.plan(Schedule.GPU).program(), architecture, effort);
    }

    @TestFactory
    Stream<DynamicTest> isAsApproved() {
        return families().entrySet().stream()
                .flatMap(entry -> Arrays.stream(GpuArchitecture.values())
                        .map(architecture -> DynamicTest.dynamicTest(
                                "%s %s".formatted(entry.getKey(), architecture.target()),
                                () -> compare(entry.getKey(), entry.getValue(), architecture))));
    }

    private static void compare(String name, Case test, GpuArchitecture architecture) throws IOException {
        String text = ptx(test, architecture, CompileEffort.FAST).text();
        if (Boolean.getBoolean("tintype.approve")) {
            approve(name, architecture, text);
        }
        assertThat(text).isEqualTo(approved(name, architecture));
    }

    private static Path file(String name, GpuArchitecture architecture, String ending) {
        return APPROVED.resolve("%s.%s.%s".formatted(name, architecture.target(), ending));
    }

    private static void approve(String name, GpuArchitecture architecture, String text) throws IOException {
        Files.createDirectories(APPROVED);
        Path whole = file(name, architecture, "ptx");
        Path changed = file(name, architecture, "lines");
        Files.deleteIfExists(whole);
        Files.deleteIfExists(changed);
        List<String> base = architecture == BASE
                ? List.of()
                : Files.readString(file(name, BASE, "ptx")).lines().toList();
        List<String> lines = text.lines().toList();
        if (base.size() != lines.size()) {
            Files.writeString(whole, text);
            return;
        }
        StringBuilder differing = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).equals(base.get(i))) {
                differing.append("%d:%s%n".formatted(i + 1, lines.get(i)));
            }
        }
        Files.writeString(changed, differing.toString());
    }

    private static String approved(String name, GpuArchitecture architecture) throws IOException {
        Path changed = file(name, architecture, "lines");
        if (!Files.exists(changed)) {
            return Files.readString(file(name, architecture, "ptx"));
        }
        String base = Files.readString(file(name, BASE, "ptx"));
        List<String> lines = new ArrayList<>(base.lines().toList());
        for (String line : Files.readString(changed).lines().toList()) {
            int colon = line.indexOf(':');
            lines.set(Integer.parseInt(line.substring(0, colon)) - 1, line.substring(colon + 1));
        }
        String end = base.substring(base.stripTrailing().length());
        return String.join("\n", lines).stripTrailing() + end;
    }

    @TestFactory
    Stream<DynamicTest> needsNobodyAndKeepsToItsDescription() {
        return Stream.of(
                        each(DType.F32, GpuArchitecture.SM_80),
                        each(DType.F16, GpuArchitecture.SM_90),
                        each(DType.BF16, GpuArchitecture.SM_100),
                        each(DType.F8_E4M3, GpuArchitecture.SM_80))
                .flatMap(tests -> tests);
    }

    private static Stream<DynamicTest> each(DType dtype, GpuArchitecture architecture) {
        return Stream.of(StandardKernels.of(dtype), StandardKernels.even(dtype), StandardKernels.wide(dtype))
                .flatMap(cases -> cases.entrySet().stream())
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey() + " " + dtype, () -> check(entry.getValue(), architecture, CompileEffort.FAST)));
    }

    @TestFactory
    Stream<DynamicTest> needsNobodyWithMoreEffort() {
        return StandardKernels.wide(DType.BF16).entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> check(entry.getValue(), GpuArchitecture.SM_100, CompileEffort.MOST)));
    }

    private static void check(Case test, GpuArchitecture architecture, CompileEffort effort) {
        Program program = test.plan(Schedule.GPU).program();
        PtxModule module = ptx(test, architecture, effort);
        assertThat(module.text().lines())
                .contains(".version " + architecture.ptx(), ".target " + architecture.target(), ".address_size 64");
        // Nobody else's code, no memory of a thread's own, nothing contracted, approximated or flushed.
        assertThat(module.text())
                .doesNotContain(".extern", ".func", "call", ".local", ".approx", ".ftz")
                .doesNotContainPattern("\\b(add|sub|mul)\\.f\\d");
        PtxProgram read = PtxProgram.read(module.text());
        assertThat(module.launches())
                .extracting(Launch::entry)
                .containsExactlyElementsOf(read.entries().keySet());
        int shared = 0;
        for (int i = 0; i < module.launches().size(); i++) {
            Launch launch = module.launches().get(i);
            Kernel kernel = program.kernels().get(i);
            PtxProgram.Entry entry = Objects.requireNonNull(read.entries().get(kernel.name()));
            assertThat(entry.threads())
                    .isEqualTo(launch.threads())
                    .isEqualTo(kernel.team().orElseThrow().block());
            assertThat(entry.parameterBytes()).isEqualTo(8 * program.words());
            shared += launch.sharedBytes();
        }
        assertThat(read.sharedBytes()).isBetween(shared - 15 * read.shared().size(), shared);
    }

    private static void contains(Case test, String... parts) {
        assertThat(ptx(test, GpuArchitecture.SM_90, CompileEffort.FAST).text()).contains(parts);
    }

    @TestFactory
    Stream<DynamicTest> usesWhatAGpuHas() {
        Map<String, Case> narrow = StandardKernels.wide(DType.BF16);
        Map<String, Case> wide = StandardKernels.wide(DType.F32);
        String[] narrowAccess = {"ld.global.v4.b32", "st.global.v4.b32", "cvt.rn.bf16x2.f32"};
        return Stream.of(
                DynamicTest.dynamicTest("elements", () -> {
                    contains(of(narrow, "add"), narrowAccess);
                    contains(of(narrow, "geglu"), narrowAccess);
                    contains(of(narrow, "upsample"), "ld.global.v4.b32", "st.global.v4.b32");
                    contains(of(wide, "add"), "ld.global.v4.f32", "st.global.v4.f32");
                }),
                DynamicTest.dynamicTest("rows", () -> {
                    contains(of(narrow, "layer_norm"), narrowAccess);
                    contains(of(narrow, "layer_norm"), "shfl.sync.down.b32", "bar.sync", "st.shared.f32");
                    contains(of(StandardKernels.even(DType.BF16), "softmax"), "shfl.sync.down.b32", "shfl.sync.idx");
                    assertThat(ptx(
                                            of(StandardKernels.even(DType.BF16), "softmax"),
                                            GpuArchitecture.SM_90,
                                            CompileEffort.FAST)
                                    .text())
                            .doesNotContain("bar.sync");
                }),
                DynamicTest.dynamicTest("statistics", () -> {
                    contains(of(narrow, "group_norm_silu"), narrowAccess);
                    contains(of(narrow, "group_norm_silu"), "bar.sync", "st.shared.v4.f32", "shfl.sync.down.b32");
                    contains(of(narrow, "group_norm_silu_contiguous"), narrowAccess);
                }));
    }
}
