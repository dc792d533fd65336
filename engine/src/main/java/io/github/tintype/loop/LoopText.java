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
                .forEach(size ->
                        arguments.add(size.multiple() == 1 ? size.name() : size.name() + ": " + size.multiple() + "·"));
        program.scalars().forEach(scalar -> arguments.add(scalar.name() + ": " + scalar.type()));
        fill("program {}({})\n", program.name(), String.join(", ", arguments));
        for (Kernel kernel : program.kernels()) {
            String grid = kernel.grid().stream()
                    .map(axis -> axis.variable() + " < " + axis.extent())
                    .collect(joining(", "));
            String team = kernel.team().map(of -> " team of " + of.threads()).orElse("");
            fill("kernel {}[{}]{}\n", kernel.name(), grid, team);
            for (Memory.Local local : kernel.locals()) {
                String where = switch (local.where()) {
                    case STACK -> "local";
                    case SHARED -> "shared";
                    case REGISTERS -> "registers";
                };
                fill("  {} {}[{}]\n", where, typed(local), local.capacity());
            }
            print(kernel.body(), "  ");
        }
    }

    private static String typed(Memory memory) {
        return memory.name() + ": " + lower(memory.dtype());
    }

    private void print(List<Statement> body, String indent) {
        for (Statement statement : body) {
            text.append(indent);
            print(statement);
            text.append('\n');
            if (statement instanceof Statement.Loop loop) {
                print(loop.body(), indent + "  ");
            }
            if (statement instanceof Statement.Deal deal) {
                print(deal.body(), indent + "  ");
            }
        }
    }

    private void print(Statement statement) {
        switch (statement) {
            case Statement.Define(Value value, Expression expression) -> fill("{} = {}", value, expression);
            case Statement.Store(Memory memory, Index index, Value value) -> fill("{}[{}] = {}", memory, index, value);
            case Statement.Begin(Accumulator a) ->
                fill("begin {}: {} {}{}", a, a.kind(), a.type(), a.laned() ? " laned" : "");
            case Statement.Accumulate(Accumulator a, Value value) -> fill("{} {}= {}", a, a.kind(), value);
            case Statement.AccumulateProduct(Accumulator a, Value x, Value y) -> fill("{} sum= fma({}, {})", a, x, y);
            case Statement.AccumulatePacked(Accumulator a, Packed packed, Value x, Value y) ->
                fill("{} sum= {}({}, {})", a, packed, x, y);
            case Statement.Check(Value condition, Memory.Buffer faults) -> fill("check {} in {}", condition, faults);
            case Statement.Prefetch(Memory.Buffer buffer, Index index) -> fill("prefetch {}[{}]", buffer, index);
            case Statement.Loop loop ->
                fill("{} {} = {} .. {}", lower(loop.kind()), loop.variable(), loop.from(), loop.to());
            case Statement.Deal deal -> {
                fill("deal {} = {} .. {} by {}", deal.variable(), deal.from(), deal.to(), deal.width());
                if (deal.rounds() != 0) {
                    fill(", rounds {}", deal.rounds());
                }
            }
            case Statement.Barrier() -> text.append("barrier");
        }
    }

    /* Each {} is one of the parts. No Formatter: kernels are found by these texts at each start, and it took a twelfth of that time. */
    private void fill(String template, Object... parts) {
        int from = 0;
        for (Object part : parts) {
            int at = template.indexOf("{}", from);
            text.append(template, from, at);
            switch (part) {
                case Expression expression -> print(expression);
                case Index index -> print(index);
                default -> text.append(part);
            }
            from = at + 2;
        }
        text.append(template, from, template.length());
    }

    /** One index. */
    static String of(Index index) {
        LoopText text = new LoopText();
        text.print(index);
        return text.text.toString();
    }

    private void print(Index index) {
        switch (index) {
            case Index.Constant(long value) -> text.append(value);
            case Index.Size(Argument.Size argument) -> text.append(argument.name());
            case Index.Counter(Var variable) -> text.append(variable.name());
            case Index.Data(Value value) -> text.append(value);
            case Index.Binary(Index.Kind kind, Index a, Index b) -> {
                switch (kind) {
                    case ADD, SUB, MUL, DIV, MOD -> fill("({} {} {})", a, kind, b);
                    case MIN, MAX -> fill("{}({}, {})", kind, a, b);
                }
            }
        }
    }

    private void print(Expression expression) {
        switch (expression) {
            case Expression.Load(Memory memory, Index index) -> fill("load {}[{}]", memory, index);
            case Expression.LoadPacked(Packed packed, Memory memory, Index index) ->
                fill("load_{} {}[{}]", packed, memory, index);
            case Expression.Literal literal -> text.append(literal(literal));
            case Expression.Scalar(Argument.Scalar argument) -> text.append(argument.name());
            case Expression.Position(Index index) -> fill("position {}", index);
            case Expression.Total(Accumulator accumulator) -> fill("total {}", accumulator);
            case Expression.Unary(var kind, Value a) -> fill("{}({})", kind, a);
            case Expression.Binary(var kind, Value a, Value b) -> fill("{}({}, {})", kind, a, b);
            case Expression.Fma(Value a, Value b, Value c) -> fill("fma({}, {}, {})", a, b, c);
            case Expression.Compare(var kind, Value a, Value b) -> fill("{}({}, {})", kind, a, b);
            case Expression.Select(Value condition, Value a, Value b) -> fill("select({}, {}, {})", condition, a, b);
            case Expression.Cast(ValueType type, Value a) -> fill("{}({})", type, a);
            case Expression.Bits(ValueType type, Value a) -> fill("{}_bits({})", type, a);
            case Expression.Narrow(var dtype, Value a) -> fill("narrow_{}({})", lower(dtype), a);
        }
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
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
