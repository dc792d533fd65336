package io.github.tintype.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.loop.LoopHarness.Case;
import io.github.tintype.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The lowering of each standard kernel: approved as text, and its meaning that of the op. {@code -Dtintype.approve=true} writes the
 * texts anew.
 */
class StandardKernelsTest {
    private static final Path APPROVED = Path.of("src", "test", "resources", "loops");

    @TestFactory
    Stream<DynamicTest> isLoweredAsApproved() {
        return StandardKernels.of(DType.F32).entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> compare(entry.getKey(), entry.getValue())));
    }

    private static void compare(String name, Case test) throws IOException {
        String text = test.plan().program().toString();
        Path file = APPROVED.resolve(name + ".txt");
        if (Boolean.getBoolean("tintype.approve")) {
            Files.createDirectories(APPROVED);
            Files.writeString(file, text);
        }
        assertThat(text).isEqualTo(Files.readString(file));
    }

    @TestFactory
    Stream<DynamicTest> meansWhatTheOpMeans() {
        return Stream.of(DType.F32, DType.F16, DType.BF16, DType.F8_E4M3, DType.F8_E5M2)
                .flatMap(dtype -> StandardKernels.of(dtype).entrySet().stream()
                        .map(entry ->
                                DynamicTest.dynamicTest(entry.getKey() + " " + dtype, () -> check(entry.getValue()))));
    }

    /* 4 units: three roundings of F32 on the way; of narrow types only the last. */
    private static void check(Case test) {
        LoopHarness.assertNear(test.run(LoopHarness::interpret), test.expected(), 4);
    }

    @Test
    void mayBeWrittenOverInputs() {
        int found = 0;
        for (Case test : StandardKernels.of(DType.F32).values()) {
            for (int input : test.plan().inPlace()) {
                if (test.layouts().get(input).equals(test.output())) {
                    found++;
                    LoopHarness.assertSameBits(
                            test.run(LoopHarness::interpret, input), test.run(LoopHarness::interpret));
                }
            }
        }
        assertThat(found)
                .as("both group norms, layer norm, softmax, RMS norm, both terms of a sum, one of another")
                .isEqualTo(8);
    }

    @Test
    void isOneProgramForAllSizes() {
        Case small = Objects.requireNonNull(StandardKernels.of(DType.F32).get("softmax"));
        Case large = StandardKernels.fused(
                in -> in.getFirst().then(new SoftmaxOp(2)), StandardKernels.values(1, DType.F32, 2, 9, 130));
        assertThat(large.plan().program()).isEqualTo(small.plan().program());
    }
}
