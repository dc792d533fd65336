package io.github.tintype.llvm;

import static io.github.tintype.tensor.DType.BF16;
import static io.github.tintype.tensor.DType.F16;
import static io.github.tintype.tensor.DType.F32;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.loop.LoopBounds;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.template.AttentionTemplate;
import io.github.tintype.loop.template.AttentionTemplate.Buffer;
import io.github.tintype.loop.template.AttentionTemplate.Size;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The template's programs: proven to stay in their buffers, interpreted beside their meaning, compiled beside the interpreter. */
class AttentionTemplateTest {
    private static final long BATCH = 2;
    private static final long HEADS = 2;
    private static final double SCALE = 0.6;
    private static final List<Size> SIZES = List.of(Size.values());

    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(new AttentionTemplate(2, 8, 4, F32, false, false), 19, 13, 5, 7, 4),
                Arguments.of(new AttentionTemplate(3, 16, 8, F32, false, false), 20, 30, 4, 3, 9),
                Arguments.of(new AttentionTemplate(4, 24, 8, F32, false, false), 9, 4, 3, 8, 4),
                Arguments.of(new AttentionTemplate(2, 16, 16, F32, false, false), 33, 5, 2, 18, 2),
                Arguments.of(new AttentionTemplate(6, 16, 8, F32, false, true), 37, 37, 3, 6, 12),
                Arguments.of(new AttentionTemplate(3, 8, 8, F32, false, true), 17, 40, 3, 2, 6),
                Arguments.of(new AttentionTemplate(3, 8, 4, F32, false, true), 40, 17, 3, 2, 6),
                Arguments.of(new AttentionTemplate(3, 16, 8, BF16, false, false), 20, 30, 4, 3, 9),
                Arguments.of(new AttentionTemplate(2, 16, 16, F16, false, true), 33, 20, 5, 18, 6),
                Arguments.of(new AttentionTemplate(4, 16, 8, BF16, true, false), 20, 31, 4, 3, 8),
                Arguments.of(new AttentionTemplate(2, 8, 4, BF16, true, true), 19, 13, 6, 7, 4),
                Arguments.of(new AttentionTemplate(2, 8, 8, BF16, true, false), 19, 11, 6, 7, 6),
                Arguments.of(new AttentionTemplate(4, 48, 16, BF16, true, true), 53, 37, 4, 6, 12),
                Arguments.of(new AttentionTemplate(8, 32, 16, BF16, true, false), 70, 77, 10, 8, 16));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isTheAttention(AttentionTemplate template, int queries, int keys, int d, int e, int block) {
        Problem problem = new Problem(template, queries, keys, d, e, block);
        LoopVerifier.check(template.program());
        assertThat(problem.bounds()).isEmpty();
        double[] distances = problem.meaning(Math::abs);
        // Weights that are rounded to BF16 are off by half a unit in the last place, and so is their sum.
        double rounding = template.pairs() ? 0x1p-8 : 0;
        Arrays.setAll(distances, i -> 2e-6 + rounding * distances[i]);
        TemplateChecks.means(problem::run, problem.meaning(x -> x), distances, template.operands());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void compilesForEveryLevel(AttentionTemplate template, int queries, int keys, int d, int e, int block) {
        TemplateChecks.compilesForEveryLevel(template.program(), 2);
    }

    /** Queries with heads in their rows, the others row by row. */
    private static final class Problem {
        private final AttentionTemplate template;
        private final List<Buffer> buffers;
        private final Program program;
        private final Map<Size, Long> sizes = new EnumMap<>(Size.class);
        private final Map<Buffer, float[]> values = new EnumMap<>(Buffer.class);

        Problem(AttentionTemplate template, long queries, long keys, long d, long e, long block) {
            this.template = template;
            buffers = template.buffers();
            long step = template.step();
            program = template.program();
            for (Size size : SIZES) {
                long value = switch (size) {
                    case BATCH -> BATCH;
                    case HEADS -> HEADS;
                    case QUERY_COUNT -> queries;
                    case KEY_COUNT -> keys;
                    case D -> d / step;
                    case E -> e;
                    case Q_BATCH -> queries * HEADS * d / step;
                    case Q_HEAD -> d / step;
                    case Q_ROW -> HEADS * d / step;
                    case K_BATCH -> HEADS * keys * d / step;
                    case K_HEAD -> keys * d / step;
                    case K_ROW -> d / step;
                    case V_BATCH -> HEADS * keys * e;
                    case V_HEAD -> keys * e;
                    case V_ROW -> e;
                    case Y_BATCH -> HEADS * queries * e;
                    case Y_HEAD -> queries * e;
                    case Y_ROW -> e;
                    case BLOCK -> block;
                    case BLOCKS -> Math.ceilDiv(keys, block);
                    case E_PANELS -> Math.ceilDiv(e, template.rows());
                    case GROUPS -> 2L;
                    case POINTS -> Math.ceilDiv(queries, 2L * template.columns());
                };
                sizes.put(size, value);
            }
            Random random = new Random(3);
            values.put(Buffer.Q, drawn(random, BATCH * HEADS * queries * d));
            values.put(Buffer.K, drawn(random, BATCH * HEADS * keys * d));
            values.put(Buffer.V, drawn(random, BATCH * HEADS * keys * e));
            values.put(Buffer.Y, unwritten(BATCH * HEADS * queries * e));
            template.elements(sizes).forEach((buffer, count) -> values.put(buffer, unwritten(count)));
        }

        private float[] drawn(Random random, long count) {
            float[] drawn = new float[Math.toIntExact(count)];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = (float) random.nextGaussian();
            }
            return HostTensor.ofFloats(drawn, count).to(template.operands()).toFloats();
        }

        private static float[] unwritten(long count) {
            float[] values = new float[Math.toIntExact(count)];
            Arrays.fill(values, Float.NaN);
            return values;
        }

        private float[] values(Buffer buffer) {
            return Objects.requireNonNull(values.get(buffer));
        }

        private long size(Size size) {
            return Objects.requireNonNull(sizes.get(size));
        }

        List<String> bounds() {
            return LoopBounds.check(
                    program,
                    size -> size(SIZES.get(program.sizes().indexOf(size))),
                    buffer -> values(buffers.get(program.buffers().indexOf(buffer))).length);
        }

        float[] run(LoopHarness.Runner runner) {
            List<LoopPlan.Place> places = buffers.stream()
                    .<LoopPlan.Place>map(buffer -> new LoopPlan.Place.Input(buffers.indexOf(buffer)))
                    .toList();
            LoopPlan plan = new LoopPlan(
                    program,
                    places,
                    List.copyOf(sizes.values()),
                    List.of(AttentionTemplate.factor(SCALE)),
                    List.of(BATCH * HEADS * size(Size.BLOCKS), BATCH * HEADS * size(Size.POINTS)),
                    0,
                    List.of());
            try (Arena arena = Arena.ofConfined()) {
                List<MemorySegment> memories = buffers.stream()
                        .map(buffer -> {
                            float[] floats = values(buffer);
                            DType dtype = program.buffers()
                                    .get(buffers.indexOf(buffer))
                                    .dtype();
                            MemorySegment data = HostTensor.ofFloats(floats, floats.length)
                                    .to(dtype)
                                    .data();
                            return arena.allocate(data.byteSize(), 64).copyFrom(data);
                        })
                        .toList();
                runner.run(plan, memories);
                TensorType y = TensorType.of(template.operands(), values(Buffer.Y).length);
                return new HostTensor(y, memories.get(buffers.indexOf(Buffer.Y))).toFloats();
            }
        }

        double[] meaning(DoubleUnaryOperator of) {
            int e = Math.toIntExact(size(Size.E));
            double[] y = new double[values(Buffer.Y).length];
            for (int row = 0; row < y.length / e; row++) {
                long query = row % size(Size.QUERY_COUNT);
                long head = row / size(Size.QUERY_COUNT);
                long seen = template.causal() ? Math.min(query + 1, size(Size.KEY_COUNT)) : size(Size.KEY_COUNT);
                double sum = 0;
                for (long key = 0; key < seen; key++) {
                    double weight = Math.exp(SCALE * score(head, query, key));
                    sum += weight;
                    for (int i = 0; i < e; i++) {
                        float value = values(Buffer.V)[Math.toIntExact((head * size(Size.KEY_COUNT) + key) * e + i)];
                        y[row * e + i] += weight * of.applyAsDouble(value);
                    }
                }
                for (int i = 0; i < e; i++) {
                    y[row * e + i] /= sum;
                }
            }
            return y;
        }

        private double score(long head, long query, long key) {
            long step = template.step();
            long q = head / HEADS * size(Size.Q_BATCH) + head % HEADS * size(Size.Q_HEAD) + query * size(Size.Q_ROW);
            long k = (head * size(Size.KEY_COUNT) + key) * size(Size.K_ROW);
            double sum = 0;
            for (int i = 0; i < size(Size.D) * step; i++) {
                sum += (double) values(Buffer.Q)[Math.toIntExact(q * step + i)]
                        * values(Buffer.K)[Math.toIntExact(k * step + i)];
            }
            return sum;
        }
    }
}
