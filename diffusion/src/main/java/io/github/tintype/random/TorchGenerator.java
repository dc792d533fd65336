package io.github.tintype.random;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UnsupportedOpException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalDouble;

/**
 * {@code torch.Generator("cpu")}: the same numbers for the same seed and the same sequence of calls.
 *
 * <p>float32 noise is bit-exact with torch 2.15 on x86-64 with AVX2 (elsewhere torch itself differs by up to 2e-6). Half
 * types are float32 noise rounded, as in torch from 2.12; float64 may differ in the last bit. Like torch's, a generator is
 * one stream: each draw moves it on, and it isn't for use from several threads at once.
 *
 * <p>Source: ATen/native/cpu/DistributionTemplates.h, ATen/core/DistributionsHelper.h.
 */
public final class TorchGenerator {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 16;
    private static final int CHUNK = 64 * BLOCK;

    private final long seed;
    private final MersenneTwister twister;
    private final float[] chunk = new float[CHUNK];

    /** The second number of the last double-precision pair; it survives other draws. */
    private OptionalDouble cachedNormal = OptionalDouble.empty();

    /** A new stream. Only the low 32 bits of {@code seed} matter, as in torch. */
    public TorchGenerator(long seed) {
        this.seed = seed;
        this.twister = new MersenneTwister(seed);
    }

    /** What this generator was made from. */
    public long seed() {
        return seed;
    }

    /** Standard normal numbers, f32. */
    public HostTensor randn(long... shape) {
        return randn(DType.F32, shape);
    }

    /** Standard normal numbers. @throws UnsupportedOpException if {@code dtype} isn't f32, f16, bf16 or f64 */
    public HostTensor randn(DType dtype, long... shape) {
        HostTensor out = HostTensor.allocate(TensorType.of(dtype, shape));
        randn(out);
        return out;
    }

    /** Fills {@code out} with standard normal numbers, as {@code torch.randn(shape, generator, dtype)} does. */
    public void randn(HostTensor out) {
        DType dtype = out.type().dtype();
        long n = out.type().shape().elements();
        checkFloat("randn", dtype);
        if (n < BLOCK) {
            for (int i = 0; i < n; i++) {
                double value = nextNormal();
                out.setDouble(
                        i, dtype == DType.F64 ? value : (float) value); // half types are rounded twice, as in torch
            }
            return;
        }
        if (dtype == DType.F64) {
            randnDouble(out, n);
            return;
        }
        long whole = n - n % BLOCK;
        for (long done = 0; done < whole; ) {
            int count = (int) Math.min(CHUNK, whole - done);
            randnBlocks(count);
            store(out, done, count);
            done += count;
        }
        if (n == whole) {
            return;
        }
        // The last 16 are drawn again. float32 has by then spent uniform numbers on the tail, half types have not.
        if (dtype == DType.F32) {
            for (long i = whole; i < n; i++) {
                twister.nextInt();
            }
        }
        randnBlocks(BLOCK);
        store(out, n - BLOCK, BLOCK);
    }

    /** Uniform numbers of [0, 1), f32. */
    public HostTensor rand(long... shape) {
        return rand(DType.F32, shape);
    }

    /** Uniform numbers of [0, 1). @throws UnsupportedOpException if {@code dtype} isn't f32, f16, bf16 or f64 */
    public HostTensor rand(DType dtype, long... shape) {
        checkFloat("rand", dtype);
        HostTensor out = HostTensor.allocate(TensorType.of(dtype, shape));
        long n = out.type().shape().elements();
        for (long i = 0; i < n; i++) {
            out.setDouble(i, dtype == DType.F64 ? nextDouble() : nextFloat());
            if (out.getDouble(i) == 1) {
                out.setDouble(i, 0); // a half type rounded up
            }
        }
        return out;
    }

    /** Integers of [low, high), i64. @throws IllegalArgumentException if the range is empty */
    public HostTensor randint(long low, long high, long... shape) {
        if (low >= high) {
            throw new IllegalArgumentException(
                    "randint: got [%d, %d), wanted a range that isn't empty".formatted(low, high));
        }
        long range = high - low;
        boolean wide = Long.compareUnsigned(range, 1L << 28) >= 0;
        long[] values = new long[Math.toIntExact(Shape.of(shape).elements())];
        for (int i = 0; i < values.length; i++) {
            long draw = wide ? twister.nextLong() : Integer.toUnsignedLong(twister.nextInt());
            values[i] = low + Long.remainderUnsigned(draw, range);
        }
        return HostTensor.ofLongs(values, shape);
    }

    /** The numbers 0 to n−1 in random order, i64 [n]. */
    public HostTensor randperm(int n) {
        long[] values = new long[n];
        for (int i = 0; i < n; i++) {
            values[i] = i;
        }
        for (int i = 0; i < n - 1; i++) {
            int other = i + Integer.remainderUnsigned(twister.nextInt(), n - i);
            long swapped = values[i];
            values[i] = values[other];
            values[other] = swapped;
        }
        return HostTensor.ofLongs(values, n);
    }

    private void randnBlocks(int count) {
        for (int i = 0; i < count; i++) {
            chunk[i] = nextFloat();
        }
        for (int from = 0; from < count; from += BLOCK) {
            Cephes.boxMuller(chunk, from);
        }
    }

    private void store(HostTensor out, long at, int count) {
        if (out.type().dtype() == DType.F32) {
            MemorySegment.copy(chunk, 0, out.data(), FLOAT, at * Float.BYTES, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            out.setDouble(at + i, chunk[i]);
        }
    }

    private void randnDouble(HostTensor out, long n) {
        for (long i = 0; i < n; i++) {
            out.setDouble(i, nextDouble());
        }
        for (long from = 0; from + BLOCK <= n; from += BLOCK) {
            boxMullerDouble(out, from);
        }
        if (n % BLOCK != 0) {
            for (long i = n - BLOCK; i < n; i++) {
                out.setDouble(i, nextDouble());
            }
            boxMullerDouble(out, n - BLOCK);
        }
    }

    private static void boxMullerDouble(HostTensor out, long from) {
        for (long i = from; i < from + BLOCK / 2; i++) {
            double r = Math.sqrt(-2 * StrictMath.log(1 - out.getDouble(i)));
            double theta = 2 * Math.PI * out.getDouble(i + BLOCK / 2);
            out.setDouble(i, r * StrictMath.cos(theta));
            out.setDouble(i + BLOCK / 2, r * StrictMath.sin(theta));
        }
    }

    private double nextNormal() {
        if (cachedNormal.isPresent()) {
            double second = cachedNormal.getAsDouble();
            cachedNormal = OptionalDouble.empty();
            return second;
        }
        double theta = 2 * Math.PI * nextDouble();
        double r = Math.sqrt(-2 * StrictMath.log1p(-nextDouble()));
        cachedNormal = OptionalDouble.of(r * StrictMath.sin(theta));
        return r * StrictMath.cos(theta);
    }

    /** Of [0, 1): the low 24 bits of one draw. */
    private float nextFloat() {
        return (twister.nextInt() & 0xffffff) * 0x1p-24f;
    }

    /** Of [0, 1): the low 53 bits of two draws. */
    private double nextDouble() {
        return (twister.nextLong() & ((1L << 53) - 1)) * 0x1p-53;
    }

    private static void checkFloat(String what, DType dtype) {
        switch (dtype) {
            case F32, F16, BF16, F64 -> {}
            case F8_E4M3, F8_E5M2, I64, I32, I16, I8, U8, BOOL ->
                throw new UnsupportedOpException("%s: got %s, wanted F32, F16, BF16 or F64".formatted(what, dtype));
        }
    }
}
