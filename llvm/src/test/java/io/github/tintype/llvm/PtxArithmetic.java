package io.github.tintype.llvm;

import io.github.tintype.llvm.PtxProgram.Instruction;
import java.util.List;

/** What PTX's instructions compute, by the PTX ISA; registers are their bits, in the low end of a long. */
final class PtxArithmetic {
    private PtxArithmetic() {}

    static int bits(String type) {
        return type.equals("pred") ? 1 : Integer.parseInt(type.replaceAll("^[a-z]+", ""));
    }

    static long low(long value, int bits) {
        return bits == Long.SIZE ? value : value & ((1L << bits) - 1);
    }

    static long signed(long value, int bits) {
        return value << (Long.SIZE - bits) >> (Long.SIZE - bits);
    }

    private static boolean isFloat(String type) {
        return type.startsWith("f") || type.startsWith("bf");
    }

    private static double real(String type, long bits) {
        return switch (type) {
            case "f64" -> Double.longBitsToDouble(bits);
            case "f32" -> Float.intBitsToFloat((int) bits);
            case "f16" -> Float.float16ToFloat((short) bits);
            case "bf16" -> Float.intBitsToFloat((int) bits << 16);
            default -> throw new IllegalArgumentException(type);
        };
    }

    /* Rounded once: from float to its narrower types and from double to float, as the instructions do. */
    private static long bits(String type, double value) {
        return switch (type) {
            case "f64" -> Double.doubleToRawLongBits(value);
            case "f32" -> low(Float.floatToRawIntBits((float) value), 32);
            case "f16" -> low(Float.floatToFloat16((float) value), 16);
            case "bf16" -> {
                int wide = Float.floatToRawIntBits((float) value);
                yield Double.isNaN(value) ? 0x7fff : low((wide + 0x7fff + (wide >>> 16 & 1)) >>> 16, 16);
            }
            default -> throw new IllegalArgumentException(type);
        };
    }

    static long compute(Instruction instruction, long[] x) {
        List<String> name = instruction.name();
        String type = instruction.type();
        return switch (name.getFirst()) {
            case "cvt" -> convert(name, x);
            case "setp" -> compare(name.get(1), type, x[0], x[1]) ? 1 : 0;
            case "selp" -> x[2] != 0 ? x[0] : x[1];
            case "bfe" -> field(type, x);
            case "prmt" -> bytes(x);
            default ->
                isFloat(type) ? floats(instruction, type, x) : low(integers(instruction, type, x), result(name, type));
        };
    }

    private static int result(List<String> name, String type) {
        return name.contains("wide") ? 2 * bits(type) : bits(type);
    }

    private static long floats(Instruction instruction, String type, long[] bits) {
        String name = instruction.name().getFirst();
        double a = real(type, bits[0]);
        double b = bits.length > 1 ? real(type, bits[1]) : 0;
        boolean exact = List.of("neg", "abs", "min", "max").contains(name);
        if (!exact && !instruction.name().get(1).equals("rn")) {
            // What isn't rounded by name may be contracted or approximated.
            throw new IllegalArgumentException(instruction.text());
        }
        if (name.equals("min") || name.equals("max")) {
            // A number beside NaN.
            double extreme = name.equals("min") ? Math.min(a, b) : Math.max(a, b);
            return bits(type, Double.isNaN(a) ? b : Double.isNaN(b) ? a : extreme);
        }
        if (type.equals("f64")) {
            return bits(
                    type,
                    switch (name) {
                        case "add" -> a + b;
                        case "sub" -> a - b;
                        case "mul" -> a * b;
                        case "div" -> a / b;
                        case "rcp" -> 1 / a;
                        case "sqrt" -> Math.sqrt(a);
                        case "fma" -> Math.fma(a, b, real(type, bits[2]));
                        case "neg" -> -a;
                        case "abs" -> Math.abs(a);
                        default -> throw new IllegalArgumentException(instruction.text());
                    });
        }
        float x = (float) a;
        float y = (float) b;
        return bits(
                type,
                switch (name) {
                    case "add" -> x + y;
                    case "sub" -> x - y;
                    case "mul" -> x * y;
                    case "div" -> x / y;
                    case "rcp" -> 1 / x;
                    case "sqrt" -> (float) Math.sqrt(x);
                    case "fma" -> {
                        if (!type.equals("f32")) {
                            throw new IllegalArgumentException(instruction.text());
                        }
                        yield Math.fma(x, y, (float) real(type, bits[2]));
                    }
                    case "neg" -> -x;
                    case "abs" -> Math.abs(x);
                    default -> throw new IllegalArgumentException(instruction.text());
                });
    }

