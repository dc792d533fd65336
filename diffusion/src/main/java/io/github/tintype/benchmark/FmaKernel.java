package io.github.tintype.benchmark;

import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Axis;
import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Memory;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.Statement;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.ValueType;
import io.github.tintype.loop.Var;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * The loop program whose speed is a processor's peak: chains of fused multiply-adds that don't wait for each other, on numbers in registers.
 * A point of the grid has {@link #POINT} numbers of its own, which one pass loads once, sends {@link #DEPTH} times through x ↦ 0.75 · x + 0.25 and stores.
 * No compiler may shorten that: the results are stored, and floats are never reordered.
 */
final class FmaKernel {
    /* Two units of four cycles' latency want eight chains; ten and two factors fit into AVX2's sixteen registers. */
    private static final int CHAINS = 10;
    private static final int LANES = 16;

    /** Multiply-adds of a number in one pass. */
    static final int DEPTH = 64;

    /** Numbers of a point. */
    static final int POINT = CHAINS * LANES;

    /** Its one function. */
    static final String NAME = "fma_peak";

    private static final float FACTOR = 0.75f;
    private static final float ADDEND = 0.25f;

    private FmaKernel() {}

    /** Floating-point operations of so many points in so many passes. */
    static long flops(long points, long passes) {
        return 2L * points * passes * POINT * DEPTH;
    }

    /** One buffer of {@link #POINT} F32 for each point; sizes are points, then passes. */
    static Program program() {
        Argument.Size points = new Argument.Size("points");
        Argument.Size passes = new Argument.Size("passes");
        Memory.Buffer numbers = new Memory.Buffer("numbers", DType.F32);
        Var point = new Var("point");
        Var pass = new Var("pass");
        Var lane = new Var("lane");
        Index first = Index.of(point).times(Index.of(POINT)).plus(Index.of(lane));
        Statement chains = new Statement.Loop(
                Statement.Loop.Kind.VECTOR, lane, Index.of(0), Index.of(LANES), chains(numbers, first));
        Statement all =
                new Statement.Loop(Statement.Loop.Kind.SERIAL, pass, Index.of(0), Index.of(passes), List.of(chains));
        Kernel kernel = new Kernel(NAME, List.of(new Axis(point, Index.of(points))), List.of(), List.of(all));
        return new Program("fma", List.of(numbers), List.of(points, passes), List.of(), List.of(kernel));
    }

    private static List<Statement> chains(Memory.Buffer numbers, Index first) {
        Body body = new Body();
        Value factor = body.define(literal(FACTOR));
        Value addend = body.define(literal(ADDEND));
        List<Value> chains = new ArrayList<>();
        for (int chain = 0; chain < CHAINS; chain++) {
            chains.add(body.define(new Expression.Load(numbers, first.plus(Index.of((long) chain * LANES)))));
        }
        for (int depth = 0; depth < DEPTH; depth++) {
            chains.replaceAll(x -> body.define(new Expression.Fma(x, factor, addend)));
        }
        for (int chain = 0; chain < CHAINS; chain++) {
            body.statements.add(
                    new Statement.Store(numbers, first.plus(Index.of((long) chain * LANES)), chains.get(chain)));
        }
        return body.statements;
    }

    private static Expression literal(float value) {
        return new Expression.Literal(ValueType.F32, Integer.toUnsignedLong(Float.floatToRawIntBits(value)));
    }

    /* Statements, and values numbered as they come. */
    private static final class Body {
        private final List<Statement> statements = new ArrayList<>();

        private Value define(Expression expression) {
            Value value = new Value(statements.size(), expression.type());
            statements.add(new Statement.Define(value, expression));
            return value;
        }
    }
}
