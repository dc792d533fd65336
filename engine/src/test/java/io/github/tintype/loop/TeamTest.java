package io.github.tintype.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What threads of a team may do, who says so, and in what order they add up. */
class TeamTest {
    private static final Memory.Buffer IN = new Memory.Buffer("in", DType.F32);
    private static final Memory.Buffer OUT = new Memory.Buffer("out", DType.F32);
    private static final Argument.Size N = new Argument.Size("n", 4);
    private static final Argument.Size ODD = new Argument.Size("odd");
    private static final Memory.Local SHARED = new Memory.Local("shared", DType.F32, 256, Memory.Local.Where.SHARED);
    private static final Memory.Local ROW = new Memory.Local("row", DType.F32, 256, Memory.Local.Where.REGISTERS);
    private static final Var I = new Var("i");
    private static final Var K = new Var("k");
    private static final Value X = new Value(0, ValueType.F32);
    private static final Value Y = new Value(1, ValueType.F32);
    private static final Index END = Index.of(N);
    private static final Statement FILL = deal(I, END, 4, 0, load(X, IN, I), store(SHARED, Index.of(I), X));
    private static final Statement BARRIER = new Statement.Barrier();

    private static Statement.Deal deal(Var variable, Index to, int width, int rounds, Statement... body) {
        return new Statement.Deal(variable, Index.of(0), to, width, rounds, List.of(body));
    }

    private static Statement load(Value value, Memory from, Var at) {
        return load(value, from, Index.of(at));
    }

    private static Statement load(Value value, Memory from, Index at) {
        return new Statement.Define(value, new Expression.Load(from, at));
    }

    private static Statement store(Memory to, Index at, Value value) {
        return new Statement.Store(to, at, value);
    }

    /* Takes element n − 1 − k. */
    private static Statement reverse() {
        Index mirrored = END.minus(Index.of(1)).minus(Index.of(K));
        return deal(K, END, 1, 0, load(Y, SHARED, mirrored), store(OUT, Index.of(K), Y));
    }

    private static Program program(int threads, List<Memory.Local> locals, Statement... body) {
        Kernel kernel = new Kernel(
                "kernel",
                List.of(new Axis(new Var("p"), Index.of(1))),
                java.util.Optional.of(new Team(threads)),
                locals,
                List.of(body));
        return new Program("test", List.of(IN, OUT), List.of(N, ODD), List.of(), List.of(kernel));
    }

    private static void refuses(Program program, String why) {
        assertThatThrownBy(() -> LoopVerifier.check(program))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    private static float[] run(Program program, int n) {
        try (Arena arena = Arena.ofConfined()) {
            var in = arena.allocate(ValueLayout.JAVA_FLOAT, n);
            var out = arena.allocate(ValueLayout.JAVA_FLOAT, n);
            for (int i = 0; i < n; i++) {
                in.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
            }
            new LoopInterpreter(program, List.of(in, out), List.of((long) n, 3L), List.of()).run();
            return out.toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    @Test
    void sharesMemoryBetweenBarriers() {
        assertThat(run(program(64, List.of(SHARED), FILL, BARRIER, reverse()), 8))
                .containsExactly(7, 6, 5, 4, 3, 2, 1, 0);
    }

    @Test
    void wantsABarrierBetweenAWriteAndWhateverElse() {
        refuses(program(64, List.of(SHARED), FILL, reverse()), "no barrier for shared");
        Var j = new Var("j");
        Statement once = new Statement.Loop(
                Statement.Loop.Kind.SERIAL, j, Index.of(0), Index.of(2), List.of(FILL, BARRIER, reverse()));
        refuses(program(64, List.of(SHARED), once), "no barrier for shared");
        Statement twice = new Statement.Loop(
                Statement.Loop.Kind.SERIAL, j, Index.of(0), Index.of(2), List.of(FILL, BARRIER, reverse(), BARRIER));
        assertThatCode(() -> LoopVerifier.check(program(64, List.of(SHARED), twice)))
                .doesNotThrowAnyException();
    }

    /* In one loop it depends on indices: the interpreter sees it. */
    @Test
    void watchesThreadsOfOneLoop() {
        Index next = Index.of(I).plus(Index.of(1)).modulo(END);
        Statement race = deal(
                I,
                END,
                1,
                0,
                load(X, IN, I),
                store(SHARED, Index.of(I), X),
                load(Y, SHARED, next),
                store(OUT, Index.of(I), Y));
        assertThatThrownBy(() -> run(program(64, List.of(SHARED), race), 8))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("without a barrier");
    }

    @Test
    void keepsRegistersToTheirThread() {
        Statement keep = deal(I, END, 4, 2, load(X, IN, I), store(ROW, Index.of(I), X));
        Statement take = deal(K, END, 4, 2, load(Y, ROW, K), store(OUT, Index.of(K), Y));
        assertThat(run(program(32, List.of(ROW), keep, take), 12))
                .startsWith(0, 1, 2)
                .endsWith(10, 11);
        Statement other = deal(K, END, 4, 2, load(Y, ROW, Index.of(0)), store(OUT, Index.of(K), Y));
        refuses(program(32, List.of(ROW), keep, other), "not the iteration's own");
        Statement narrower = deal(K, END, 1, 2, load(Y, ROW, K), store(OUT, Index.of(K), Y));
        refuses(program(32, List.of(ROW), keep, narrower), "not the iteration's own");
        assertThat(LoopBounds.check(program(32, List.of(ROW), keep), _ -> 260L, _ -> 1000L))
                .anyMatch(broken -> broken.contains("260 iterations of i, wanted at most 256"));
    }

    @Test
    void wantsWholeChunks() {
        refuses(program(64, List.of(SHARED), deal(I, Index.of(ODD), 4, 0)), "by 4 from 0 to odd");
        refuses(program(64, List.of(SHARED), deal(I, END, 8, 0)), "by 8 from 0 to n");
    }

    @Test
    void wantsTeamsThatFit() {
        refuses(program(32, List.of(SHARED), FILL), "shared in SHARED of a team of 32");
        refuses(program(32, List.of(), BARRIER), "a barrier that not all threads");
        refuses(program(64, List.of(), deal(I, END, 4, 0, deal(K, END, 1, 0))), "without a team");
        refuses(
                program(64, List.of(), new Statement.Loop(Statement.Loop.Kind.VECTOR, I, Index.of(0), END, List.of())),
                "vector loop i of a team");
        assertThatThrownBy(() -> new Team(48)).isInstanceOf(IllegalArgumentException.class);
    }

    /* Lanes of a thread, then threads 16, 8, 4, 2 and 1 apart, then warps. */
    @Test
    void addsUpInAFixedOrder() {
        Team team = new Team(64);
        assertThat(team.part(0, 1) - team.part(0, 0)).isEqualTo(64);
        assertThat(team.part(16, 0)).isEqualTo(32);
        assertThat(team.part(1, 0)).isEqualTo(2);
        assertThat(team.part(32, 0)).isEqualTo(1);
    }

    @Test
    void printsTeams() {
        assertThat(program(64, List.of(SHARED), FILL, BARRIER).toString()).isEqualTo("""
                        program test(in: f32, out: f32, n: 4·, odd)
                        kernel kernel[p < 1] team of 64
                          shared shared: f32[256]
                          deal i = 0 .. n by 4
                            %0 = load in[i]
                            shared[i] = %0
                          barrier
                        """);
    }
}