    private static long integers(Instruction instruction, String type, long[] x) {
        int bits = bits(type);
        boolean signed = type.startsWith("s");
        long a = signed ? signed(x[0], bits) : low(x[0], bits);
        long b = x.length < 2 ? 0 : signed ? signed(x[1], bits) : low(x[1], bits);
        return switch (instruction.name().getFirst()) {
            case "add" -> a + b;
            case "sub" -> a - b;
            case "mul" -> a * b;
            case "mad" -> a * b + x[2];
            case "div" -> signed ? a / b : Long.divideUnsigned(a, b);
            case "rem" -> signed ? a % b : Long.remainderUnsigned(a, b);
            case "min" -> signed ? Math.min(a, b) : Long.compareUnsigned(a, b) < 0 ? a : b;
            case "max" -> signed ? Math.max(a, b) : Long.compareUnsigned(a, b) > 0 ? a : b;
            case "neg" -> -a;
            case "abs" -> Math.abs(a);
            case "and" -> a & b;
            case "or" -> a | b;
            case "xor" -> a ^ b;
            case "not" -> ~a;
            case "shl" -> low(x[1], 32) >= bits ? 0 : a << x[1];
            case "shr" -> {
                long by = low(x[1], 32);
                yield by >= bits ? (signed && a < 0 ? -1 : 0) : signed ? a >> by : a >>> by;
            }
            default -> throw new IllegalArgumentException(instruction.text());
        };
    }

    private static boolean compare(String relation, String type, long x, long y) {
        if (isFloat(type)) {
            double a = real(type, x);
            double b = real(type, y);
            boolean unordered = Double.isNaN(a) || Double.isNaN(b);
            return switch (relation) {
                case "eq" -> a == b;
                case "ne" -> !unordered && a != b;
                case "lt" -> a < b;
                case "le" -> a <= b;
                case "gt" -> a > b;
                case "ge" -> a >= b;
                case "equ" -> unordered || a == b;
                case "neu" -> a != b;
                case "ltu" -> !(a >= b);
                case "leu" -> !(a > b);
                case "gtu" -> !(a <= b);
                case "geu" -> !(a < b);
                case "nan" -> unordered;
                case "num" -> !unordered;
                default -> throw new IllegalArgumentException(relation);
            };
        }
        int bits = bits(type);
        int order = type.startsWith("u")
                ? Long.compareUnsigned(low(x, bits), low(y, bits))
                : Long.compare(signed(x, bits), signed(y, bits));
        return switch (relation) {
            case "eq" -> order == 0;
            case "ne" -> order != 0;
            case "lt" -> order < 0;
            case "le" -> order <= 0;
            case "gt" -> order > 0;
            case "ge" -> order >= 0;
            default -> throw new IllegalArgumentException(relation);
        };
    }

    private static long convert(List<String> name, long[] x) {
        String to = name.get(name.size() - 2);
        String from = name.getLast();
        if (to.endsWith("x2")) {
            String half = to.substring(0, to.length() - 2);
            return bits(half, real(from, x[0])) << 16 | bits(half, real(from, x[1]));
        }
        String how = name.get(1);
        if (isFloat(from)) {
            double value = real(from, x[0]);
            if (isFloat(to)) {
                return bits(
                        to,
                        switch (how) {
                            case "rni" -> Math.rint(value);
                            case "rmi" -> Math.floor(value);
                            default -> value;
                        });
            }
            double whole = switch (how) {
                case "rzi" -> value;
                case "rni" -> Math.rint(value);
                case "rmi" -> Math.floor(value);
                default -> throw new IllegalArgumentException(name.toString());
            };
            return switch (to) {
                case "s32" -> low((int) whole, 32);
                case "s64" -> (long) whole;
                default -> throw new IllegalArgumentException(name.toString());
            };
        }
        int width = bits(from);
        long value = from.startsWith("s") ? signed(x[0], width) : low(x[0], width);
        if (isFloat(to)) {
            if (from.equals("u64") && value < 0) {
                throw new IllegalArgumentException("beyond what sizes are: " + name);
            }
            return to.equals("f64") ? bits(to, (double) value) : bits(to, (float) value);
        }
        // What is above the converted width is its sign: registers may be wider.
        return to.startsWith("s") ? signed(value, bits(to)) : low(value, bits(to));
    }

    private static long field(String type, long[] x) {
        int from = (int) low(x[1], 8);
        int length = (int) low(x[2], 8);
        long shifted = low(x[0], 32) >>> from;
        boolean signed = type.startsWith("s");
        return length == 0 ? 0 : low(signed ? signed(shifted, length) : low(shifted, length), 32);
    }

    private static long bytes(long[] x) {
        long all = low(x[1], 32) << 32 | low(x[0], 32);
        long result = 0;
        for (int i = 0; i < 4; i++) {
            long choice = x[2] >>> (4 * i);
            long one = all >>> (8 * (choice & 7)) & 0xff;
            if ((choice & 8) != 0) {
                one = (one & 0x80) == 0 ? 0 : 0xff;
            }
            result |= one << (8 * i);
        }
        return result;
    }
}
