package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.loop.LoopBounds;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.template.DynamicInt8Template;
import io.github.tintype.loop.template.DynamicInt8Template.Buffer;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The template's programs: proven to stay in their buffers, interpreted beside their meaning, compiled beside the interpreter, bit for bit. */
class DynamicInt8TemplateTest {
    private static final RegisterTile FOUR = new RegisterTile(3, 8, 4);
    private static final RegisterTile EIGHT = RegisterTile.of(8);
    private static final RegisterTile SIXTEEN = RegisterTile.of(16);

    /* Rows below a tile, with and without a tail; columns of a part of a panel; inner dimensions that are odd, and of a single number; spaced rows. */
    static Stream<Arguments> cases() {
        return Stream.of(
                Arguments.of(FOUR, new Sizes(1, 16, 5, 5), Packed.PAIR_I16, DType.F32, true),
                Arguments.of(FOUR, new Sizes(14, 24, 19, 30), Packed.PAIR_I16, DType.F16, false),
                Arguments.of(EIGHT, new Sizes(12, 48, 8, 8), Packed.PAIR_I16, DType.F32, false),
                Arguments.of(EIGHT, new Sizes(29, 21, 26, 26), Packed.PAIR_I16, DType.BF16, true),
                Arguments.of(EIGHT, new Sizes(17, 32, 23, 24), Packed.PAIR_I16, DType.F16, true),
                Arguments.of(EIGHT, new Sizes(13, 32, 1, 1), Packed.PAIR_I16, DType.F32, true),
                Arguments.of(SIXTEEN, new Sizes(25, 3, 17, 17), Packed.PAIR_I16, DType.F32, true),
                Arguments.of(SIXTEEN, new Sizes(24, 64, 34, 35), Packed.PAIR_I16, DType.BF16, false),
                Arguments.of(FOUR, new Sizes(14, 24, 19, 30), Packed.QUAD_I8, DType.F16, false),
                Arguments.of(EIGHT, new Sizes(13, 32, 1, 1), Packed.QUAD_I8, DType.F32, true),
                Arguments.of(EIGHT, new Sizes(29, 21, 26, 26), Packed.QUAD_I8, DType.F32, true),
                Arguments.of(SIXTEEN, new Sizes(25, 3, 16, 17), Packed.QUAD_I8, DType.BF16, true),
                Arguments.of(SIXTEEN, new Sizes(24, 64, 35, 35), Packed.QUAD_I8, DType.BF16, false));
    }

    record Sizes(int m, int n, int k, int pitch) {}

