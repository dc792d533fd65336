package io.github.tintype.llvm;

import io.github.tintype.loop.Argument;
import io.github.tintype.loop.Index;
import io.github.tintype.loop.Value;
import io.github.tintype.loop.Var;
import java.util.OptionalLong;
import java.util.function.Function;

/** Indices as 64-bit arithmetic, and how they move with a counter. */
final class Indices {
    private final Emitter e;
    private final Function<Argument.Size, String> sizes;

    Indices(Emitter e, Function<Argument.Size, String> sizes) {
        this.e = e;
        this.sizes = sizes;
    }

    /** Its value, where counters and data have these. */
    String emit(Index index, Function<Var, String> counters, Function<Value, String> data) {
        return switch (index) {
            case Index.Constant(long value) -> Long.toString(value);
            case Index.Size(Argument.Size argument) -> sizes.apply(argument);
            case Index.Counter(Var variable) -> counters.apply(variable);
            case Index.Data(Value value) -> data.apply(value);
            case Index.Binary(Index.Kind kind, Index a, Index b) -> {
                String x = emit(a, counters, data);
                String y = emit(b, counters, data);
                yield switch (kind) {
                    case ADD -> e.emit("add nsw i64 {}, {}", x, y);
                    case SUB -> e.emit("sub nsw i64 {}, {}", x, y);
                    case MUL -> e.emit("mul nsw i64 {}, {}", x, y);
                    case DIV -> e.emit("udiv i64 {}, {}", x, y);
                    case MOD -> e.emit("urem i64 {}, {}", x, y);
                    case MIN -> pick("slt", x, y);
                    case MAX -> pick("sgt", x, y);
                };
            }
        };
    }

    private String pick(String relation, String x, String y) {
        return e.emit("select i1 {}, i64 {}, i64 {}", e.emit("icmp {} i64 {}, {}", relation, x, y), x, y);
    }

    /** By how much it grows when {@code variable} grows by one, if that is one number, whatever the sizes are; data don't vary for it. */
    static OptionalLong step(Index index, Var variable) {
        return switch (index) {
            case Index.Counter(Var counter) -> OptionalLong.of(counter.equals(variable) ? 1 : 0);
            case Index.Constant _, Index.Size _, Index.Data _ -> OptionalLong.of(0);
            case Index.Binary(Index.Kind kind, Index a, Index b) -> {
                OptionalLong x = step(a, variable);
                OptionalLong y = step(b, variable);
                if (x.isEmpty() || y.isEmpty()) {
                    yield OptionalLong.empty();
                }
                if (x.getAsLong() == 0 && y.getAsLong() == 0) {
                    yield OptionalLong.of(0);
                }
                yield switch (kind) {
                    case ADD -> OptionalLong.of(x.getAsLong() + y.getAsLong());
                    case SUB -> OptionalLong.of(x.getAsLong() - y.getAsLong());
                    case MUL -> {
                        if (b instanceof Index.Constant(long factor)) {
                            yield OptionalLong.of(x.getAsLong() * factor);
                        }
                        yield a instanceof Index.Constant(long factor)
                                ? OptionalLong.of(y.getAsLong() * factor)
                                : OptionalLong.empty();
                    }
                    case DIV, MOD, MIN, MAX -> OptionalLong.empty();
                };
            }
        };
    }
}
