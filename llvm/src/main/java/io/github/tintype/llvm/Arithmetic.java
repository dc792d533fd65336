package io.github.tintype.llvm;

import static io.github.tintype.llvm.Emitter.llvm;

import io.github.tintype.loop.Expression;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;

/** The operations of expressions, on single values or on a register of them ({@code v}). All operands are already of one kind. */
final class Arithmetic {
    private final Emitter e;

    Arithmetic(Emitter e) {
        this.e = e;
    }

    /** A float as LLVM reads it: the bits of the double of the same value. */
    static String literal(double value) {
        return "0x%016X".formatted(Double.doubleToRawLongBits(value));
    }

    /** A number by its bits, as {@link Expression.Literal} holds it. */
    static String literal(ValueType type, long bits) {
        return switch (type) {
            case F32 -> literal(Float.intBitsToFloat((int) bits));
            case F64 -> literal(Double.longBitsToDouble(bits));
            case I32 -> Integer.toString((int) bits);
            case I64 -> Long.toString(bits);
            case BOOL -> bits == 0 ? "false" : "true";
        };
    }

    private String number(ValueType type, double value, boolean v) {
        String literal = type.isFloat() ? literal(value) : Long.toString((long) value);
        return e.constant(llvm(type), literal, v);
    }

    String unary(Expression.Function function, ValueType type, String a, boolean v) {
        String t = e.of(llvm(type), v);
        return switch (function) {
            case NEG -> type.isFloat() ? e.emit("fneg {} {}", t, a) : e.emit("sub {} {}, {}", t, number(type, 0, v), a);
            case ABS -> {
                if (type.isFloat()) {
                    yield e.intrinsic("fabs", llvm(type), v, a);
                }
                String negative = e.emit("icmp slt {} {}, {}", t, a, number(type, 0, v));
                String opposite = e.emit("sub {} {}, {}", t, number(type, 0, v), a);
                yield select(negative, opposite, a, type, v);
            }
            case SQRT -> e.intrinsic("sqrt", llvm(type), v, a);
            case ROUND ->
                e.has(Features.Feature.ROUND) ? e.intrinsic("roundeven", llvm(type), v, a) : round(type, a, v);
            case FLOOR -> e.has(Features.Feature.ROUND) ? e.intrinsic("floor", llvm(type), v, a) : floor(type, a, v);
            case NOT -> e.emit("xor {} {}, {}", t, a, e.constant("i1", "true", v));
        };
    }

    /* Beside 2^23 (2^52) a float (double) has no fraction. What is larger, and NaN, is whole already. */
    private String round(ValueType type, String a, boolean v) {
        String t = e.of(llvm(type), v);
        double large = type == ValueType.F32 ? 0x1p23 : 0x1p52;
        String size = e.intrinsic("fabs", llvm(type), v, a);
        String sum = e.emit("fadd {} {}, {}", t, size, number(type, large, v));
        String whole = e.emit("fsub {} {}, {}", t, sum, number(type, large, v));
        String isSmall = e.emit("fcmp olt {} {}, {}", t, size, number(type, large, v));
        return select(isSmall, e.intrinsic("copysign", llvm(type), v, whole, a), a, type, v);
    }

    private String floor(ValueType type, String a, boolean v) {
        String t = e.of(llvm(type), v);
        String near = round(type, a, v);
        String above = e.emit("fcmp ogt {} {}, {}", t, near, a);
        return select(above, e.emit("fsub {} {}, {}", t, near, number(type, 1, v)), near, type, v);
    }

    String select(String condition, String a, String b, ValueType type, boolean v) {
        String t = e.of(llvm(type), v);
        return e.emit("select {} {}, {} {}, {} {}", e.of("i1", v), condition, t, a, t, b);
    }

    String binary(Expression.Operation operation, ValueType type, String a, String b, boolean v) {
        String t = e.of(llvm(type), v);
        boolean isFloat = type.isFloat();
        return switch (operation) {
            case ADD -> e.emit("{} {} {}, {}", isFloat ? "fadd" : "add", t, a, b);
            case SUB -> e.emit("{} {} {}, {}", isFloat ? "fsub" : "sub", t, a, b);
            case MUL -> e.emit("{} {} {}, {}", isFloat ? "fmul" : "mul", t, a, b);
            case DIV -> isFloat ? e.emit("fdiv {} {}, {}", t, a, b) : divide(type, a, b, v);
            case MAX, MIN -> {
                String number = extremeOfNumbers(operation, type, a, b, v);
                yield isFloat ? select(e.emit("fcmp uno {} {}, {}", t, a, a), a, number, type, v) : number;
            }
            case AND -> e.emit("and {} {}, {}", t, a, b);
            case OR -> e.emit("or {} {}, {}", t, a, b);
            case XOR -> e.emit("xor {} {}, {}", t, a, b);
            case SHL -> e.emit("shl {} {}, {}", t, a, b);
            case SHR -> e.emit("ashr {} {}, {}", t, a, b);
        };
    }

