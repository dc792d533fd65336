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
import io.github.tintype.loop.template.DirectTemplate;
import io.github.tintype.loop.template.DirectTemplate.Buffer;
import io.github.tintype.loop.template.DirectTemplate.Cut;
import io.github.tintype.loop.template.DirectTemplate.Size;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.loop.template.RegisterTile;
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
class DirectTemplateTest {
    private static final RegisterTile FOUR = new RegisterTile(3, 8, 4);
    private static final RegisterTile EIGHT = RegisterTile.of(8);
    private static final RegisterTile SIXTEEN = RegisterTile.of(16);
    private static final Optional<Other> ELEMENT = Optional.of(Other.ELEMENT);
    private static final Optional<Other> COLUMN = Optional.of(Other.COLUMN);
    private static final Optional<Other> IMAGE = Optional.of(Other.IMAGE_COLUMN);
    private static final long WHOLE = Long.MAX_VALUE;

    /*
     * Windows of one pixel to five by five, with strides up to more than their size and dilations, zeros on some sides or all, images of one pixel, channels that are no multiple of
     * anything, several images, parts of one run or several, a window that is all zeros.
     */
    static Stream<Arguments> cases() {
        return Stream.of(
                of(FOUR, shape(1, 1, 1, 1, 1, square(3, 1, 1), WHOLE), F32, F32, false, Optional.empty()),
                of(FOUR, shape(2, 5, 7, 3, 9, square(3, 2, 1), 8), F32, F32, true, COLUMN),
                of(EIGHT, shape(1, 7, 9, 4, 33, square(3, 1, 1), WHOLE), F32, F32, true, Optional.empty()),
                of(EIGHT, shape(2, 9, 6, 5, 16, square(3, 2, 1), 15), F32, F32, false, ELEMENT),
                of(EIGHT, shape(1, 6, 5, 33, 4, square(3, 1, 1), 40), F32, F32, true, ELEMENT),
                of(EIGHT, shape(1, 8, 7, 3, 5, square(2, 2, 0), WHOLE), F32, F32, true, Optional.empty()),
                of(EIGHT, shape(1, 9, 9, 5, 17, square(3, 2, 0), 20), F32, BF16, true, ELEMENT),
                of(EIGHT, shape(1, 5, 6, 3, 8, square(5, 1, 2), 7), F32, F32, true, Optional.empty()),
                of(SIXTEEN, shape(1, 4, 9, 5, 33, new Window(1, 3, 1, 1, 0, 1, 0, 1), 15), F32, F16, true, ELEMENT),
                of(FOUR, shape(1, 6, 6, 4, 3, new Window(3, 3, 2, 1, 0, 0, 1, 1), WHOLE), F32, F32, true, COLUMN),
                of(EIGHT, shape(2, 5, 4, 3, 6, new Window(3, 2, 1, 1, 2, 0, 1, 3), 9), F32, F32, false, COLUMN),
                of(EIGHT, shape(1, 9, 8, 3, 4, new Window(3, 3, 1, 2, 2, 2, 2, 2), 6), F32, F32, true, ELEMENT),
                of(EIGHT, shape(1, 3, 3, 2, 3, new Window(2, 2, 4, 1, 2, 2, 2, 2), WHOLE), F32, F32, true, COLUMN),
                of(EIGHT, shape(1, 7, 5, 5, 19, square(1, 2, 0), WHOLE), F32, F32, false, Optional.empty()),
                of(EIGHT, shape(2, 7, 6, 5, 18, square(3, 2, 1), WHOLE), BF16, BF16, true, ELEMENT),
                of(FOUR, shape(1, 6, 7, 4, 8, square(2, 1, 0), WHOLE), F16, F16, false, COLUMN),
                of(SIXTEEN, shape(1, 5, 5, 3, 64, square(3, 1, 1), WHOLE), BF16, BF16, true, Optional.empty()),
                of(EIGHT, shape(2, 4, 5, 3, 20, square(3, 1, 1), 9), F32, F32, true, IMAGE),
                pairs(SIXTEEN, shape(2, 5, 6, 6, 35, square(3, 1, 1), WHOLE), true, IMAGE),
                pairs(SIXTEEN, shape(1, 9, 9, 4, 64, square(3, 2, 1), WHOLE), true, ELEMENT),
                pairs(EIGHT, shape(1, 7, 5, 2, 19, square(3, 1, 0), WHOLE), false, Optional.empty()),
                pairs(FOUR, shape(1, 9, 8, 4, 8, new Window(3, 3, 1, 2, 2, 2, 2, 2), WHOLE), true, COLUMN));
    }

    private static Arguments pairs(RegisterTile tile, DirectShape shape, boolean bias, Optional<Other> other) {
        return of(tile, shape, BF16, BF16, true, bias, other);
    }

    private static Arguments of(
            RegisterTile tile, DirectShape shape, DType operands, DType weight, boolean bias, Optional<Other> other) {
        return of(tile, shape, operands, weight, false, bias, other);
    }

    private static Arguments of(
            RegisterTile tile,
            DirectShape shape,
            DType operands,
            DType weight,
            boolean pairs,
            boolean bias,
            Optional<Other> other) {
        boolean copies = (operands != F32 && !pairs) || shape.window().pads();
        DirectShape read = new DirectShape(
                shape.n(),
                shape.h(),
                shape.w(),
                shape.c(),
                shape.o(),
                shape.window(),
                copies,
                pairs ? 2 : 1,
                shape.depth());
        DirectTemplate template = new DirectTemplate(
                tile,
                Math.toIntExact(shape.pixels() % tile.rows()),
                shape.o() % tile.columns() != 0,
                operands,
                weight,
                pairs,
                copies,
                bias,
                other);
        return Arguments.of(template, read);
    }

