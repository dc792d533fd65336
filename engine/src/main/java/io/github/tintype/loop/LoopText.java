package io.github.tintype.loop;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A program as text.
 *
 * <pre>
 * program scale(x: f16, y: f16, n, factor: f32)
 * kernel scale_0[i0 &lt; n]
 *   vector i1 = 0 .. 8
 *     %0 = load x[((i0 * 8) + i1)]
 *     %1 = factor
 *     %2 = mul(%0, %1)
 *     y[((i0 * 8) + i1)] = %2
 * </pre>
 */
public final class LoopText {
    private final StringBuilder text = new StringBuilder();

    private LoopText() {}

    public static String of(Program program) {
        LoopText text = new LoopText();
        text.print(program);
        return text.text.toString();
    }

    private void print(Program program) {
        List<String> arguments = new ArrayList<>();
        program.buffers()
                .forEach(buffer -> arguments.add(typed(buffer)
                        + buffer.past().map(flag -> " past " + flag.name()).orElse("")));
        program.sizes()
                .forEach(size -> arguments.add(
                        size.multiple() == 1 ? size.name() : "%s: %d·".formatted(size.name(), size.multiple())));
        program.scalars().forEach(scalar -> arguments.add(scalar.name() + ": " + scalar.type()));
        text.append("program %s(%s)%n".formatted(program.name(), String.join(", ", arguments)));
        for (Kernel kernel : program.kernels()) {
            String grid = kernel.grid().stream()
                    .map(axis -> axis.variable() + " < " + axis.extent())
                    .collect(joining(", "));
            String team = kernel.team().map(of -> " team of " + of.threads()).orElse("");
            text.append("kernel %s[%s]%s%n".formatted(kernel.name(), grid, team));
            for (Memory.Local local : kernel.locals()) {
                String where = switch (local.where()) {
                    case STACK -> "local";
                    case SHARED -> "shared";
                    case REGISTERS -> "registers";
                };
                text.append("  %s %s[%d]%n".formatted(where, typed(local), local.capacity()));
            }
            print(kernel.body(), "  ");
        }
    }

    private static String typed(Memory memory) {
        return memory.name() + ": " + memory.dtype().name().toLowerCase(Locale.ROOT);
    }

    private void print(List<Statement> body, String indent) {
        for (Statement statement : body) {
            text.append(indent)
                    .append(
                            switch (statement) {
                                case Statement.Define(Value value, Expression expression) ->
                                    value + " = " + of(expression);
                                case Statement.Store(Memory memory, Index index, Value value) ->
                                    "%s[%s] = %s".formatted(memory, index, value);
                                case Statement.Begin(Accumulator a) ->
                                    "begin %s: %s %s%s".formatted(a, a.kind(), a.type(), a.laned() ? " laned" : "");
                                case Statement.Accumulate(Accumulator a, Value value) ->
                                    "%s %s= %s".formatted(a, a.kind(), value);
                                case Statement.AccumulateProduct(Accumulator a, Value x, Value y) ->
                                    "%s sum= fma(%s, %s)".formatted(a, x, y);
                                case Statement.AccumulatePacked(Accumulator a, Packed packed, Value x, Value y) ->
                                    "%s sum= %s(%s, %s)".formatted(a, packed, x, y);
                                case Statement.Check(Value condition, Memory.Buffer faults) ->
                                    "check %s in %s".formatted(condition, faults);
                                case Statement.Prefetch(Memory.Buffer buffer, Index index) ->
                                    "prefetch %s[%s]".formatted(buffer, index);
                                case Statement.Loop loop ->
                                    "%s %s = %s .. %s"
                                            .formatted(
                                                    loop.kind().name().toLowerCase(Locale.ROOT),
                                                    loop.variable(),
                                                    loop.from(),
                                                    loop.to());
                                case Statement.Deal deal ->
                                    "deal %s = %s .. %s by %d%s"
                                            .formatted(
                                                    deal.variable(),
                                                    deal.from(),
                                                    deal.to(),
                                                    deal.width(),
                                                    deal.rounds() == 0 ? "" : ", rounds " + deal.rounds());
                                case Statement.Barrier() -> "barrier";
                            })
                    .append('\n');
            if (statement instanceof Statement.Loop loop) {
                print(loop.body(), indent + "  ");
            }
            if (statement instanceof Statement.Deal deal) {
                print(deal.body(), indent + "  ");
            }
        }
    }

    /** One expression. */
    static String of(Expression expression) {
        return switch (expression) {
            case Expression.Load(Memory memory, Index index) -> "load %s[%s]".formatted(memory, index);
            case Expression.LoadPacked(Packed packed, Memory memory, Index index) ->
                "load_%s %s[%s]".formatted(packed, memory, index);
            case Expression.Literal literal -> literal(literal);
            case Expression.Scalar(Argument.Scalar argument) -> argument.name();
            case Expression.Position(Index index) -> "position " + index;
            case Expression.Total(Accumulator accumulator) -> "total " + accumulator;
            case Expression.Unary(var kind, Value a) -> "%s(%s)".formatted(kind, a);
            case Expression.Binary(var kind, Value a, Value b) -> "%s(%s, %s)".formatted(kind, a, b);
            case Expression.Fma(Value a, Value b, Value c) -> "fma(%s, %s, %s)".formatted(a, b, c);
            case Expression.Compare(var kind, Value a, Value b) -> "%s(%s, %s)".formatted(kind, a, b);
            case Expression.Select(Value condition, Value a, Value b) ->
                "select(%s, %s, %s)".formatted(condition, a, b);
            case Expression.Cast(ValueType type, Value a) -> "%s(%s)".formatted(type, a);
            case Expression.Bits(ValueType type, Value a) -> "%s_bits(%s)".formatted(type, a);
            case Expression.Narrow(var dtype, Value a) ->
                "narrow_%s(%s)".formatted(dtype.name().toLowerCase(Locale.ROOT), a);
        };
    }

    private static String literal(Expression.Literal literal) {
        long bits = literal.bits();
        return switch (literal.type()) {
            // Programs that differ have different texts: code is kept by them.
            case F32 ->
                Float.isNaN(Float.intBitsToFloat((int) bits))
                        ? "nan_%08xf".formatted((int) bits)
                        : Float.intBitsToFloat((int) bits) + "f";
            case F64 ->
                Double.isNaN(Double.longBitsToDouble(bits))
                        ? "nan_%016x".formatted(bits)
                        : Double.toString(Double.longBitsToDouble(bits));
            case I32 -> Integer.toString((int) bits);
            case I64 -> bits + "L";
            case BOOL -> bits == 0 ? "false" : "true";
        };
    }
}
