package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.code.HostProcessor;
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
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows that go past the caches: the same results, whether they begin at a multiple of a register or not, and instructions that do it. */
class PastCachesTest {
    private static final int ROWS = 3;
    private static final Argument.Scalar PAST = new Argument.Scalar("past", ValueType.I32);
    private static final Argument.Size WIDTH = new Argument.Size("width");

    /* y[row][i] = −x[row][i] */
    private static Program program(DType dtype) {
        Memory.Buffer x = new Memory.Buffer("x", dtype);
        Memory.Buffer y = new Memory.Buffer("y", dtype, Optional.of(PAST));
        Var row = new Var("p");
        Var column = new Var("i");
        Index at = Index.of(row).times(Index.of(WIDTH)).plus(Index.of(column));
        Value element = new Value(0, ValueType.F32);
        Value opposite = new Value(1, ValueType.F32);
        Statement columns = new Statement.Loop(
                Statement.Loop.Kind.VECTOR,
                column,
                Index.of(0),
                Index.of(WIDTH),
                List.of(
                        new Statement.Define(element, new Expression.Load(x, at)),
                        new Statement.Define(opposite, new Expression.Unary(Expression.Function.NEG, element)),
                        new Statement.Store(y, at, opposite)));
        Kernel kernel = new Kernel("rows", List.of(new Axis(row, Index.of(ROWS))), List.of(), List.of(columns));
        return new Program("test", List.of(x, y), List.of(WIDTH), List.of(PAST), List.of(kernel));
    }

    @ParameterizedTest
    @CsvSource({"F32, 96, 0", "F32, 96, 4", "F32, 37, 0", "BF16, 96, 0", "BF16, 96, 2", "BF16, 37, 0"})
    void resultsAreTheSame(DType dtype, int width, int offset) {
        LoopVerifier.check(program(dtype));
        for (int lanes : new int[] {4, 8, 16}) {
            LoopHarness.Runner compiled = Compiled.of(HostProcessor.target().withLanes(lanes));
            for (long past : new long[] {0, 1}) {
                float[] got = run(compiled, dtype, width, offset, past);
                for (int i = 0; i < got.length; i++) {
                    assertThat(got[i]).isEqualTo(-(i % 128));
                }
            }
        }
    }

    private static float[] run(LoopHarness.Runner runner, DType dtype, int width, int offset, long past) {
        HostTensor x = HostTensor.allocate(TensorType.of(dtype, (long) ROWS * width));
        for (int i = 0; i < x.elements(); i++) {
            x.setDouble(i, i % 128);
        }
        List<LoopPlan.Place> places = List.of(new LoopPlan.Place.Input(0), new LoopPlan.Place.Input(1));
        LoopPlan plan = new LoopPlan(
                program(dtype), places, List.of((long) width), List.of(0L), List.of((long) ROWS), 0, List.of());
        try (Arena arena = Arena.ofConfined()) {
            long bytes = x.data().byteSize();
            MemorySegment in = arena.allocate(bytes + offset, 64).asSlice(offset);
            MemorySegment out = arena.allocate(bytes + offset, 64).asSlice(offset);
            in.copyFrom(x.data());
            runner.run(past == 0 ? plan : plan.pastCaches(), List.of(in, out));
            HostTensor y = HostTensor.allocate(x.type());
            y.data().copyFrom(out);
            return y.toFloats();
        }
    }

    @Test
    void thereAreInstructionsForIt() {
        for (String level : List.of("x86-64-v2", "x86-64-v3", "x86-64-v4")) {
            String assembly = Compiled.LLVM
                    .listing(program(DType.F32), HostProcessor.level(level).orElseThrow(), CompileEffort.FAST)
                    .assembly();
            assertThat(assembly).as(level).contains("movntps").contains("sfence");
        }
    }

    @Test
    void theFlagIsAScalar() {
        Program known = program(DType.F32);
        Program unknown = new Program(known.name(), known.buffers(), known.sizes(), List.of(), known.kernels());
        assertThatThrownBy(() -> LoopVerifier.check(unknown))
                .hasMessageStartingWith("loop program: got y written past caches by ")
                .hasMessageEndingWith("wanted a scalar of i32");
    }
}
