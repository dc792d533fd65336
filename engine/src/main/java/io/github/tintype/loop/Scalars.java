package io.github.tintype.loop;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The operations of expressions on single values, each held by its bits: F32 and I32 in the low half of a long. */
final class Scalars {
    private Scalars() {}

    static float f32(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    static double f64(long bits) {
        return Double.longBitsToDouble(bits);
    }

    static long bits(float value) {
        return Integer.toUnsignedLong(Float.floatToRawIntBits(value));
    }

    static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    private static long bits(int value) {
        return Integer.toUnsignedLong(value);
    }

    static long load(DType dtype, MemorySegment data, long index) {
        return switch (ValueType.of(dtype)) {
            case F32 -> bits((float) HostTensor.get(dtype, data, index));
            case F64 -> bits(HostTensor.get(dtype, data, index));
            case I32 -> bits((int) HostTensor.get(dtype, data, index));
            case I64 -> data.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, index);
            case BOOL -> data.get(ValueLayout.JAVA_BYTE, index) == 0 ? 0 : 1;
        };
    }

    static void store(DType dtype, MemorySegment data, long index, long bits) {
        switch (ValueType.of(dtype)) {
            case F32 -> HostTensor.set(dtype, data, index, f32(bits));
            case F64 -> HostTensor.set(dtype, data, index, f64(bits));
            case I32 -> HostTensor.set(dtype, data, index, (int) bits);
            case I64 -> data.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, index, bits);
            case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) bits);
        }
    }

    static long unary(Expression.Function function, ValueType type, long a) {
        return switch (type) {
            case F32 ->
                bits(
                        switch (function) {
                            case NEG -> -f32(a);
                            case ABS -> Math.abs(f32(a));
                            case SQRT -> (float) Math.sqrt(f32(a));
                            case FLOOR -> (float) Math.floor(f32(a));
                            case ROUND -> (float) Math.rint(f32(a));
                            case NOT -> throw unknown(function, type);
                        });
            case F64 ->
                bits(
                        switch (function) {
                            case NEG -> -f64(a);
                            case ABS -> Math.abs(f64(a));
                            case SQRT -> Math.sqrt(f64(a));
                            case FLOOR -> Math.floor(f64(a));
                            case ROUND -> Math.rint(f64(a));
                            case NOT -> throw unknown(function, type);
                        });
            case I32 ->
                switch (function) {
                    case NEG -> bits(-(int) a);
                    case ABS -> bits((int) a < 0 ? -(int) a : (int) a);
                    case SQRT, FLOOR, ROUND, NOT -> throw unknown(function, type);
                };
            case I64 ->
                switch (function) {
                    case NEG -> -a;
                    case ABS -> a < 0 ? -a : a;
                    case SQRT, FLOOR, ROUND, NOT -> throw unknown(function, type);
                };
            case BOOL -> 1 - a;
        };
    }

    static long binary(Expression.Operation operation, ValueType type, long a, long b) {
        return switch (type) {
            case F32 -> bits(binary(operation, f32(a), f32(b)));
            case F64 -> bits(binary(operation, f64(a), f64(b)));
            case I32 -> bits(integer(operation, (int) a, (int) b));
            case I64 -> integer(operation, a, b);
            case BOOL -> integer(operation, a, b);
        };
    }

    private static float binary(Expression.Operation operation, float a, float b) {
        return switch (operation) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case MAX -> a > b || Float.isNaN(a) ? a : b;
            case MIN -> a < b || Float.isNaN(a) ? a : b;
            case AND, OR, XOR, SHL, SHR -> throw unknown(operation, ValueType.F32);
        };
    }

    private static double binary(Expression.Operation operation, double a, double b) {
        return switch (operation) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case MAX -> a > b || Double.isNaN(a) ? a : b;
            case MIN -> a < b || Double.isNaN(a) ? a : b;
            case AND, OR, XOR, SHL, SHR -> throw unknown(operation, ValueType.F64);
        };
    }

    private static int integer(Expression.Operation operation, int a, int b) {
        return switch (operation) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> b == 0 ? 0 : a / b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHL -> a << b;
            case SHR -> a >> b;
        };
    }

    private static long integer(Expression.Operation operation, long a, long b) {
        return switch (operation) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> b == 0 ? 0 : a / b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case AND -> a & b;
            case OR -> a | b;
            case XOR -> a ^ b;
            case SHL -> a << b;
            case SHR -> a >> b;
        };
    }

    static long fma(ValueType type, long a, long b, long c) {
        return type == ValueType.F32 ? bits(Math.fma(f32(a), f32(b), f32(c))) : bits(Math.fma(f64(a), f64(b), f64(c)));
    }

    /** Elements of memory from {@code first} on as one I32. */
    static long loadPacked(Packed packed, DType dtype, MemorySegment data, long first) {
        int width = Integer.SIZE / packed.count();
        // Of floats their bits.
        DType whole = dtype == DType.BF16 ? DType.I16 : dtype;
        int bits = 0;
        for (int i = 0; i < packed.count(); i++) {
            bits |= ((int) load(whole, data, first + i) & ((1 << width) - 1)) << (i * width);
        }
        return bits(bits);
    }

    /** A sum and the products of what {@code a} and {@code b} hold. */
    static long addPacked(Packed packed, long a, long b, long sum) {
        int x = (int) a;
        int y = (int) b;
        return switch (packed) {
            case PAIR_BF16 -> {
                float high = Math.fma(bf16(x >> 16), bf16(y >> 16), f32(sum));
                yield bits(Math.fma(bf16(x), bf16(y), high));
            }
            case PAIR_I16 -> bits((int) sum + (short) x * (short) y + (x >> 16) * (y >> 16));
            case QUAD_I8 -> {
                int total = (int) sum;
                for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                    total += (x >> shift & 0xff) * (byte) (y >> shift);
                }
                yield bits(total);
            }
        };
    }

    /* Of the low half. */
    private static float bf16(int half) {
        return Float.intBitsToFloat(half << 16);
    }

    static boolean compare(Expression.Relation relation, ValueType type, long a, long b) {
        return switch (type) {
            case F32, F64 -> {
                double x = type == ValueType.F32 ? f32(a) : f64(a);
                double y = type == ValueType.F32 ? f32(b) : f64(b);
                yield switch (relation) {
                    case EQ -> x == y;
                    case LT -> x < y;
                    case LE -> x <= y;
                    case GT -> x > y;
                    case GE -> x >= y;
                };
            }
            case I32, I64, BOOL -> {
                long x = type == ValueType.I32 ? (int) a : a;
                long y = type == ValueType.I32 ? (int) b : b;
                yield switch (relation) {
                    case EQ -> x == y;
                    case LT -> x < y;
                    case LE -> x <= y;
                    case GT -> x > y;
                    case GE -> x >= y;
                };
            }
        };
    }

    static long cast(ValueType from, ValueType to, long a) {
        return switch (from) {
            case F32, F64 -> {
                double x = from == ValueType.F32 ? f32(a) : f64(a);
                yield switch (to) {
                    case F32 -> bits((float) x);
                    case F64 -> bits(x);
                    case I32 -> bits((int) x);
                    case I64 -> (long) x;
                    case BOOL -> x == 0 ? 0 : 1;
                };
            }
            case I32, I64, BOOL -> {
                long x = from == ValueType.I32 ? (int) a : a;
                yield switch (to) {
                    case F32 -> bits((float) x);
                    case F64 -> bits((double) x);
                    case I32 -> bits((int) x);
                    case I64 -> x;
                    case BOOL -> x == 0 ? 0 : 1;
                };
            }
        };
    }

    static long narrow(DType dtype, long a) {
        return switch (dtype) {
            case F64, F32, I64, I32 -> a;
            case I16 -> bits((short) a);
            case I8 -> bits((byte) a);
            case U8 -> a & 0xff;
            case F16, BF16, F8_E4M3, F8_E5M2 -> {
                MemorySegment one = MemorySegment.ofArray(new long[1]);
                HostTensor.set(dtype, one, 0, f32(a));
                yield bits((float) HostTensor.get(dtype, one, 0));
            }
            case BOOL -> throw new IllegalArgumentException("narrow: got bool");
        };
    }

    private static IllegalArgumentException unknown(Object operation, ValueType type) {
        return new IllegalArgumentException("%s of %s".formatted(operation, type));
    }
}