    /** MAX or MIN of several, one after another: NaN are looked for two at a time. The first is wanted last. */
    String extreme(Expression.Operation operation, ValueType type, List<String> values, boolean v) {
        String number = halved(values, (a, b) -> extremeOfNumbers(operation, type, a, b, v));
        if (!type.isFloat()) {
            return number;
        }
        List<String> pairs = new ArrayList<>();
        for (int i = values.size() - 1; i >= 0; i -= 2) {
            pairs.add(e.emit("fcmp uno {} {}, {}", e.of(llvm(type), v), values.get(Math.max(0, i - 1)), values.get(i)));
        }
        String isAny = halved(pairs.reversed(), (a, b) -> e.emit("or {} {}, {}", e.of("i1", v), a, b));
        return select(isAny, number(type, Double.NaN, v), number, type, v);
    }

    private static String halved(List<String> values, BinaryOperator<String> join) {
        if (values.size() == 1) {
            return values.getFirst();
        }
        int first = values.size() - Integer.highestOneBit(values.size() - 1);
        return join.apply(halved(values.subList(0, first), join), halved(values.subList(first, values.size()), join));
    }

    /* The first if it is more, or less, else the second, also beside NaN: one instruction of the processors. */
    private String extremeOfNumbers(Expression.Operation operation, ValueType type, String a, String b, boolean v) {
        String relation = operation == Expression.Operation.MAX ? "gt" : "lt";
        String comparison = type.isFloat() ? "fcmp o" : "icmp s";
        String isFirst = e.emit(comparison + relation + " {} {}, {}", e.of(llvm(type), v), a, b);
        return select(isFirst, a, b, type, v);
    }

    /* The processor traps on x / 0 and on the least number by −1. */
    private String divide(ValueType type, String a, String b, boolean v) {
        String t = e.of(llvm(type), v);
        String zero = e.emit("icmp eq {} {}, {}", t, b, number(type, 0, v));
        String minus = e.emit("icmp eq {} {}, {}", t, b, number(type, -1, v));
        String either = e.emit("or {} {}, {}", e.of("i1", v), zero, minus);
        String safe = select(either, number(type, 1, v), b, type, v);
        String quotient = e.emit("sdiv {} {}, {}", t, a, safe);
        String opposite = e.emit("sub {} {}, {}", t, number(type, 0, v), a);
        return select(zero, number(type, 0, v), select(minus, opposite, quotient, type, v), type, v);
    }

    String fma(ValueType type, String a, String b, String c, boolean v) {
        if (e.has(Features.Feature.FMA)) {
            return e.intrinsic("fma", llvm(type), v, a, b, c);
        }
        String t = e.of(llvm(type), v);
        return e.emit("fadd {} {}, {}", t, e.emit("fmul {} {}, {}", t, a, b), c);
    }

    /** A sum and the products of what two {@code i32} hold: by one instruction, whose name in LLVM hangs on the register's width, or by its twin. */
    String addPacked(Packed packed, String a, String b, String sum, boolean v) {
        Optional<String> instruction = v ? instruction(packed) : Optional.empty();
        if (instruction.isEmpty()) {
            return packed == Packed.PAIR_BF16 ? addFloats(a, b, sum, v) : addIntegers(packed, a, b, sum, v);
        }
        String element = switch (packed) {
            case PAIR_BF16 -> "bfloat";
            case PAIR_I16 -> "i16";
            case QUAD_I8 -> "i32";
        };
        Operand x = new Operand("i32", a, element);
        Operand y = new Operand("i32", b, element);
        if (packed == Packed.PAIR_I16) { // the instruction adds to nothing
            return e.emit("add {} {}, {}", e.of("i32", v), sum, call(instruction.get(), x, y));
        }
        String type = llvm(packed.sum());
        return call(instruction.get(), new Operand(type, sum, type), x, y);
    }

    private Optional<String> instruction(Packed packed) {
        return switch (e.lanes()) {
            case 4 ->
                switch (packed) {
                    case PAIR_I16 -> Optional.of("llvm.x86.sse2.pmadd.wd");
                    case PAIR_BF16, QUAD_I8 -> Optional.empty();
                };
            case 8 ->
                switch (packed) {
                    case PAIR_BF16 -> Optional.empty();
                    case PAIR_I16 -> with(Features.Feature.PAIRS_8, "llvm.x86.avx2.pmadd.wd");
                    case QUAD_I8 -> with(Features.Feature.QUADS_8, "llvm.x86.avx512.vpdpbusd.256");
                };
            case 16 ->
                switch (packed) {
                    case PAIR_BF16 -> with(Features.Feature.PAIRS_BF16_16, "llvm.x86.avx512bf16.dpbf16ps.512");
                    case PAIR_I16 -> with(Features.Feature.PAIRS_16, "llvm.x86.avx512.pmaddw.d.512");
                    case QUAD_I8 -> with(Features.Feature.QUADS_16, "llvm.x86.avx512.vpdpbusd.512");
                };
            default -> Optional.empty();
        };
    }

