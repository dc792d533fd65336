package io.github.tintype.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.DType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoopVerifierTest {
    private static final Memory.Buffer IN = new Memory.Buffer("in", DType.F32);
    private static final Memory.Buffer OUT = new Memory.Buffer("out", DType.F32);
    private static final Argument.Size N = new Argument.Size("n");
    private static final Var P = new Var("p");
    private static final Var I = new Var("i");
    private static final Value X = new Value(0, ValueType.F32);
    private static final Index AT = Index.of(P).times(Index.of(N)).plus(Index.of(I));
    private static final Statement LOAD = new Statement.Define(X, new Expression.Load(IN, AT));
    private static final Statement STORE = new Statement.Store(OUT, AT, X);

    private static Program program(Statement... inner) {
        Statement loop = new Statement.Loop(Statement.Loop.Kind.VECTOR, I, Index.of(0), Index.of(N), List.of(inner));
        return of(loop);
    }

    private static Program of(Statement... body) {
        Kernel kernel = new Kernel("k", List.of(new Axis(P, Index.of(N))), List.of(), List.of(body));
        return new Program("test", List.of(IN, OUT), List.of(N), List.of(), List.of(kernel));
    }

    private static void refuses(Program program, String why) {
        assertThatThrownBy(() -> LoopVerifier.check(program))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void takesWhatIsWellFormed() {
        assertThatCode(() -> LoopVerifier.check(program(LOAD, STORE))).doesNotThrowAnyException();
    }

    @Test
    void wantsValuesDefinedBeforeAndInScope() {
        refuses(program(STORE, LOAD), "%0 read where it is not known");
        refuses(program(LOAD, LOAD), "%0 defined twice");
        refuses(of(LOAD), "counter i outside of its loop");
    }

    @Test
    void wantsTypesThatFit() {
        Value wrong = new Value(1, ValueType.I32);
        refuses(
                program(LOAD, new Statement.Define(wrong, new Expression.Unary(Expression.Function.NEG, X))),
                "%1 is i32");
        Value not = new Value(1, ValueType.F32);
        refuses(
                program(LOAD, new Statement.Define(not, new Expression.Unary(Expression.Function.NOT, X))),
                "not of f32");
    }

    @Test
    void narrowNumbersArePacked() {
        Value pair = new Value(1, ValueType.I32);
        for (Packed packed : Packed.values()) {
            Statement load = new Statement.Define(pair, new Expression.LoadPacked(packed, IN, AT));
            refuses(program(load), packed + " of F32");
        }
        Accumulator sum = new Accumulator("s", Accumulator.Kind.SUM, ValueType.F32, false);
        Statement begin = new Statement.Begin(sum);
        Statement literal = new Statement.Define(pair, new Expression.Literal(ValueType.I32, 1));
        LoopVerifier.check(
                program(LOAD, literal, begin, new Statement.AccumulatePacked(sum, Packed.PAIR_BF16, pair, pair)));
        refuses(
                program(LOAD, begin, new Statement.AccumulatePacked(sum, Packed.PAIR_BF16, X, X)),
                "pair_bf16 products of f32 and f32 added to s of f32");
        refuses(
                program(LOAD, literal, begin, new Statement.AccumulatePacked(sum, Packed.QUAD_I8, pair, pair)),
                "quad_i8 products of i32 and i32 added to s of f32");
        refuses(
                program(LOAD, literal, new Statement.AccumulatePacked(sum, Packed.PAIR_BF16, pair, pair)),
                "s not begun");
    }

    @Test
    void fetchesAheadOnProcessorsOnly() {
        Statement ahead = new Statement.Prefetch(IN, AT.plus(Index.of(1)));
        assertThatCode(() -> LoopVerifier.check(program(ahead, LOAD, STORE))).doesNotThrowAnyException();
        refuses(
                program(new Statement.Prefetch(new Memory.Buffer("other", DType.F32), AT), LOAD, STORE),
                "unknown memory other");
        Kernel team = new Kernel(
                "k", List.of(new Axis(P, Index.of(N))), Optional.of(new Team(Team.WARP)), List.of(), List.of(ahead));
        refuses(
                new Program("test", List.of(IN, OUT), List.of(N), List.of(), List.of(team)),
                "prefetch of in by a team");
    }

    @Test
    void wantsIterationsOfAVectorLoopApart() {
        refuses(program(LOAD, new Statement.Store(OUT, Index.of(P), X)), "each iteration of i stores");
        Accumulator plain = new Accumulator("s", Accumulator.Kind.SUM, ValueType.F32, false);
        Statement loop = new Statement.Loop(
                Statement.Loop.Kind.VECTOR,
                I,
                Index.of(0),
                Index.of(N),
                List.of(LOAD, new Statement.Accumulate(plain, X)));
        refuses(of(new Statement.Begin(plain), loop), "wrong kind of loop");
        refuses(program(loop(Statement.Loop.Kind.VECTOR, Index.of(N))), "inside of a vector loop");
        refuses(program(loop(Statement.Loop.Kind.SERIAL, Index.of(I))), "inside of a vector loop");
        LoopVerifier.check(program(loop(Statement.Loop.Kind.SERIAL, Index.of(N))));
    }

    private static Statement loop(Statement.Loop.Kind kind, Index to, Statement... body) {
        return new Statement.Loop(kind, new Var("j"), Index.of(0), to, List.of(body));
    }

    @Test
    void anIterationOfAVectorLoopHasItsOwnAccumulators() {
        Accumulator own = new Accumulator("s", Accumulator.Kind.SUM, ValueType.F32, false);
        Value sum = new Value(1, ValueType.F32);
        Statement product = new Statement.AccumulateProduct(own, X, X);
        Statement total = new Statement.Define(sum, new Expression.Total(own));
        Statement products = loop(Statement.Loop.Kind.SERIAL, Index.of(N), product);
        LoopVerifier.check(program(LOAD, new Statement.Begin(own), products, total));
        refuses(program(LOAD, products, total), "s not begun");
        Accumulator laned = new Accumulator("s", Accumulator.Kind.SUM, ValueType.F32, true);
        refuses(program(LOAD, new Statement.Begin(laned)), "s laned for one iteration");
        Accumulator greatest = new Accumulator("s", Accumulator.Kind.MAX, ValueType.F32, false);
        refuses(
                program(LOAD, new Statement.Begin(greatest), new Statement.AccumulateProduct(greatest, X, X)),
                "product of f32 and f32 added to s of f32");
        Statement outside =
                new Statement.Loop(Statement.Loop.Kind.VECTOR, I, Index.of(0), Index.of(N), List.of(LOAD, product));
        refuses(of(new Statement.Begin(own), outside), "a product added to s of several iterations");
    }

    @Test
    void aPairIsTwoElements() {
        Memory.Buffer bytes = new Memory.Buffer("bytes", DType.I8);
        Value pair = new Value(0, ValueType.I32);
        Statement load = new Statement.Define(pair, new Expression.LoadPacked(Packed.PAIR_I16, bytes, Index.of(P)));
        Kernel kernel = new Kernel("k", List.of(new Axis(P, Index.of(N))), List.of(), List.of(load));
        Program program = new Program("test", List.of(bytes), List.of(N), List.of(), List.of(kernel));
        LoopVerifier.check(program);
        assertThat(LoopBounds.check(program, _ -> 5, _ -> 10)).isEmpty();
        assertThat(LoopBounds.check(program, _ -> 5, _ -> 9))
                .containsExactly("kernel k: bytes[((p * 2) + 1)] is 1 to 9 of 9");
    }

    @Test
    void provesBoundsFromSizes() {
        Program program = program(LOAD, STORE);
        assertThat(LoopBounds.check(program, _ -> 5, _ -> 25)).isEmpty();
        assertThat(LoopBounds.check(program, _ -> 5, buffer -> buffer.equals(OUT) ? 24 : 25))
                .containsExactly("kernel k: out[((p * n) + i)] is 0 to 24 of 24");
    }
}
