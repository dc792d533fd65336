package io.github.tintype.llvm;

import static io.github.tintype.tensor.DType.BF16;
import static io.github.tintype.tensor.DType.F16;
import static io.github.tintype.tensor.DType.F32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.loop.LoopBounds;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.template.DirectShape;
import io.github.tintype.loop.template.DirectShape.Window;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.TapsTemplate;
import io.github.tintype.loop.template.TapsTemplate.Buffer;
import io.github.tintype.loop.template.TapsTemplate.Size;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
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
class TapsTemplateTest {
    private static final RegisterTile FOUR = new RegisterTile(3, 8, 4);
    private static final RegisterTile EIGHT = RegisterTile.of(8);
    private static final RegisterTile SIXTEEN = RegisterTile.of(16);
    private static final Optional<Other> ELEMENT = Optional.of(Other.ELEMENT);
    private static final Optional<Other> COLUMN = Optional.of(Other.COLUMN);
    private static final Optional<Other> IMAGE = Optional.of(Other.IMAGE_COLUMN);
    private static final long WHOLE = Long.MAX_VALUE;

    /* Images of one pixel and smaller than the window, odd sides, zeros on some sides or all, one output to more than a register of them, several images. */
    static Stream<Arguments> cases() {
        return Stream.of(
                of(FOUR, shape(1, 1, 1, 5, 1, square(3, 1, 1)), F32, F32, false, Optional.empty()),
                of(FOUR, shape(2, 5, 7, 33, 3, square(3, 1, 1)), F32, F32, true, COLUMN),
                of(EIGHT, shape(1, 7, 9, 40, 4, square(3, 1, 1)), F32, F32, true, ELEMENT),
                of(EIGHT, shape(2, 6, 5, 17, 5, square(3, 1, 0)), F32, BF16, true, Optional.empty()),
                of(EIGHT, shape(1, 5, 4, 16, 3, square(5, 1, 2)), F32, F32, false, ELEMENT),
                of(EIGHT, shape(1, 2, 9, 16, 3, square(5, 1, 2)), F32, F32, true, COLUMN),
                of(SIXTEEN, shape(1, 6, 6, 19, 9, square(2, 1, 1)), F32, F16, true, ELEMENT),
                of(EIGHT, shape(1, 9, 8, 7, 2, new Window(3, 3, 1, 2, 2, 2, 2, 2)), F32, F32, true, ELEMENT),
                of(FOUR, shape(1, 6, 9, 5, 3, new Window(1, 3, 1, 1, 0, 0, 0, 1)), F32, F32, true, Optional.empty()),
                of(EIGHT, shape(1, 6, 9, 5, 3, new Window(3, 2, 1, 1, 2, 1, 0, 3)), F32, F32, false, COLUMN),
                of(EIGHT, shape(2, 7, 6, 18, 3, square(3, 1, 1)), BF16, BF16, true, ELEMENT),
                of(FOUR, shape(1, 6, 7, 4, 8, square(2, 1, 0)), F16, F16, false, COLUMN),
                of(EIGHT, shape(3, 4, 5, 17, 3, square(3, 1, 1)), F32, F32, true, IMAGE));
    }

    private static Arguments of(
            RegisterTile tile, DirectShape shape, DType operands, DType weight, boolean bias, Optional<Other> other) {
        TapsTemplate template = new TapsTemplate(
                tile,
                Math.toIntExact(shape.n() * shape.h() * shape.w() % tile.rows()),
                Math.toIntExact(shape.window().high()),
                Math.toIntExact(shape.window().wide()),
                Math.toIntExact(shape.window().dilation()),
                Math.toIntExact(shape.o()),
                operands,
                weight,
                bias,
                other);
        return Arguments.of(template, shape);
    }

    private static DirectShape shape(long n, long h, long w, long c, long o, Window window) {
        return new DirectShape(n, h, w, c, o, window, true, 1, WHOLE);
    }

