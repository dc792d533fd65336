package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.loop.Accumulator;
import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
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
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The largest and the least of rows, which are found several registers at a time: the interpreter's bits, with zeros of both signs and NaN anywhere. */
class ExtremesTest {
    private static final int ROWS = 40;
    private static final Argument.Size WIDTH = new Argument.Size("width");

    /* y[row][0] and y[row][1]. */
    private static Program program() {
        Memory.Buffer x = new Memory.Buffer("x", DType.F32);
        Memory.Buffer y = new Memory.Buffer("y", DType.F32);
        Accumulator largest = new Accumulator("largest", Accumulator.Kind.MAX, ValueType.F32, true);
        Accumulator least = new Accumulator("least", Accumulator.Kind.MIN, ValueType.F32, true);
        Var row = new Var("p");
        Var column = new Var("i");
        Value element = new Value(0, ValueType.F32);
        Value most = new Value(1, ValueType.F32);
        Value fewest = new Value(2, ValueType.F32);
        Index at = Index.of(row).times(Index.of(WIDTH)).plus(Index.of(column));
        Index result = Index.of(row).times(Index.of(2));
        Statement columns = new Statement.Loop(
                Statement.Loop.Kind.VECTOR,
                column,
                Index.of(0),
                Index.of(WIDTH),
                List.of(
                        new Statement.Define(element, new Expression.Load(x, at)),
                        new Statement.Accumulate(largest, element),
                        new Statement.Accumulate(least, element)));
        Kernel kernel = new Kernel(
                "extremes",
                List.of(new Axis(row, Index.of(ROWS))),
                List.of(),
                List.of(
                        new Statement.Begin(largest),
                        new Statement.Begin(least),
                        columns,
                        new Statement.Define(most, new Expression.Total(largest)),
                        new Statement.Store(y, result, most),
                        new Statement.Define(fewest, new Expression.Total(least)),
                        new Statement.Store(y, result.plus(Index.of(1)), fewest)));
        return new Program("test", List.of(x, y), List.of(WIDTH), List.of(), List.of(kernel));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 63, 64, 65, 128, 143})
    void haveTheInterpretersBits(int width) {
        LoopVerifier.check(program());
        float[] interpreted = run(LoopHarness::interpret, width);
        for (int lanes : new int[] {4, 8, 16}) {
            float[] compiled = run(Compiled.of(HostProcessor.target().withLanes(lanes)), width);
            for (int i = 0; i < interpreted.length; i++) {
                // of NaN only that it is one
                assertThat(Float.floatToIntBits(compiled[i]))
                        .as("result %d in %d lanes", i, lanes)
                        .isEqualTo(Float.floatToIntBits(interpreted[i]));
            }
        }
    }

    /* Rows of any numbers, of zeros alone, and with a NaN or two. */
    private static float[] run(LoopHarness.Runner runner, int width) {
        Random random = new Random(width);
        HostTensor x = HostTensor.allocate(TensorType.of(DType.F32, ROWS, width));
        for (int i = 0; i < x.elements(); i++) {
            boolean zeros = i / width % 2 == 1;
            x.setDouble(i, zeros ? (random.nextBoolean() ? 0.0 : -0.0) : random.nextGaussian());
        }
        for (int row = 0; row < ROWS; row += 5) {
            x.setDouble((long) row * width + random.nextInt(width), Double.NaN);
        }
        HostTensor y = HostTensor.allocate(TensorType.of(DType.F32, ROWS, 2));
        List<LoopPlan.Place> places = List.of(new LoopPlan.Place.Input(0), new LoopPlan.Place.Input(1));
        LoopPlan plan =
                new LoopPlan(program(), places, List.of((long) width), List.of(), List.of((long) ROWS), 0, List.of());
        return TemplateChecks.run(runner, plan, List.of(x, y), 1).toFloats();
    }
}
