package io.github.tintype.llvm;

import io.github.tintype.tensor.DType;

/**
 * Numbers between memory and registers. What a binary32 becomes in a narrower format is rounded to nearest even, denormals included.
 */
final class Conversions {
    /* sign 1, exponent, mantissa; codes above `most` are no finite numbers, `beyond` is what too large a number becomes. */
    private record Format(int bits, int mantissa, int bias, int most, int beyond, int nan) {
        int exponentOfLeast() {
            return 1 - bias;
        }
    }

    private static final Format F16 = new Format(16, 10, 15, 0x7bff, 0x7c00, 0x7e00);
    private static final Format E5M2 = new Format(8, 2, 15, 0x7b, 0x7c, 0x7f);
    private static final Format E4M3 = new Format(8, 3, 7, 0x7e, 0x7f, 0x7f);

    private final Emitter e;

    Conversions(Emitter e) {
        this.e = e;
    }

    /** What memory holds of a type, in LLVM's words. */
    String memoryType(DType dtype) {
        return switch (dtype) {
            case F64 -> "double";
            case F32 -> "float";
            case F16 -> e.has(Features.Feature.HALF) ? "half" : "i16";
            case BF16, I16 -> "i16"; // BF16 is only shifted, whoever rounds it
            case I64 -> "i64";
            case I32 -> "i32";
            case F8_E4M3, F8_E5M2, I8, U8, BOOL -> "i8";
        };
    }

    /** The value of what was loaded. */
    String widen(DType dtype, String x, boolean v) {
        return switch (dtype) {
            case F64, F32, I64, I32 -> x;
            case F16 -> e.has(Features.Feature.HALF) ? convert("fpext", "half", x, "float", v) : decode(F16, x, v);
            case BF16 -> {
                String wide = convert("zext", "i16", x, "i32", v);
                yield convert("bitcast", "i32", shift("shl", wide, 16, v), "float", v);
            }
            case F8_E5M2 -> decode(E5M2, x, v);
            case F8_E4M3 -> decode(E4M3, x, v);
            case I16 -> convert("sext", "i16", x, "i32", v);
            case I8 -> convert("sext", "i8", x, "i32", v);
            case U8 -> convert("zext", "i8", x, "i32", v);
            case BOOL -> e.emit("icmp ne {} {}, {}", e.of("i8", v), x, e.constant("i8", "0", v));
        };
    }

    /** What is to be stored of a value. */
    String narrow(DType dtype, String x, boolean v) {
        return switch (dtype) {
            case F64, F32, I64, I32 -> x;
            case F16 -> e.has(Features.Feature.HALF) ? convert("fptrunc", "float", x, "half", v) : encode(F16, x, v);
            case BF16 ->
                e.has(Features.Feature.BFLOAT)
                        ? convert("bitcast", "bfloat", convert("fptrunc", "float", x, "bfloat", v), "i16", v)
                        : encodeBf16(x, v);
            case F8_E5M2 -> encode(E5M2, x, v);
            case F8_E4M3 -> encode(E4M3, x, v);
            case I16 -> convert("trunc", "i32", x, "i16", v);
            case I8, U8 -> convert("trunc", "i32", x, "i8", v);
            case BOOL -> convert("zext", "i1", x, "i8", v);
        };
    }

    private String convert(String how, String from, String x, String to, boolean v) {
        return e.emit("{} {} {} to {}", how, e.of(from, v), x, e.of(to, v));
    }

    private String shift(String how, String x, int by, boolean v) {
        return integer(how, x, Integer.toString(by), v);
    }

    private String integer(String how, String x, String literal, boolean v) {
        return e.emit("{} {} {}, {}", how, e.of("i32", v), x, e.constant("i32", literal, v));
    }

    private String integers(String how, String a, String b, boolean v) {
        return e.emit("{} {} {}, {}", how, e.of("i32", v), a, b);
    }

    private String compare(String relation, String x, int literal, boolean v) {
        return e.emit(
                "icmp {} {} {}, {}", relation, e.of("i32", v), x, e.constant("i32", Integer.toString(literal), v));
    }

