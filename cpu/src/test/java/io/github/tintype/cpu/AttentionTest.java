package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.cpu.Attention.Mask;
import io.github.tintype.cpu.Attention.Strides;
import io.github.tintype.cpu.Attention.View;
import io.github.tintype.tensor.DType;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AttentionTest {
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
    @CsvSource({"1,1,1,1,8,false", "2,3,17,77,5,false", "1,2,1100,33,40,false", "2,2,77,77,16,true"})
    void isTheWeightedMeanOfTheValues(int batch, int heads, int queries, int keys, int d, boolean masked) {
        int row = heads * d;
        double scale = 1 / Math.sqrt(d);
        Optional<Mask> mask = masked ? Optional.of(new Mask.Added(new Strides(0, 0, keys, 1))) : Optional.empty();
        Attention.Spec spec = new Attention.Spec(
                DType.F32,
                batch,
                heads,
                queries,
                keys,
                d,
                d,
                scale,
                View.interleaved(queries, heads, d),
                View.interleaved(keys, heads, d),
                View.interleaved(keys, heads, d),
                View.interleaved(queries, heads, d),
                mask);
        Attention kernel = new Attention(cpu, spec);
        try (Floats q = Floats.random(batch * queries * row, 1);
                Floats k = Floats.random(batch * keys * row, 2);
                Floats v = Floats.random(batch * keys * row, 3);
                Floats bias = Floats.random(queries * keys, 4);
                Floats y = Floats.poisoned(batch * queries * row)) {
            if (masked) {
                for (int i = 0; i < queries * keys; i++) {
                    bias.set(i, i % keys > i / keys ? Float.NEGATIVE_INFINITY : bias.get(i)); // causal as well
                }
            }
            assertThat(kernel.run(q.address(), k.address(), v.address(), bias.address(), y.address(), () -> false))
                    .isTrue();
            double[] weights = new double[keys];
            y.isCloseTo(
                    index -> {
                        int image = index / row / queries;
                        int query = index / row % queries;
                        int head = index % row / d;
                        double sum = 0;
                        for (int j = 0; j < keys; j++) {
                            double score = masked ? bias.get(query * keys + j) : 0;
                            for (int i = 0; i < d; i++) {
                                score += scale
                                        * q.get((image * queries + query) * row + head * d + i)
                                        * k.get((image * keys + j) * row + head * d + i);
                            }
                            weights[j] = Math.exp(score);
                            sum += weights[j];
                        }
                        double mean = 0;
                        for (int j = 0; j < keys; j++) {
                            mean += weights[j] / sum * v.get((image * keys + j) * row + index % row);
                        }
                        return mean;
                    },
                    2e-6);
        }
    }
}
