package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.loop.LoopCompiler;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.StandardKernels;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Compiled programs give the interpreter's bits at every width of register, with and without the intrinsics that have twins. */
class LlvmCompilerTest {
    private static final String LINUX = "x86_64-unknown-linux-gnu";

    @TestFactory
    Stream<DynamicTest> givesTheInterpretersBitsAtEveryWidth() {
        return StandardKernels.of(DType.F32).entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> check(entry.getValue(), 4, 8, 16)));
    }

    /* Loads and stores of these types are the same in every kernel. */
    @TestFactory
    Stream<DynamicTest> widensAndNarrowsAsTheInterpreter() {
        return Stream.of(DType.F16, DType.BF16, DType.F8_E4M3, DType.F8_E5M2)
                .flatMap(dtype -> Stream.of("softmax", "group_norm_silu", "add_broadcast", "dequantise")
                        .map(name -> DynamicTest.dynamicTest(name + " " + dtype, () -> {
                            Case test = Objects.requireNonNull(
                                    StandardKernels.of(dtype).get(name));
                            check(test, 8);
                        })));
    }

    private static void check(Case test, int... widths) {
        HostTensor expected = test.run(LoopHarness::interpret);
        for (int lanes : widths) {
            LoopHarness.assertSameBits(
                    test.run(Compiled.of(HostProcessor.target().withLanes(lanes))), expected);
        }
        // Without fma two roundings take the place of one; those of a GELU are as large as its argument has them.
        LoopHarness.assertNear(test.run(Compiled.of(new Target(LINUX, "x86-64", "", 8))), expected, 6);
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameBitsWithMoreEffort() {
        return StandardKernels.of(DType.F32).entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    Compiled most = new Compiled(Compiled.LLVM, HostProcessor.target(), CompileEffort.MOST, 1);
                    LoopHarness.assertSameBits(
                            entry.getValue().run(most), entry.getValue().run(LoopHarness::interpret));
                }));
    }

    /* A second copy of the library, from another file, crashed the process. */
    @Test
    void cachesShareOneLibrary(@TempDir Path cache) {
        LoopCompiler other = new LlvmProvider().open(cache);
        Case test = Objects.requireNonNull(StandardKernels.of(DType.F32).get("softmax"));
        Compiled most = new Compiled(other, HostProcessor.target(), CompileEffort.MOST, 1);
        LoopHarness.assertSameBits(test.run(most), test.run(LoopHarness::interpret));
        assertThat(cache).isEmptyDirectory();
    }

    /* Code for processors that this machine isn't: that there is some, which needs nobody else's. */
    @TestFactory
    Stream<DynamicTest> compilesForEveryLevel() {
        String all =
                "+avx512bf16,+avx512fp16,+avx512vnni,+avx512vbmi,+avx512vbmi2,+avx512ifma,+amx-tile,+amx-bf16,+amx-int8,+gfni,+avxvnni";
        return Stream.of(
                        new Target(LINUX, "x86-64", "", 4),
                        new Target(LINUX, "x86-64-v2", "", 4),
                        new Target(LINUX, "x86-64-v3", "", 8),
                        new Target(LINUX, "x86-64-v4", "", 16),
                        new Target(LINUX, "x86-64-v4", all, 16),
                        new Target(LINUX, "sapphirerapids", "", 16),
                        new Target(LINUX, "znver4", "", 16))
                .flatMap(target -> Stream.of(DType.F32, DType.F16, DType.BF16, DType.F8_E4M3)
                        .map(dtype -> DynamicTest.dynamicTest(target.cpu() + " " + target.lanes() + " " + dtype, () -> {
                            for (Case test : StandardKernels.of(dtype).values()) {
                                Program program = test.plan().program();
                                assertThat(Compiled.LLVM
                                                .compile(program, target, CompileEffort.FAST)
                                                .entries())
                                        .hasSameSizeAs(program.kernels());
                            }
                        })));
    }

    private static Case of(String name) {
        return Objects.requireNonNull(StandardKernels.of(DType.F32).get(name));
    }

    @Test
    void compilesTheSameProgramToTheSameImage() {
        var program = of("softmax").plan().program();
        assertThat(Compiled.LLVM.compile(program, HostProcessor.target(), CompileEffort.FAST))
                .isEqualTo(Compiled.LLVM.compile(program, HostProcessor.target(), CompileEffort.FAST));
    }

    @Test
    void listsWhatItMakes() {
        var listing = Compiled.LLVM.listing(
                of("add").plan().program(), new Target(LINUX, "x86-64-v3", "", 8), CompileEffort.FAST);
        assertThat(listing.source()).contains("define void @fused_0(ptr noundef %arguments", "fadd <8 x float>");
        assertThat(listing.assembly()).contains("fused_0:", "vaddps");
    }

    @Test
    void rowsFetchTheNextOneALineAtATime() {
        var listing = Compiled.LLVM.listing(
                of("softmax").plan().program(), new Target(LINUX, "x86-64-v3", "", 8), CompileEffort.FAST);
        // Two registers of 32 bytes at once are a line.
        assertThat(listing.source().split("call void @llvm.prefetch", -1)).hasSize(1 + 1);
        assertThat(listing.assembly()).contains("prefetcht1");
    }
}