    @ParameterizedTest
    @MethodSource("cases")
    void isTheLayer(RegisterTile tile, Sizes sizes, Packed packed, DType operands, boolean bias) {
        Problem problem = new Problem(template(tile, sizes, packed, operands, bias), sizes);
        LoopVerifier.check(problem.program);
        assertThat(problem.bounds()).isEmpty();
        HostTensor interpreted = problem.run(LoopHarness::interpret);
        assertThat(interpreted.toFloats()).isEqualTo(problem.meaning().toFloats());
        // the last has no instruction in eight lanes
        List<Target> targets = Stream.concat(
                        Stream.of(4, 8, 16).map(lanes -> HostProcessor.target().withLanes(lanes)),
                        HostProcessor.level("x86-64-v2").map(target -> target.withLanes(8)).stream())
                .toList();
        assertThat(targets).hasSize(4);
        for (Target target : targets) {
            assertThat(problem.run(Compiled.of(target)).toFloats())
                    .as("%s", target)
                    .isEqualTo(interpreted.toFloats());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void compilesForEveryLevel(RegisterTile tile, Sizes sizes, Packed packed, DType operands, boolean bias) {
        Program program = template(tile, sizes, packed, operands, bias).program();
        TemplateChecks.compilesForEveryLevel(program, 2);
    }

    @Test
    void aTailIsShorterThanATile() {
        assertThatThrownBy(() -> new DynamicInt8Template(FOUR, 3, false, Packed.QUAD_I8, DType.F32, false))
                .hasMessage("int8: got a tail of 3 rows, wanted 0 to 2");
        assertThatThrownBy(() -> new DynamicInt8Template(FOUR, 0, false, Packed.PAIR_BF16, DType.F32, false))
                .hasMessage("int8: got steps of pair_bf16, wanted whole numbers");
    }

    private static DynamicInt8Template template(
            RegisterTile tile, Sizes sizes, Packed packed, DType operands, boolean bias) {
        return new DynamicInt8Template(
                tile, sizes.m() % tile.rows(), sizes.n() % tile.columns() != 0, packed, operands, bias);
    }

    /** Blocks of two tiles by two panels. The second row is of zeros, the third has a NaN, weights are all bytes. */
    private static final class Problem {
        private static final long TILES = 2;
        private static final long GROUP = 2;
        private final DynamicInt8Template template;
        private final Program program;
        private final Sizes sizes;
        private final Map<Buffer, HostTensor> values = new EnumMap<>(Buffer.class);

        Problem(DynamicInt8Template template, Sizes sizes) {
            this.template = template;
            this.sizes = sizes;
            program = template.program();
            Random random = new Random(5);
            DType operands = template.operands();
            HostTensor x = drawn(random, operands, (long) (sizes.m() - 1) * sizes.pitch() + sizes.k());
            if (sizes.m() > 2) {
                for (int i = 0; i < sizes.k(); i++) {
                    x.setDouble(sizes.pitch() + i, 0);
                }
                x.setDouble(2L * sizes.pitch() + sizes.k() / 2, Double.NaN);
            }
            values.put(Buffer.X, x);
            long steps = template.steps(sizes.k());
            DType rows = template.offsets() ? DType.U8 : DType.I16;
            long width = template.packed().count();
            values.put(Buffer.ROWS, HostTensor.allocate(TensorType.of(rows, sizes.m() * steps * width)));
            values.put(Buffer.ROW_SCALES, HostTensor.allocate(TensorType.of(DType.F32, sizes.m())));
            HostTensor w = HostTensor.allocate(TensorType.of(DType.I8, template.weightBytes(sizes.n(), sizes.k())));
            for (long output = 0; output < sizes.n(); output++) {
                for (long input = 0; input < sizes.k(); input++) {
                    w.setDouble(template.weightIndex(output, input, sizes.k()), random.nextInt(-128, 128));
                }
            }
            values.put(Buffer.W, w);
            HostTensor offsets = HostTensor.allocate(TensorType.of(DType.I32, sizes.n()));
            for (long output = 0; output < sizes.n(); output++) {
                for (long input = 0; input < sizes.k(); input++) {
                    double weight = w.getDouble(template.weightIndex(output, input, sizes.k()));
                    offsets.setDouble(output, offsets.getDouble(output) + DynamicInt8Template.OFFSET * weight);
                }
            }
            values.put(Buffer.OFFSETS, offsets);
            values.put(Buffer.SCALES, drawn(random, DType.F32, sizes.n()));
            values.put(Buffer.Y, unwritten());
            values.put(Buffer.BIAS, drawn(random, operands, sizes.n()));
        }

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

        private HostTensor values(Buffer buffer) {
            return Objects.requireNonNull(values.get(buffer));
        }

        private List<Long> arguments() {
            long panels = template.panels(sizes.n());
            return List.of(
                    (long) sizes.m(),
                    (long) sizes.n(),
                    (long) sizes.k(),
                    template.steps(sizes.k()),
                    (long) sizes.pitch(),
                    TILES,
                    rowBlocks(),
                    panels,
                    GROUP,
                    Math.ceilDiv(panels, GROUP));
        }

        private long rowBlocks() {
            return Math.ceilDiv(Math.ceilDiv(sizes.m(), template.tile().rows()), TILES);
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
            long points = rowBlocks() * Math.ceilDiv(template.panels(sizes.n()), GROUP);
            LoopPlan plan = new LoopPlan(
                    program, places, arguments(), List.of(), List.of((long) sizes.m(), points), 0, List.of());
            try (Arena arena = Arena.ofConfined()) {
                Map<Buffer, MemorySegment> memory = new EnumMap<>(Buffer.class);
                values.forEach((buffer, value) -> memory.put(
                        buffer, arena.allocate(value.data().byteSize(), 64).copyFrom(value.data())));
                runner.run(plan, template.buffers().stream().map(memory::get).toList());
                HostTensor y = unwritten();
                y.data().copyFrom(Objects.requireNonNull(memory.get(Buffer.Y)));
                return y;
            }
        }

        HostTensor meaning() {
            HostTensor y = unwritten();
            DType dtype = template.operands();
            for (int row = 0; row < sizes.m(); row++) {
                float scale = scale(row);
                for (int column = 0; column < sizes.n(); column++) {
                    int sum = 0;
                    for (int k = 0; k < sizes.k(); k++) {
                        double near = Math.rint(x(row, k) * (1 / scale));
                        int quantized = (int) Math.clamp(near, -128, 127);
                        sum += quantized * (int) values(Buffer.W).getDouble(template.weightIndex(column, k, sizes.k()));
                    }
                    float scaled = sum * scale;
                    float between = dtype == DType.BF16 ? rounded(dtype, scaled) : scaled;
                    float product = between * (float) values(Buffer.SCALES).getDouble(column);
                    float result = template.bias()
                            ? product + (float) values(Buffer.BIAS).getDouble(column)
                            : product;
                    y.setDouble((long) row * sizes.n() + column, result);
                }
            }
            return y;
        }

        private float x(int row, int k) {
            return (float) values(Buffer.X).getDouble((long) row * sizes.pitch() + k);
        }

        private float scale(int row) {
            float largest = 0;
            for (int k = 0; k < sizes.k(); k++) {
                largest = Math.max(largest, Math.abs(x(row, k)));
            }
            return Math.max(rounded(template.operands(), largest / 127.5f), 0x1p-23f);
        }

        private static float rounded(DType dtype, float value) {
            HostTensor one = HostTensor.allocate(TensorType.of(dtype, 1));
            one.setDouble(0, value);
            return (float) one.getDouble(0);
        }
    }
}
