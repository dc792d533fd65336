package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.cpu.MatMul.Matrix;
import io.github.tintype.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MatMulTest {
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
    @CsvSource({"1,1,1", "1,320,1280", "2,1000,77", "77,768,40", "513,65,33", "300,129,640"})
    void linearIsTheProductWithTheTransposedWeight(int m, int n, int k) {
        MatMul kernel = new MatMul(cpu, MatMul.Spec.linear(DType.F32, m, n, k, true));
        try (Floats x = Floats.random(m * k, 1);
                Floats w = Floats.random(n * k, 2);
                Floats bias = Floats.random(n, 3);
                Floats y = Floats.poisoned(m * n);
                Floats packed = Floats.poisoned((int) kernel.packedBytes() / 4)) {
            kernel.pack(w.address(), DType.F32, packed.address());
            assertThat(kernel.run(x.address(), packed.address(), bias.address(), y.address(), () -> false))
                    .isTrue();
            y.isCloseTo(
                    i -> {
                        double sum = bias.get(i % n);
                        for (int j = 0; j < k; j++) {
                            sum += (double) x.get(i / n * k + j) * w.get(i % n * k + j);
                        }
                        return sum;
                    },
                    2e-6 * Math.sqrt(k));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,5,7,3,4", "6,33,17,40,8", "2,130,260,8,1"})
    void batchesMayBeViewsOfHeads(int heads, int m, int n, int k, int gap) {
        // [t, heads·k + gap] views of heads, as attention has them; the second operand is transposed
        int pitch = heads * k + gap;
        MatMul kernel = new MatMul(
                cpu,
                new MatMul.Spec(
                        DType.F32,
                        DType.F32,
                        heads,
                        m,
                        n,
                        k,
                        new Matrix(k, pitch, 1),
                        new Matrix(k, 1, pitch),
                        Matrix.dense(m, n),
                        false,
                        false,
                        List.of(PostOp.scale(0.5))));
        try (Floats q = Floats.random(m * pitch, 1);
                Floats keys = Floats.random(n * pitch, 2);
                Floats scores = Floats.poisoned(heads * m * n)) {
            kernel.run(q.address(), keys.address(), 0, scores.address(), () -> false);
            scores.isCloseTo(
                    i -> {
                        int head = i / (m * n);
                        double sum = 0;
                        for (int j = 0; j < k; j++) {
                            sum += (double) q.get((i / n % m) * pitch + head * k + j)
                                    * keys.get((i % n) * pitch + head * k + j);
                        }
                        return 0.5 * sum;
                    },
                    1e-5);
        }
    }
}