    private static DirectShape shape(long n, long h, long w, long c, long o, Window window, long depth) {
        return new DirectShape(n, h, w, c, o, window, true, 1, depth);
    }

    private static Window square(long side, long stride, long padding) {
        return new Window(side, side, stride, 1, padding, padding, padding, padding);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isTheConvolution(DirectTemplate template, DirectShape shape) {
        Problem problem = new Problem(template, shape);
        LoopVerifier.check(problem.program);
        assertThat(problem.bounds()).isEmpty();
        TemplateChecks.means(runner -> problem.run(runner).toFloats(), problem.meaning(), 2e-5, template.operands());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void compilesForEveryLevel(DirectTemplate template, DirectShape shape) {
        TemplateChecks.compilesForEveryLevel(template.program(), shape.copies() ? 3 : 2);
    }

    /* Runs are joined where nothing is left out between them and a part has room for them. */
    @Test
    void partsAreOfWholeRuns() {
        assertThat(shape(1, 9, 9, 10, 1, square(3, 1, 1), WHOLE).steps()).isEqualTo(90);
        assertThat(shape(1, 9, 9, 10, 1, square(3, 1, 1), 89).steps()).isEqualTo(60);
        assertThat(shape(1, 9, 9, 10, 1, square(3, 1, 1), 30).steps()).isEqualTo(30);
        assertThat(shape(1, 9, 9, 10, 1, square(3, 1, 1), 29).steps()).isEqualTo(20);
        assertThat(shape(1, 9, 9, 10, 1, square(3, 1, 1), 4).steps()).isEqualTo(10);
        assertThat(shape(1, 9, 9, 10, 1, new Window(3, 3, 1, 2, 0, 0, 0, 0), 80).steps())
                .isEqualTo(50);
    }

    @Test
    void whatIsReadInPlaceHasNoZerosAround() {
        assertThatThrownBy(() -> new DirectShape(1, 4, 4, 1, 1, square(3, 1, 1), false, 1, WHOLE))
                .hasMessageStartingWith("direct: got Window[")
                .hasMessageEndingWith("read in place, wanted no zeros around");
        assertThatThrownBy(() -> new DirectTemplate(FOUR, 0, false, BF16, BF16, false, false, false, Optional.empty()))
                .hasMessage("direct: got an image of BF16 read in place, wanted F32");
        assertThatThrownBy(() -> new DirectTemplate(FOUR, 3, false, F32, F32, false, true, false, Optional.empty()))
                .hasMessage("direct: got a tail of 3 pixels, wanted 0 to 2");
        assertThatThrownBy(() -> new DirectShape(1, 4, 4, 3, 1, square(3, 1, 1), true, 2, WHOLE))
                .hasMessage("direct: got 3 channels, wanted a multiple of 2");
        assertThatThrownBy(() -> new DirectTemplate(FOUR, 0, false, F16, F16, true, true, false, Optional.empty()))
                .hasMessage("direct: got pairs of F16 by F16, wanted BF16 by BF16");
    }

    /** Blocks of two tiles by two panels. */
    private static final class Problem {
        private static final long TILES = 2;
        private static final long GROUP = 2;
        private final DirectTemplate template;
        private final DirectShape shape;
        private final Program program;
        private final HostTensor weight;
        private final Map<Buffer, HostTensor> values = new EnumMap<>(Buffer.class);

        Problem(DirectTemplate template, DirectShape shape) {
            this.template = template;
            this.shape = shape;
            program = template.program();
            Random random = new Random(5);
            weight = drawn(random, template.weight(), shape.o() * shape.k() * shape.step());
            values.put(Buffer.X, drawn(random, template.operands(), shape.n() * shape.h() * shape.w() * shape.c()));
            values.put(Buffer.PADDED, unwritten(template.padded(), shape.padded()));
            values.put(Buffer.PLACES, HostTensor.allocate(TensorType.of(DType.I64, shape.pixels())));
            values.put(Buffer.W, panels());
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

        private HostTensor panels() {
            int step = shape.step();
            long numbers = shape.k() * step;
            HostTensor panels = HostTensor.allocate(
                    TensorType.of(template.weight(), template.tile().panelElements(shape.o(), numbers)));
            for (long output = 0; output < shape.o(); output++) {
                for (long i = 0; i < numbers; i++) {
                    panels.setDouble(
                            template.tile().panelIndex(output, i / step, shape.k()) * step + i % step,
                            weight.getDouble(output * numbers + i));
                }
            }
            return panels;
        }

        private HostTensor values(Buffer buffer) {
            return Objects.requireNonNull(values.get(buffer));
        }

        private long rowBlocks() {
            return Math.ceilDiv(Math.ceilDiv(shape.pixels(), template.tile().rows()), TILES);
        }

        private long groups() {
            return Math.ceilDiv(template.tile().panels(shape.o()), GROUP);
        }

        private List<Long> arguments() {
            return Stream.concat(
                            Arrays.stream(Size.values()).map(shape::size),
                            Arrays.stream(Cut.values()).map(cut -> switch (cut) {
                                case TILES -> TILES;
                                case ROW_BLOCKS -> rowBlocks();
                                case PANELS -> template.tile().panels(shape.o());
                                case GROUP -> GROUP;
                                case GROUPS -> groups();
                            }))
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
            List<Long> grids = new ArrayList<>(List.of(shape.size(Size.OUT_ROWS)));
            if (shape.copies()) {
                grids.add(shape.size(Size.PADDED_ROWS));
            }
            grids.add(rowBlocks() * groups());
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
