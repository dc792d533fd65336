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
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums of products of pairs of BF16, by instruction and by its twin: the interpreter's bits. */
class BfloatPairsTest {
    private static final int STEPS = 7;
    private static final int COLUMNS = 32;
    private static final Memory.Buffer X = new Memory.Buffer("x", DType.BF16);
    private static final Memory.Buffer W = new Memory.Buffer("w", DType.BF16);
    private static final Memory.Buffer Y = new Memory.Buffer("y", DType.F32);
    private static final Argument.Size N = new Argument.Size("n");

    /* y[column] = Σ of x[2k]·w[k][column][0] + x[2k+1]·w[k][column][1] */
    private static Program program() {
        Accumulator sum = new Accumulator("a", Accumulator.Kind.SUM, ValueType.F32, false);
        Var point = new Var("p");
        Var column = new Var("c");
        Var k = new Var("k");
        Value left = new Value(0, ValueType.I32);
        Value right = new Value(1, ValueType.I32);
        Value total = new Value(2, ValueType.F32);
        Index at = Index.of(k).times(Index.of(COLUMNS)).plus(Index.of(column));
        Statement products = new Statement.Loop(
                Statement.Loop.Kind.SERIAL,
                k,
                Index.of(0),
                Index.of(STEPS),
                List.of(
                        new Statement.Define(left, new Expression.LoadPair(X, Index.of(k))),
                        new Statement.Define(right, new Expression.LoadPair(W, at)),
                        new Statement.AccumulateProduct(sum, left, right)));
        Statement columns = new Statement.Loop(
                Statement.Loop.Kind.VECTOR,
                column,
                Index.of(0),
                Index.of(COLUMNS),
                List.of(
                        new Statement.Begin(sum),
                        products,
                        new Statement.Define(total, new Expression.Total(sum)),
                        new Statement.Store(Y, Index.of(column), total)));
        Kernel kernel = new Kernel("pairs", List.of(new Axis(point, Index.of(N))), List.of(), List.of(columns));
        return new Program("products", List.of(X, W, Y), List.of(N), List.of(), List.of(kernel));
    }

    /* Numbers of very different sizes: so the order of the two sums shows. */
    private static HostTensor drawn(Random random, long count) {
        HostTensor drawn = HostTensor.allocate(TensorType.of(DType.BF16, count));
        for (long i = 0; i < count; i++) {
            drawn.setDouble(i, Math.scalb(random.nextGaussian(), random.nextInt(-20, 20)));
        }
        return drawn;
    }

    private static float[] run(LoopHarness.Runner runner) {
        Random random = new Random(3);
        HostTensor x = drawn(random, 2 * STEPS);
        HostTensor w = drawn(random, 2 * STEPS * COLUMNS);
        HostTensor y = HostTensor.allocate(TensorType.of(DType.F32, COLUMNS));
        List<LoopPlan.Place> places =
                List.of(new LoopPlan.Place.Input(0), new LoopPlan.Place.Input(1), new LoopPlan.Place.Input(2));
        LoopPlan plan = new LoopPlan(program(), places, List.of(1L), List.of(), List.of(1L), 0, List.of());
        try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> buffers = List.of(x, w, y).stream()
                    .map(HostTensor::data)
                    .map(data -> arena.allocate(data.byteSize(), 64).copyFrom(data))
                    .toList();
            runner.run(plan, buffers);
            y.data().copyFrom(buffers.getLast());
            return y.toFloats();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 16})
    void haveTheInterpretersBits(int lanes) {
        LoopVerifier.check(program());
        assertThat(run(Compiled.of(HostProcessor.target().withLanes(lanes)))).isEqualTo(run(LoopHarness::interpret));
    }

    @Test
    void theTwinDoesToo() {
        Target plain = HostProcessor.target().withoutFeatures().withLanes(16);
        assertThat(run(Compiled.of(plain))).isEqualTo(run(LoopHarness::interpret));
    }

    @Test
    void areOneInstructionWhereThereIsOne() {
        Target level = HostProcessor.level("x86-64-v4").orElseThrow();
        Target with = new Target(level.triple(), level.cpu(), "+avx512bf16", 16);
        assertThat(assembly(with)).contains("vdpbf16ps");
        assertThat(assembly(level)).doesNotContain("vdpbf16ps").contains("vfmadd");
    }

    private static String assembly(Target target) {
        return Compiled.LLVM.listing(program(), target, CompileEffort.FAST).assembly();
    }
}