    private static Window square(long side, long stride, long padding) {
        return new Window(side, side, stride, 1, padding, padding, padding, padding);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isTheConvolution(TapsTemplate template, DirectShape shape) {
        Problem problem = new Problem(template, shape);
        LoopVerifier.check(problem.program);
        assertThat(problem.bounds()).isEmpty();
        TemplateChecks.means(runner -> problem.run(runner).toFloats(), problem.meaning(), 2e-5, template.operands());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void compilesForEveryLevel(TapsTemplate template, DirectShape shape) {
        TemplateChecks.compilesForEveryLevel(template.program(), template.widens() ? 3 : 2);
    }

    @Test
    void sizesThatMakeNoSense() {
        assertThatThrownBy(() -> new TapsTemplate(FOUR, 3, 3, 3, 1, 3, F32, F32, false, Optional.empty()))
                .hasMessage("taps: got a tail of 3 pixels, wanted 0 to 2");
        assertThatThrownBy(() -> new TapsTemplate(FOUR, 0, 3, 0, 1, 3, F32, F32, false, Optional.empty()))
                .hasMessage("taps: got 3 by 0, 1 apart, of 3 outputs, wanted 1 or more");
    }

    /** All images in one chunk, in blocks of two tiles by two panels. */
    private static final class Problem {
        private static final long TILES = 2;
        private static final long GROUP = 2;
        private final TapsTemplate template;
        private final DirectShape shape;
        private final Program program;
        private final HostTensor weight;
        private final Map<Buffer, HostTensor> values = new EnumMap<>(Buffer.class);

        Problem(TapsTemplate template, DirectShape shape) {
            this.template = template;
            this.shape = shape;
            program = template.program();
            Random random = new Random(5);
            weight = drawn(random, template.weight(), shape.o() * shape.k());
            values.put(Buffer.X, drawn(random, template.operands(), shape.n() * shape.h() * shape.w() * shape.c()));
            values.put(Buffer.WIDE, unwritten(F32, pixels() * shape.c()));
            values.put(Buffer.PRODUCTS, unwritten(F32, pixels() * padded()));
            values.put(Buffer.WEIGHT, panels());
            values.put(Buffer.Y, unwritten(template.operands(), shape.pixels() * shape.o()));
            values.put(Buffer.BIAS, drawn(random, template.operands(), shape.o()));
            long addends = WindowSum.addends(shape, template.other());
            values.put(Buffer.OTHER, drawn(random, template.operands(), addends));
        }

        /* NaN: what is read before it is written shows. */
        private static HostTensor unwritten(DType dtype, long count) {
            HostTensor tensor = HostTensor.allocate(TensorType.of(dtype, count));
            tensor.data().fill((byte) 0xff);
            return tensor;
        }

        private static HostTensor drawn(Random random, DType dtype, long count) {
            HostTensor drawn = HostTensor.allocate(TensorType.of(dtype, count));
            for (long i = 0; i < count; i++) {
                drawn.setDouble(i, random.nextGaussian());
            }
            return drawn;
        }

        /* Those that are 0 stand for columns that there are none of. */
        private HostTensor panels() {
            HostTensor panels = HostTensor.allocate(
                    TensorType.of(template.weight(), template.tile().panelElements(template.columns(), shape.c())));
            for (int output = 0; output < shape.o(); output++) {
                for (int tap = 0; tap < template.high() * template.wide(); tap++) {
                    int column = template.column(tap / template.wide(), tap % template.wide(), output);
                    for (long input = 0; input < shape.c(); input++) {
                        panels.setDouble(
                                template.tile().panelIndex(column, input, shape.c()),
                                weight.getDouble(output * shape.k() + tap * shape.c() + input));
                    }
                }
            }
            return panels;
        }

        private long pixels() {
            return shape.n() * shape.h() * shape.w();
        }

        private long panelCount() {
            return template.tile().panels(template.columns());
        }

        private long padded() {
            return panelCount() * template.tile().columns();
        }

        private HostTensor values(Buffer buffer) {
            return Objects.requireNonNull(values.get(buffer));
        }

        private long rowBlocks() {
            return Math.ceilDiv(Math.ceilDiv(pixels(), template.tile().rows()), TILES);
        }

        private long groups() {
            return Math.ceilDiv(panelCount(), GROUP);
        }

        private List<Long> arguments() {
            return Arrays.stream(Size.values())
                    .map(size -> switch (size) {
                        case M -> pixels();
                        case FROM -> 0L;
                        case N -> padded();
                        case K -> shape.c();
                        case H -> shape.h();
                        case W -> shape.w();
                        case TOP -> shape.window().top();
                        case LEFT -> shape.window().left();
                        case OUT_ROWS -> shape.n() * shape.outH();
                        case OUT_H -> shape.outH();
                        case OUT_W -> shape.outW();
                        case TILES -> TILES;
                        case ROW_BLOCKS -> rowBlocks();
                        case PANELS -> panelCount();
                        case GROUP -> GROUP;
                        case GROUPS -> groups();
                    })
                    .toList();
        }

        List<String> bounds() {
            List<Long> arguments = arguments();
            return LoopBounds.check(
                    program,
                    size -> arguments.get(program.sizes().indexOf(size)),
                    buffer -> values(template.buffers().get(program.buffers().indexOf(buffer)))
                            .elements());
        }

        HostTensor run(LoopHarness.Runner runner) {
            List<LoopPlan.Place> places = new ArrayList<>();
            for (int i = 0; i < template.buffers().size(); i++) {
                places.add(new LoopPlan.Place.Input(i));
            }
            List<Long> grids = new ArrayList<>(List.of(rowBlocks() * groups(), shape.n() * shape.outH()));
            if (template.widens()) {
                grids.addFirst(pixels());
            }
            LoopPlan plan = new LoopPlan(program, places, arguments(), List.of(), grids, 0, List.of());
            List<HostTensor> buffers =
                    template.buffers().stream().map(this::values).toList();
            return TemplateChecks.run(runner, plan, buffers, template.buffers().indexOf(Buffer.Y));
        }

        double[] meaning() {
            double[] y = new double[Math.toIntExact(shape.pixels() * shape.o())];
            WindowSum window = new WindowSum(shape, values(Buffer.X), weight);
            for (int at = 0; at < y.length; at++) {
                long output = at % shape.o();
                double sum =
                        window.at(at) + (template.bias() ? values(Buffer.BIAS).getDouble(output) : 0);
                int place = at;
                y[at] = sum
                        + template.other()
                                .map(other -> values(Buffer.OTHER).getDouble(window.addend(other, place)))
                                .orElse(0.0);
            }
            return y;
        }
    }
}