    private Optional<String> with(Features.Feature feature, String intrinsic) {
        return Optional.of(intrinsic).filter(_ -> e.has(feature));
    }

    /* A register and how an intrinsic takes it: as elements of another type. */
    private record Operand(String type, String name, String as) {}

    /* The result is of the first operand's type. */
    private String call(String intrinsic, Operand... operands) {
        List<String> types = new ArrayList<>();
        List<String> arguments = new ArrayList<>();
        for (Operand operand : operands) {
            boolean same = operand.as.equals(operand.type);
            String type = same ? e.of(operand.type, true) : "<%d x %s>".formatted(2 * e.lanes(), operand.as);
            String name =
                    same ? operand.name : e.emit("bitcast {} {} to {}", e.of(operand.type, true), operand.name, type);
            types.add(type);
            arguments.add(type + " " + name);
        }
        String result = e.of(operands[0].type, true);
        e.declare("declare %s @%s(%s)".formatted(result, intrinsic, String.join(", ", types)));
        return e.emit("call {} @{}({})", result, intrinsic, String.join(", ", arguments));
    }

    private String addFloats(String a, String b, String sum, boolean v) {
        String high = fma(ValueType.F32, highFloat(a, v), highFloat(b, v), sum, v);
        return fma(ValueType.F32, lowFloat(a, v), lowFloat(b, v), high, v);
    }

    private String lowFloat(String a, boolean v) {
        return bits(ValueType.I32, ValueType.F32, shift("shl", a, 16, v), v);
    }

    private String highFloat(String a, boolean v) {
        String bits = e.emit("and {} {}, {}", e.of("i32", v), a, number(ValueType.I32, -1 << 16, v));
        return bits(ValueType.I32, ValueType.F32, bits, v);
    }

    /* Numbers are moved to the upper end and back down, where bytes of the left factor get zeros. */
    private String addIntegers(Packed packed, String a, String b, String sum, boolean v) {
        int width = Integer.SIZE / packed.count();
        String back = packed == Packed.QUAD_I8 ? "lshr" : "ashr";
        String total = sum;
        for (int i = 0; i < packed.count(); i++) {
            int up = Integer.SIZE - width * (i + 1);
            String x = shift(back, shift("shl", a, up, v), Integer.SIZE - width, v);
            String y = shift("ashr", shift("shl", b, up, v), Integer.SIZE - width, v);
            total = e.emit("add {} {}, {}", e.of("i32", v), total, e.emit("mul {} {}, {}", e.of("i32", v), x, y));
        }
        return total;
    }

    private String shift(String how, String a, int by, boolean v) {
        return e.emit("{} {} {}, {}", how, e.of("i32", v), a, number(ValueType.I32, by, v));
    }

    String compare(Expression.Relation relation, ValueType type, String a, String b, boolean v) {
        String t = e.of(llvm(type), v);
        String name = relation.toString();
        if (type.isFloat()) {
            return e.emit("fcmp o{} {} {}, {}", name, t, a, b);
        }
        return e.emit("icmp {} {} {}, {}", relation == Expression.Relation.EQ ? "eq" : "s" + name, t, a, b);
    }

    String cast(ValueType from, ValueType to, String a, boolean v) {
        String source = e.of(llvm(from), v);
        String target = e.of(llvm(to), v);
        if (to == ValueType.BOOL) {
            String zero = number(from, 0, v);
            return e.emit("{} {} {}, {}", from.isFloat() ? "fcmp une" : "icmp ne", source, a, zero);
        }
        if (from.isFloat() && to.isInteger()) {
            String name = "@llvm.fptosi.sat.%s.%s".formatted(e.suffix(llvm(to), v), e.suffix(llvm(from), v));
            e.declare("declare %s %s(%s)".formatted(target, name, source));
            return e.emit("call {} {}({} {})", target, name, source, a);
        }
        String how = switch (from) {
            case F32 -> "fpext";
            case F64 -> "fptrunc";
            case I32 -> to.isFloat() ? "sitofp" : "sext";
            case I64 -> to.isFloat() ? "sitofp" : "trunc";
            case BOOL -> to.isFloat() ? "uitofp" : "zext";
        };
        return e.emit("{} {} {} to {}", how, source, a, target);
    }

    String bits(ValueType from, ValueType to, String a, boolean v) {
        return e.emit("bitcast {} {} to {}", e.of(llvm(from), v), a, e.of(llvm(to), v));
    }
}
