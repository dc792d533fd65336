package io.github.tintype.llvm;

import static io.github.tintype.loop.template.WinogradForm.F2;
import static io.github.tintype.loop.template.WinogradForm.F4;
import static io.github.tintype.tensor.DType.BF16;
import static io.github.tintype.tensor.DType.F16;
import static io.github.tintype.tensor.DType.F32;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.loop.LoopBounds;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.loop.template.WinogradTemplate.Buffer;
import io.github.tintype.loop.template.WinogradTemplate.Other;
import io.github.tintype.loop.template.WinogradTemplate.Size;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The template's programs: proven to stay in their buffers, interpreted beside their meaning, compiled beside the interpreter. */
class WinogradTemplateTest {
    private static final int N = 2;
    private static final int SCALE = 64;
    private static final List<Size> SIZES = List.copyOf(EnumSet.allOf(Size.class));

    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(
                        new WinogradTemplate(F4, false, 2, 8, 4, F32, F32, true, Optional.of(Other.IMAGE_CHANNEL)),
                        7,
                        6,
                        5,
                        9),
                Arguments.of(
                        new WinogradTemplate(F4, false, 3, 16, 8, F32, F32, false, Optional.of(Other.ELEMENT)),
                        4,
                        9,
                        8,
                        16),
                Arguments.of(
                        new WinogradTemplate(F4, false, 2, 16, 16, F32, F32, true, Optional.of(Other.CHANNEL)),
                        5,
                        5,
                        3,
                        70),
                Arguments.of(
                        new WinogradTemplate(F4, false, 6, 16, 8, F32, F32, true, Optional.of(Other.ELEMENT)),
                        14,
                        13,
                        70,
                        18),
                Arguments.of(new WinogradTemplate(F4, false, 6, 16, 8, F32, F32, false, Optional.empty()), 1, 1, 1, 1),
                Arguments.of(
                        new WinogradTemplate(F2, false, 2, 8, 4, F32, F32, true, Optional.of(Other.IMAGE_CHANNEL)),
                        7,
                        6,
                        70,
                        9),
                Arguments.of(
                        new WinogradTemplate(F2, false, 3, 16, 16, F32, F32, false, Optional.of(Other.ELEMENT)),
                        4,
                        9,
                        8,
                        70),
                Arguments.of(
                        new WinogradTemplate(F2, false, 6, 16, 8, F32, F32, true, Optional.of(Other.CHANNEL)),
                        5,
                        5,
                        3,
                        16),
                Arguments.of(new WinogradTemplate(F2, false, 6, 16, 8, F32, F32, false, Optional.empty()), 1, 1, 1, 1),
                Arguments.of(
                        new WinogradTemplate(F4, false, 6, 16, 8, BF16, F16, true, Optional.of(Other.ELEMENT)),
                        14,
                        13,
                        70,
                        18),
                Arguments.of(
                        new WinogradTemplate(F2, false, 3, 16, 16, BF16, F16, false, Optional.empty()), 4, 9, 8, 70),
                Arguments.of(
                        new WinogradTemplate(F4, true, 6, 16, 8, F32, F32, true, Optional.of(Other.ELEMENT)),
                        14,
                        18,
                        70,
                        18),
                Arguments.of(new WinogradTemplate(F4, true, 2, 8, 4, F32, F32, false, Optional.empty()), 2, 10, 3, 9),
                Arguments.of(new WinogradTemplate(F2, true, 3, 16, 16, F32, F32, true, Optional.empty()), 6, 14, 9, 7),
                Arguments.of(new WinogradTemplate(F4, true, 6, 16, 8, BF16, F16, true, Optional.empty()), 10, 6, 70, 7),
                Arguments.of(
                        new WinogradTemplate(F4, false, 2, 8, 4, F16, F32, true, Optional.of(Other.IMAGE_CHANNEL)),
                        7,
                        6,
                        5,
                        9));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isTheConvolution(WinogradTemplate template, int h, int w, int c, int o) {
        Problem problem = new Problem(template, h, w, c, o);
        LoopVerifier.check(template.program());
        assertThat(problem.bounds()).isEmpty();
        float[] interpreted = problem.run(LoopHarness::interpret);
        double[] wanted = problem.meaning();
        for (int i = 0; i < wanted.length; i++) {
            assertThat(Math.abs(interpreted[i] - wanted[i]))
                    .as("result %d", i)
                    .isLessThan(2e-5 + error(template, wanted[i]));
        }
        for (int lanes : new int[] {4, 8, 16}) {
            assertThat(problem.run(Compiled.of(HostProcessor.target().withLanes(lanes))))
                    .as("%d lanes", lanes)
                    .isEqualTo(interpreted);
        }
        Compiled most = new Compiled(Compiled.LLVM, HostProcessor.target(), CompileEffort.MOST, 1);
        assertThat(problem.run(most)).isEqualTo(interpreted);
    }

    /* Of rounding a result, and of rounding filters. */
    private static double error(WinogradTemplate template, double result) {
        return Math.abs(result) * TemplateChecks.rounding(template.operands()) + (template.scales() ? 1e-2 : 0);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void compilesForEveryLevel(WinogradTemplate template, int h, int w, int c, int o) {
        TemplateChecks.compilesForEveryLevel(template.program(), 3);
    }

    /** All tiles in one chunk. */
    private static final class Problem {
        private final WinogradTemplate template;
        private final Program program;
        private final Map<Size, Long> sizes = new EnumMap<>(Size.class);
        private final Map<Buffer, float[]> values = new EnumMap<>(Buffer.class);
        private final float[] weights;
        private final int h;
        private final int w;
        private final int c;
        private final int o;

        Problem(WinogradTemplate template, int h, int w, int c, int o) {
            this.template = template;
            this.h = h;
            this.w = w;
            this.c = c;
            this.o = o;
            program = template.program();
            long high = template.form().tiles(h);
            long wide = template.form().tiles(w);
            long tiles = N * high * wide;
            long blocks = Math.ceilDiv(tiles, template.rows());
            long chunk = blocks * template.rows();
            long panels = template.panels(o);
            long padded = panels * template.columns();
            List<Long> all = List.of(
                    (long) h,
                    (long) w,
                    (long) c,
                    (long) o,
                    high,
                    wide,
                    tiles,
                    0L,
                    tiles,
                    chunk,
                    blocks,
                    panels,
                    padded,
                    WinogradTemplate.part(chunk * c),
                    WinogradTemplate.part(chunk * padded));
            for (int i = 0; i < all.size(); i++) {
                sizes.put(SIZES.get(i), all.get(i));
            }
            Random random = new Random(3);
            weights = drawn(random, (long) o * c * 9);
            float scale = Math.min(1, 4f / c); // errors grow with the channels faster than results
            for (int i = 0; i < weights.length; i++) {
                weights[i] *= scale;
            }
            values.put(Buffer.X, drawn(random, (long) N * (h / factor()) * (w / factor()) * c));
            values.put(Buffer.V, new float[Math.toIntExact(template.transformed(chunk, c))]);
            values.put(Buffer.U, filters());
            values.put(Buffer.SCALE, new float[] {1f / SCALE});
            values.put(Buffer.M, new float[Math.toIntExact(template.transformed(chunk, padded))]);
            values.put(Buffer.Y, new float[N * h * w * o]);
            values.put(Buffer.BIAS, drawn(random, o));
            long others = template.other()
                    .map(other -> switch (other) {
                        case CHANNEL -> (long) o;
                        case IMAGE_CHANNEL -> (long) N * o;
                        case ELEMENT -> (long) N * h * w * o;
                    })
                    .orElse(1L);
            values.put(Buffer.OTHER, drawn(random, others));
        }

        /* How many pixels along a side one of x stands for. */
        private int factor() {
            return template.upsamples() ? 2 : 1;
        }

        private float[] drawn(Random random, long count) {
            float[] drawn = new float[Math.toIntExact(count)];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = (float) random.nextGaussian();
            }
            return HostTensor.ofFloats(drawn, count).to(template.operands()).toFloats();
        }

        private float[] filters() {
            float[] u = new float[Math.toIntExact(template.filterElements(o, c))];
            float[] parts = new float[template.form().parts()];
            double[][] taps = new double[9][1];
            for (int output = 0; output < o; output++) {
                for (int input = 0; input < c; input++) {
                    for (int tap = 0; tap < 9; tap++) {
                        taps[tap][0] = (template.scales() ? SCALE : 1) * weights[(output * c + input) * 9 + tap];
                    }
                    template.form().transformFilters(taps, parts, 0, 1);
                    for (int part = 0; part < parts.length; part++) {
                        u[Math.toIntExact(template.filterIndex(part, output, input, o, c))] = parts[part];
                    }
                }
            }
            return u;
        }

        private DType type(Buffer buffer) {
            return program.buffers().get(template.buffers().indexOf(buffer)).dtype();
        }

        private float[] values(Buffer buffer) {
            return Objects.requireNonNull(values.get(buffer));
        }

        List<String> bounds() {
            return LoopBounds.check(
                    program,
                    size -> Objects.requireNonNull(
                            sizes.get(SIZES.get(program.sizes().indexOf(size)))),
                    buffer -> values(template.buffers().get(program.buffers().indexOf(buffer))).length);
        }

        float[] run(LoopHarness.Runner runner) {
            long chunk = Objects.requireNonNull(sizes.get(Size.CHUNK));
            long panels = Objects.requireNonNull(sizes.get(Size.PANELS));
            long count = Objects.requireNonNull(sizes.get(Size.COUNT));
            List<LoopPlan.Place> places = new ArrayList<>();
            for (int i = 0; i < template.buffers().size(); i++) {
                places.add(new LoopPlan.Place.Input(i));
            }
            LoopPlan plan = new LoopPlan(
                    program,
                    places,
                    List.copyOf(sizes.values()),
                    List.of(),
                    List.of(chunk, template.form().parts() * panels, count),
                    0,
                    List.of());
            try (Arena arena = Arena.ofConfined()) {
                List<MemorySegment> buffers = template.buffers().stream()
                        .map(buffer -> {
                            HostTensor typed = HostTensor.ofFloats(values(buffer), values(buffer).length)
                                    .to(type(buffer));
                            return arena.allocate(typed.data().byteSize(), 64).copyFrom(typed.data());
                        })
                        .toList();
                runner.run(plan, buffers);
                TensorType y = TensorType.of(template.operands(), values(Buffer.Y).length);
                return new HostTensor(y, buffers.get(template.buffers().indexOf(Buffer.Y))).toFloats();
            }
        }

        double[] meaning() {
            double[] y = new double[N * h * w * o];
            for (int at = 0; at < y.length; at++) {
                int output = at % o;
                int column = at / o % w;
                int row = at / (o * w) % h;
                int image = at / (o * w * h);
                double sum = template.bias() ? values(Buffer.BIAS)[output] : 0;
                for (int tap = 0; tap < 9; tap++) {
                    int yy = row + tap / 3 - 1;
                    int xx = column + tap % 3 - 1;
                    if (yy >= 0 && yy < h && xx >= 0 && xx < w) {
                        for (int input = 0; input < c; input++) {
                            int pixel = (image * (h / factor()) + yy / factor()) * (w / factor()) + xx / factor();
                            sum += (double) values(Buffer.X)[pixel * c + input]
                                    * weights[(output * c + input) * 9 + tap];
                        }
                    }
                }
                int place = at;
                y[at] = sum
                        + template.other()
                                .map(other -> (double) values(Buffer.OTHER)[
                                        switch (other) {
                                            case CHANNEL -> output;
                                            case IMAGE_CHANNEL -> image * o + output;
                                            case ELEMENT -> place;
                                        }])
                                .orElse(0.0);
            }
            return y;
        }
    }
}
