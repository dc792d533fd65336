package io.github.tintype.cpu;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GroupNormTest {
    private Cpu cpu;

    @BeforeAll
    void open() {
        cpu = Cpu.open(3);
    }

    @AfterAll
    void close() {
        cpu.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,8,4", "2,7,6,3", "1,1500,32,8", "2,1000,64,32"})
    void normalisesEachGroupThenActivates(int n, int positions, int c, int groups) {
        PostOp.Eltwise silu = new PostOp.Eltwise(PostOp.Function.SWISH, 1, 0);
        int width = c / groups;
        GroupNorm kernel = new GroupNorm(cpu, new GroupNorm.Spec(n, positions, c, groups, 1e-5, List.of(silu)));
        try (Floats x = Floats.random(n * positions * c, 1);
                Floats scale = Floats.random(c, 2);
                Floats shift = Floats.random(c, 3);
                Floats scratch = Floats.poisoned((int) kernel.scratchBytes() / 4);
                Floats y = Floats.poisoned(n * positions * c)) {
            kernel.run(x.address(), scale.address(), shift.address(), y.address(), scratch.address(), () -> false);
            double[] mean = new double[n * groups];
            double[] variance = new double[n * groups];
            double each = 1.0 / positions / width;
            for (int i = 0; i < n * positions * c; i++) {
                mean[group(i, positions, c, groups)] += x.get(i) * each;
            }
            for (int i = 0; i < n * positions * c; i++) {
                int group = group(i, positions, c, groups);
                variance[group] += (x.get(i) - mean[group]) * (x.get(i) - mean[group]) * each;
            }
            y.isCloseTo(
                    i -> {
                        int group = group(i, positions, c, groups);
                        double normal = (x.get(i) - mean[group]) / Math.sqrt(variance[group] + 1e-5);
                        double result = normal * scale.get(i % c) + shift.get(i % c);
                        return result / (1 + Math.exp(-result));
                    },
                    2e-6);
        }
    }

    private static int group(int index, int positions, int c, int groups) {
        return index / c / positions * groups + index % c / (c / groups);
    }
}