    private String select(String condition, String a, String b, boolean v) {
        return e.emit("select {} {}, {} {}, {} {}", e.of("i1", v), condition, e.of("i32", v), a, e.of("i32", v), b);
    }

    private String number(int value, boolean v) {
        return e.constant("i32", Integer.toString(value), v);
    }

    /* The bits moved to binary32's places make a number that is 2^(127−bias) too small, also a denormal one: a product is exact. */
    private String decode(Format format, String x, boolean v) {
        String wide = convert("zext", "i" + format.bits, x, "i32", v);
        int signs = 1 << (format.bits - 1);
        String magnitude = integer("and", wide, Integer.toString(signs - 1), v);
        String moved = shift("shl", magnitude, 23 - format.mantissa, v);
        String small = convert("bitcast", "i32", moved, "float", v);
        String factor = Arithmetic.literal(Math.scalb(1f, 127 - format.bias));
        String value = e.emit("fmul {} {}, {}", e.of("float", v), small, e.constant("float", factor, v));
        String bits = convert("bitcast", "float", value, "i32", v);
        String finite = compare("ule", magnitude, format.most, v);
        // Infinity and NaN of a format that has both: all ones in the exponent. E4M3 has NaN alone.
        String other = format.equals(E4M3) ? number(0x7fc00000, v) : integer("or", moved, "2139095040", v);
        String either = select(finite, bits, other, v);
        String sign = shift("shl", integer("and", wide, Integer.toString(signs), v), 32 - format.bits, v);
        return convert("bitcast", "i32", integers("or", either, sign, v), "float", v);
    }

    private String encode(Format format, String x, boolean v) {
        String bits = convert("bitcast", "float", x, "i32", v);
        String magnitude = integer("and", bits, "2147483647", v);
        int cut = 23 - format.mantissa;
        // Normal: half of what is cut off, and one more if the last kept bit is odd, carries into the rest.
        String odd = integer("and", shift("lshr", magnitude, cut, v), "1", v);
        String carried = integers("add", integer("add", magnitude, Integer.toString((1 << (cut - 1)) - 1), v), odd, v);
        String normal = integer(
                "sub", shift("lshr", carried, cut, v), Integer.toString((127 - format.bias) << format.mantissa), v);
        // Denormal: added to a number whose last place is the format's smallest step, it is rounded to such steps.
        float anchor = Math.scalb(1f, format.exponentOfLeast() - format.mantissa + 23);
        String positive = convert("bitcast", "i32", magnitude, "float", v);
        String sum = e.emit(
                "fadd {} {}, {}", e.of("float", v), positive, e.constant("float", Arithmetic.literal(anchor), v));
        String steps = integer(
                "sub",
                convert("bitcast", "float", sum, "i32", v),
                Integer.toString(Float.floatToRawIntBits(anchor)),
                v);
        float least = Math.scalb(1f, format.exponentOfLeast());
        String isDenormal = compare("ult", magnitude, Float.floatToRawIntBits(least), v);
        String code = select(isDenormal, steps, normal, v);
        code = select(compare("sgt", code, format.most, v), number(format.beyond, v), code, v);
        code = select(compare("ugt", magnitude, 0x7f800000, v), number(format.nan, v), code, v);
        String sign =
                integer("and", shift("lshr", bits, 32 - format.bits, v), Integer.toString(1 << (format.bits - 1)), v);
        return convert("trunc", "i32", integers("or", code, sign, v), "i" + format.bits, v);
    }

    private String encodeBf16(String x, boolean v) {
        String bits = convert("bitcast", "float", x, "i32", v);
        String high = shift("lshr", bits, 16, v);
        String odd = integer("and", high, "1", v);
        String rounded = shift("lshr", integers("add", integer("add", bits, "32767", v), odd, v), 16, v);
        String nan = e.emit("fcmp uno {} {}, {}", e.of("float", v), x, x);
        String code = select(nan, integer("or", high, "64", v), rounded, v);
        return convert("trunc", "i32", code, "i16", v);
    }
}
