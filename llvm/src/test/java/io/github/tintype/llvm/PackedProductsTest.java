package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopVerifier;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Sums of products of packed numbers, by instruction and by its twin: the interpreter's bits. */
class PackedProductsTest {
    private static final int STEPS = 7;
    private static final int COLUMNS = 32;
    private static final Argument.Size N = new Argument.Size("n");

    /** y[column] = Σ of all products of x[k] and w[k][column]. */
    private record Sums(Packed packed, DType left, DType right, DType result) {
        static Sums of(Packed packed) {
            return switch (packed) {
                case PAIR_BF16 -> new Sums(packed, DType.BF16, DType.BF16, DType.F32);
                case PAIR_I16 -> new Sums(packed, DType.I16, DType.I8, DType.I32);
                case QUAD_I8 -> new Sums(packed, DType.U8, DType.I8, DType.I32);
            };
        }

        Program program() {
            Memory.Buffer x = new Memory.Buffer("x", left);
            Memory.Buffer w = new Memory.Buffer("w", right);
            Memory.Buffer y = new Memory.Buffer("y", result);
            Accumulator sum = new Accumulator("a", Accumulator.Kind.SUM, packed.sum(), false);
            Var column = new Var("c");
            Var k = new Var("k");
            Value ofX = new Value(0, ValueType.I32);
            Value ofW = new Value(1, ValueType.I32);
            Value total = new Value(2, packed.sum());
            Index at = Index.of(k).times(Index.of(COLUMNS)).plus(Index.of(column));
            Statement products = new Statement.Loop(
                    Statement.Loop.Kind.SERIAL,
                    k,
                    Index.of(0),
                    Index.of(STEPS),
                    List.of(
                            new Statement.Define(ofX, new Expression.LoadPacked(packed, x, Index.of(k))),
                            new Statement.Define(ofW, new Expression.LoadPacked(packed, w, at)),
                            new Statement.AccumulatePacked(sum, packed, ofX, ofW)));
            Statement columns = new Statement.Loop(
                    Statement.Loop.Kind.VECTOR,
                    column,
                    Index.of(0),
                    Index.of(COLUMNS),
                    List.of(
                            new Statement.Begin(sum),
                            products,
                            new Statement.Define(total, new Expression.Total(sum)),
                            new Statement.Store(y, Index.of(column), total)));
            Axis points = new Axis(new Var("p"), Index.of(N));
            Kernel kernel = new Kernel("sums", List.of(points), List.of(), List.of(columns));
            return new Program("packed", List.of(x, w, y), List.of(N), List.of(), List.of(kernel));
        }

        /* Floats of very different sizes: so the order of sums shows. Whole numbers are any, also those whose products are the largest. */
        private HostTensor drawn(Random random, DType dtype, long count) {
            HostTensor drawn = HostTensor.allocate(TensorType.of(dtype, count));
            for (long i = 0; i < count; i++) {
                drawn.setDouble(
                        i,
                        switch (dtype) {
                            case BF16 -> Math.scalb(random.nextGaussian(), random.nextInt(-20, 20));
                            case U8 -> i % 3 == 0 ? 255 : random.nextInt(256);
                            case I8 -> i % 3 == 0 ? -128 : random.nextInt(-128, 128);
                            default -> i % 3 == 0 ? Short.MIN_VALUE : random.nextInt(-32768, 32768);
                        });
            }
            return drawn;
        }

        double[] run(LoopHarness.Runner runner) {
            Random random = new Random(3);
            HostTensor x = drawn(random, left, (long) packed.count() * STEPS);
            HostTensor w = drawn(random, right, (long) packed.count() * STEPS * COLUMNS);
            HostTensor y = HostTensor.allocate(TensorType.of(result, COLUMNS));
            List<LoopPlan.Place> places =
                    List.of(new LoopPlan.Place.Input(0), new LoopPlan.Place.Input(1), new LoopPlan.Place.Input(2));
            LoopPlan plan = new LoopPlan(program(), places, List.of(1L), List.of(), List.of(1L), 0, List.of());
            HostTensor sums = TemplateChecks.run(runner, plan, List.of(x, w, y), 2);
            double[] results = new double[COLUMNS];
            Arrays.setAll(results, sums::getDouble);
            return results;
        }
    }

    static Stream<Arguments> widths() {
        return Arrays.stream(Packed.values())
                .flatMap(packed -> Stream.of(4, 8, 16).map(lanes -> Arguments.of(packed, lanes)));
    }

    @ParameterizedTest
    @MethodSource("widths")
    void haveTheInterpretersBits(Packed packed, int lanes) {
        Sums sums = Sums.of(packed);
        LoopVerifier.check(sums.program());
        Target target = HostProcessor.target().withLanes(lanes);
        assertThat(sums.run(Compiled.of(target))).isEqualTo(sums.run(LoopHarness::interpret));
    }

    @ParameterizedTest
    @EnumSource
    void theTwinDoesToo(Packed packed) {
        Sums sums = Sums.of(packed);
        Target plain = HostProcessor.level("x86-64-v2").orElseThrow().withLanes(8);
        assertThat(sums.run(Compiled.of(plain))).isEqualTo(sums.run(LoopHarness::interpret));
    }

    @Test
    void areOneInstructionWhereThereIsOne() {
        assertThat(assembly(Packed.PAIR_BF16, "x86-64-v4", "+avx512bf16")).contains("vdpbf16ps");
        assertThat(assembly(Packed.PAIR_BF16, "x86-64-v4", ""))
                .doesNotContain("vdpbf16ps")
                .contains("vfmadd");
        assertThat(assembly(Packed.QUAD_I8, "x86-64-v4", "+avx512vnni")).contains("vpdpbusd");
        assertThat(assembly(Packed.QUAD_I8, "x86-64-v3", "+avxvnni")).contains("vpdpbusd");
        assertThat(assembly(Packed.QUAD_I8, "x86-64-v3", "")).doesNotContain("vpdpbusd");
        assertThat(assembly(Packed.PAIR_I16, "x86-64-v3", ""))
                .contains("vpmaddwd")
                .contains("vpmovsxbw");
    }

    private static String assembly(Packed packed, String level, String features) {
        Target target = HostProcessor.level(level).orElseThrow();
        Target with = new Target(target.triple(), target.cpu(), features, target.lanes());
        return Compiled.LLVM
                .listing(Sums.of(packed).program(), with, CompileEffort.FAST)
                .assembly();
    }
}
