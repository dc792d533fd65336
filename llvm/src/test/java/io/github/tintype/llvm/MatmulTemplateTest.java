package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.loop.LoopBounds;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.template.MatmulTemplate;
import io.github.tintype.loop.template.MatmulTemplate.Buffer;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The template's programs: proven to stay in their buffers, interpreted beside their meaning, compiled beside the interpreter. */
class MatmulTemplateTest {
    private static final RegisterTile FOUR = new RegisterTile(3, 8, 4);
    private static final RegisterTile EIGHT = RegisterTile.of(8);
    private static final RegisterTile SIXTEEN = RegisterTile.of(16);

    /* Rows below a tile, with and without a tail; columns of a part of a panel; inner dimensions of several blocks with a rest; spaced rows. */
    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(FOUR, new Sizes(1, 16, 5, 5), DType.F32, DType.F32, false, true, Optional.empty()),
                Arguments.of(
                        FOUR,
                        new Sizes(14, 24, 19, 30),
                        DType.F32,
                        DType.F32,
                        false,
                        false,
                        Optional.of(Other.ELEMENT)),
                Arguments.of(EIGHT, new Sizes(12, 48, 8, 8), DType.F32, DType.F32, false, false, Optional.empty()),
                Arguments.of(
                        EIGHT, new Sizes(29, 21, 26, 26), DType.F32, DType.F32, false, true, Optional.of(Other.COLUMN)),
                Arguments.of(
                        EIGHT,
                        new Sizes(17, 32, 23, 24),
                        DType.F32,
                        DType.BF16,
                        false,
                        true,
                        Optional.of(Other.ELEMENT)),
                Arguments.of(
                        SIXTEEN,
                        new Sizes(25, 3, 17, 17),
                        DType.F32,
                        DType.F16,
                        false,
                        true,
                        Optional.of(Other.ELEMENT)),
                Arguments.of(
                        EIGHT,
                        new Sizes(17, 33, 23, 24),
                        DType.BF16,
                        DType.BF16,
                        false,
                        true,
                        Optional.of(Other.ELEMENT)),
                Arguments.of(FOUR, new Sizes(7, 24, 18, 18), DType.BF16, DType.BF16, true, false, Optional.empty()),
                Arguments.of(
                        EIGHT,
                        new Sizes(17, 33, 22, 24),
                        DType.BF16,
                        DType.BF16,
                        true,
                        true,
                        Optional.of(Other.ELEMENT)),
                Arguments.of(
                        SIXTEEN,
                        new Sizes(29, 64, 40, 46),
                        DType.BF16,
                        DType.BF16,
                        true,
                        true,
                        Optional.of(Other.COLUMN)),
                Arguments.of(
                        SIXTEEN,
                        new Sizes(25, 35, 2, 2),
                        DType.BF16,
                        DType.BF16,
                        true,
                        false,
                        Optional.of(Other.ELEMENT)),
                Arguments.of(
                        FOUR, new Sizes(12, 16, 9, 9), DType.F16, DType.F16, false, false, Optional.of(Other.COLUMN)),
                Arguments.of(
                        SIXTEEN,
                        new Sizes(24, 64, 16, 16),
                        DType.F32,
                        DType.F32,
                        false,
                        false,
                        Optional.of(Other.COLUMN)));
    }

    record Sizes(int m, int n, int k, int pitch) {}

    @ParameterizedTest
    @MethodSource("cases")
    void isTheProduct(
            RegisterTile tile,
            Sizes sizes,
            DType operands,
            DType weight,
            boolean pairs,
            boolean bias,
            Optional<Other> other) {
        Problem problem = new Problem(template(tile, sizes, operands, weight, pairs, bias, other), sizes);
        LoopVerifier.check(problem.program);
        assertThat(problem.bounds()).isEmpty();
        TemplateChecks.means(runner -> problem.run(runner).toFloats(), problem.meaning(), 1e-5, operands);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void compilesForEveryLevel(
            RegisterTile tile,
            Sizes sizes,
            DType operands,
            DType weight,
            boolean pairs,
            boolean bias,
            Optional<Other> other) {
        MatmulTemplate template = template(tile, sizes, operands, weight, pairs, bias, other);
        TemplateChecks.compilesForEveryLevel(template.program(), template.widens() ? 2 : 1);
    }

    @Test
    void aTailIsShorterThanATile() {
        assertThatThrownBy(
                        () -> new MatmulTemplate(FOUR, 3, false, DType.F32, DType.F32, false, false, Optional.empty()))
                .hasMessage("matmul: got a tail of 3 rows, wanted 0 to 2");
    }

    @Test
    void rowsAreOfNoImage() {
        Optional<Other> images = Optional.of(Other.IMAGE_COLUMN);
        assertThatThrownBy(() -> new MatmulTemplate(FOUR, 0, false, DType.F32, DType.F32, false, false, images))
                .hasMessage("matmul: got a sum by images, wanted rows of none");
    }

    @Test
    void pairsAreOfBf16() {
        assertThatThrownBy(
                        () -> new MatmulTemplate(FOUR, 0, false, DType.F16, DType.F16, true, false, Optional.empty()))
                .hasMessage("matmul: got pairs of F16 by F16, wanted BF16 by BF16");
    }

    private static MatmulTemplate template(
            RegisterTile tile,
            Sizes sizes,
            DType operands,
            DType weight,
            boolean pairs,
            boolean bias,
            Optional<Other> other) {
        return new MatmulTemplate(
                tile, sizes.m() % tile.rows(), sizes.n() % tile.columns() != 0, operands, weight, pairs, bias, other);
    }

    /** Blocks of two tiles by two panels by eight steps, or by all of them. */
    private static final class Problem {
        private static final long TILES = 2;
        private static final long GROUP = 2;
        private final long depth;
        private final MatmulTemplate template;
        private final Program program;
        private final Sizes sizes;
        private final Map<Buffer, HostTensor> values = new EnumMap<>(Buffer.class);

        Problem(MatmulTemplate template, Sizes sizes) {
            this.template = template;
            this.sizes = sizes;
            program = template.program();
            depth = template.operands() != DType.F32 ? (sizes.k() / template.step() + 3) / 4 * 4 : 8;
            Random random = new Random(5);
            values.put(
                    Buffer.X, drawn(random, template.operands(), (long) (sizes.m() - 1) * sizes.pitch() + sizes.k()));
            values.put(Buffer.WIDE, drawn(random, DType.F32, (long) sizes.m() * sizes.k()));
            values.put(Buffer.W, panels(drawn(random, template.weight(), (long) sizes.n() * sizes.k())));
            values.put(Buffer.Y, unwritten());
            values.put(Buffer.BIAS, drawn(random, template.operands(), sizes.n()));
            boolean whole = template.other().equals(Optional.of(Other.ELEMENT));
            values.put(
                    Buffer.OTHER, drawn(random, template.operands(), whole ? (long) sizes.m() * sizes.n() : sizes.n()));
        }

        /* NaN: a result that takes part in itself shows. */
        private HostTensor unwritten() {
            HostTensor y = HostTensor.allocate(TensorType.of(template.operands(), sizes.m(), sizes.n()));
            y.data().fill((byte) 0xff);
            return y;
        }

        private static HostTensor drawn(Random random, DType dtype, long count) {
            HostTensor drawn = HostTensor.allocate(TensorType.of(dtype, count));
            for (long i = 0; i < count; i++) {
                drawn.setDouble(i, random.nextGaussian());
            }
            return drawn;
        }

        private HostTensor panels(HostTensor weight) {
            HostTensor panels = HostTensor.allocate(
                    TensorType.of(template.weight(), template.tile().panelElements(sizes.n(), sizes.k())));
            for (long output = 0; output < sizes.n(); output++) {
                for (long input = 0; input < sizes.k(); input++) {
                    double value = weight.getDouble(output * sizes.k() + input);
                    panels.setDouble(place(output, input), value);
                }
            }
            return panels;
        }

        private long place(long output, long input) {
            int step = template.step();
            return template.tile().panelIndex(output, input / step, sizes.k() / step) * step + input % step;
        }

        private HostTensor values(Buffer buffer) {
            return Objects.requireNonNull(values.get(buffer));
        }

        private List<Long> arguments() {
            long tiles = Math.ceilDiv(sizes.m(), template.tile().rows());
            long panels = template.tile().panels(sizes.n());
            return List.of(
                    (long) sizes.m(),
                    (long) sizes.n(),
                    (long) sizes.k() / template.step(),
                    (long) sizes.pitch() / template.step(),
                    TILES,
                    Math.ceilDiv(tiles, TILES),
                    depth,
                    Math.ceilDiv(sizes.k() / template.step(), depth),
                    panels,
                    GROUP,
                    Math.ceilDiv(panels, GROUP));
        }

        List<String> bounds() {
            return LoopBounds.check(
                    program,
                    size -> arguments().get(program.sizes().indexOf(size)),
                    buffer -> values(template.buffers().get(program.buffers().indexOf(buffer)))
                            .elements());
        }

        HostTensor run(LoopHarness.Runner runner) {
            List<LoopPlan.Place> places = new ArrayList<>();
            for (int i = 0; i < template.buffers().size(); i++) {
                places.add(new LoopPlan.Place.Input(i));
            }
            long blocks = Math.ceilDiv(Math.ceilDiv(sizes.m(), template.tile().rows()), TILES);
            long groups = Math.ceilDiv(template.tile().panels(sizes.n()), GROUP);
            LoopPlan plan = new LoopPlan(
                    program,
                    places,
                    arguments(),
                    List.of(),
                    template.widens() ? List.of((long) sizes.m(), blocks * groups) : List.of(blocks * groups),
                    0,
                    List.of());
            List<HostTensor> buffers =
                    template.buffers().stream().map(this::values).toList();
            return TemplateChecks.run(runner, plan, buffers, template.buffers().indexOf(Buffer.Y));
        }

        double[] meaning() {
            double[] y = new double[sizes.m() * sizes.n()];
            for (int at = 0; at < y.length; at++) {
                int row = at / sizes.n();
                int column = at % sizes.n();
                double sum = template.bias() ? values(Buffer.BIAS).getDouble(column) : 0;
                for (int k = 0; k < sizes.k(); k++) {
                    sum += values(Buffer.X).getDouble((long) row * sizes.pitch() + k)
                            * values(Buffer.W).getDouble(place(column, k));
                }
                int place = at;
                y[at] = sum
                        + template.other()
                                .map(other -> values(Buffer.OTHER)
                                        .getDouble(
                                                switch (other) {
                                                    case COLUMN -> column;
                                                    case IMAGE_COLUMN -> throw new IllegalStateException();
                                                    case ELEMENT -> place;
                                                }))
                                .orElse(0.0);
            }
            return y;
        }
    }
}
