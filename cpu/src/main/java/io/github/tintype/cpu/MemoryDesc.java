package io.github.tintype.cpu;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.UnsupportedOpException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * How oneDNN sees a tensor: element type, logical sizes, and where the elements lie. A plain value: the native descriptor is made
 * for the moment in which a primitive is created.
 *
 * <p>Sizes are logical: an image is {@code [n,c,h,w]} and a convolution weight {@code [o,i,kh,kw]} whatever the strides say.
 */
sealed interface MemoryDesc {
    DType dtype();

    /** Bytes from the first element to after the last. */
    long bytes();

    /** Equal for equal layouts, and short. */
    default String key() {
        return this instanceof Packed packed ? packed.digest() : toString();
    }

    /** Elements at {@code Σ index·stride}. */
    record Strided(DType dtype, Shape sizes, Shape strides) implements MemoryDesc {
        @Override
        public long bytes() {
            long last = 0;
            for (int i = 0; i < sizes.rank(); i++) {
                last += (sizes.size(i) - 1) * strides.size(i);
            }
            return (last + 1) * dtype.bytes();
        }
    }

    /** The library chooses the layout; only for weights, which are packed once. */
    record Any(DType dtype, Shape sizes) implements MemoryDesc {
        @Override
        public long bytes() {
            return 0;
        }
    }

    /** A layout that the library chose, as its opaque value. Equal blobs are equal layouts. */
    final class Packed implements MemoryDesc {
        private final DType dtype;
        private final byte[] blob;
        private final long bytes;

        Packed(DType dtype, byte[] blob, long bytes) {
            this.dtype = dtype;
            this.blob = blob.clone();
            this.bytes = bytes;
        }

        @Override
        public DType dtype() {
            return dtype;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        byte[] blob() {
            return blob.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Packed packed && dtype == packed.dtype && Arrays.equals(blob, packed.blob);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(blob);
        }

        /** SHA-256 of the blob: names the layout in keys of packed weights. */
        String digest() {
            try {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(blob));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e); // every Java has SHA-256
            }
        }

        @Override
        public String toString() {
            return "packed(%d bytes)".formatted(bytes);
        }
    }

    /** Dense row-major. */
    static MemoryDesc dense(DType dtype, long... sizes) {
        Shape shape = Shape.of(sizes);
        return new Strided(dtype, shape, Shape.of(shape.contiguousStrides()));
    }

    /** Element strides as given. */
    static MemoryDesc strided(DType dtype, long[] sizes, long[] strides) {
        return new Strided(dtype, Shape.of(sizes), Shape.of(strides));
    }

    static MemoryDesc any(DType dtype, long... sizes) {
        return new Any(dtype, Shape.of(sizes));
    }

    /** {@code [n,c,h,w]} with channels innermost. */
    static MemoryDesc nhwc(DType dtype, long n, long c, long h, long w) {
        return strided(dtype, new long[] {n, c, h, w}, new long[] {h * w * c, 1, w * c, c});
    }

    /** The number of oneDNN's {@code dnnl_data_type_t}. @throws UnsupportedOpException if it has none */
    static int number(DType dtype) {
        return switch (dtype) {
            case F16 -> 1;
            case BF16 -> 2;
            case F32 -> 3;
            case I32 -> 4;
            case I8 -> 5;
            case U8, BOOL -> 6;
            case F8_E5M2 -> 9;
            case F8_E4M3 -> 10;
            case F64, I64, I16 ->
                throw new UnsupportedOpException(
                        "oneDNN: got element type %s, wanted one it computes with".formatted(dtype));
        };
    }
}
