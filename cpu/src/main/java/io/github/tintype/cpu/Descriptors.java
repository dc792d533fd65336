package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes oneDNN's native memory descriptors and attributes from our values. */
final class Descriptors {
    private static final int TAG_ANY = 1;
    private static final int SCRATCHPAD_USER = 1;
    private static final int QUERY_SUBMEMORY_OFFSET = 259;

    private final Native.Words13 withStrides;
    private final Native.Words13 withTag;
    private final Native.Words4 withBlob;
    private final Native.Words4 getBlob;
    private final Native.Words4 getSize;
    private final Native.Words4 destroyDesc;
    private final Native.Words4 createPart;
    private final Native.Words4 queryDesc;
    private final Native.Words4 createAttr;
    private final Native.Words4 destroyAttr;
    private final Native.Words4 setScratchpad;
    private final Native.Words4 setFpMath;
    private final Native.Words4 setPostOps;
    private final Native.Words4 createPostOps;
    private final Native.Words4 destroyPostOps;
    private final Native.Words8Floats2 appendEltwise;
    private final Native.Words4 appendBinary;

    Descriptors(SymbolLookup dnnl) {
        withStrides = Native.Words13.of(dnnl, "dnnl_memory_desc_create_with_strides");
        withTag = Native.Words13.of(dnnl, "dnnl_memory_desc_create_with_tag");
        withBlob = Native.Words4.of(dnnl, "dnnl_memory_desc_create_with_blob");
        getBlob = Native.Words4.of(dnnl, "dnnl_memory_desc_get_blob");
        getSize = Native.Words4.of(dnnl, "dnnl_memory_desc_get_size");
        createPart = Native.Words4.of(dnnl, "dnnl_memory_desc_create_submemory");
        queryDesc = Native.Words4.of(dnnl, "dnnl_memory_desc_query");
        destroyDesc = Native.Words4.of(dnnl, "dnnl_memory_desc_destroy");
        createAttr = Native.Words4.of(dnnl, "dnnl_primitive_attr_create");
        destroyAttr = Native.Words4.of(dnnl, "dnnl_primitive_attr_destroy");
        setScratchpad = Native.Words4.of(dnnl, "dnnl_primitive_attr_set_scratchpad_mode");
        setFpMath = Native.Words4.of(dnnl, "dnnl_primitive_attr_set_fpmath_mode");
        setPostOps = Native.Words4.of(dnnl, "dnnl_primitive_attr_set_post_ops");
        createPostOps = Native.Words4.of(dnnl, "dnnl_post_ops_create");
        destroyPostOps = Native.Words4.of(dnnl, "dnnl_post_ops_destroy");
        appendEltwise = Native.Words8Floats2.of(dnnl, "dnnl_post_ops_append_eltwise");
        appendBinary = Native.Words4.of(dnnl, "dnnl_post_ops_append_binary");
    }

    Scope scope() {
        return new Scope();
    }

    /** Bytes that the native descriptor at this address covers; 0 for none. */
    long bytes(long desc) {
        return desc == 0 ? 0 : getSize.call(desc, 0, 0, 0);
    }

    /** The layout that the library chose, as a value. */
    MemoryDesc.Packed packed(DType dtype, long desc) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            Executor.check(getBlob.status(0, size.address(), desc, 0), "memory descriptor", List.of());
            MemorySegment blob = arena.allocate(size.get(JAVA_LONG, 0));
            Executor.check(getBlob.status(blob.address(), size.address(), desc, 0), "memory descriptor", List.of());
            return new MemoryDesc.Packed(dtype, blob.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), bytes(desc));
        }
    }

    /**
     * A part of a layout.
     *
     * @param layout seen from the beginning of the whole
     * @param offset bytes from there to the part
     */
    record Part(MemoryDesc.Packed layout, long offset) {}

    /** The elements from {@code from} to {@code from + sizes} of a layout, if it can be cut there. */
    Optional<Part> part(MemoryDesc.Packed whole, long[] sizes, long[] from) {
        try (Scope scope = scope()) {
            MemorySegment result = scope.arena().allocate(JAVA_LONG);
            int status = createPart.status(result.address(), scope.of(whole), scope.longs(sizes), scope.longs(from));
            if (status != 0) {
                return Optional.empty();
            }
            long address = result.get(JAVA_LONG, 0);
            scope.releases.add(() -> destroyDesc.call(address, 0, 0, 0));
            MemorySegment offset = scope.arena().allocate(JAVA_LONG);
            Executor.check(
                    queryDesc.status(address, QUERY_SUBMEMORY_OFFSET, offset.address(), 0),
                    "memory descriptor",
                    List.of());
            return Optional.of(new Part(
                    packed(whole.dtype(), address),
                    offset.get(JAVA_LONG, 0) * whole.dtype().bytes()));
        }
    }

    /** Native objects that live until the primitive has been created. */
    final class Scope implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final List<Runnable> releases = new ArrayList<>();

        private Scope() {}

        Arena arena() {
            return arena;
        }

        /** See {@link Descriptors#packed}. */
        MemoryDesc.Packed packed(DType dtype, long desc) {
            return Descriptors.this.packed(dtype, desc);
        }

        Descriptors owner() {
            return Descriptors.this;
        }

        /** The address of an array of 64-bit numbers. */
        long longs(long... values) {
            return arena.allocateFrom(JAVA_LONG, values).address();
        }

        /** The address of a native descriptor. */
        long of(MemoryDesc desc) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            int status = switch (desc) {
                case MemoryDesc.Strided(DType dtype, Shape sizes, Shape strides) ->
                    withStrides.status(
                            result.address(),
                            sizes.rank(),
                            longs(sizes.sizes()),
                            MemoryDesc.number(dtype),
                            longs(strides.sizes()));
                case MemoryDesc.Any(DType dtype, Shape sizes) ->
                    withTag.status(
                            result.address(), sizes.rank(), longs(sizes.sizes()), MemoryDesc.number(dtype), TAG_ANY);
                case MemoryDesc.Packed packed ->
                    withBlob.status(
                            result.address(),
                            arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_BYTE, packed.blob())
                                    .address(),
                            0,
                            0);
            };
            Executor.check(status, "memory descriptor " + desc, List.of());
            long address = result.get(JAVA_LONG, 0);
            releases.add(() -> destroyDesc.call(address, 0, 0, 0));
            return address;
        }

        /** The address of attributes: these operations after the primitive's own, scratch memory that we bring, and how products of F32 may be computed. */
        long attributes(List<PostOp> postOps, FpMath math) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            check(createAttr.status(result.address(), 0, 0, 0));
            long attr = result.get(JAVA_LONG, 0);
            releases.add(() -> destroyAttr.call(attr, 0, 0, 0));
            check(setScratchpad.status(attr, SCRATCHPAD_USER, 0, 0));
            check(setFpMath.status(attr, math.number, 0, 0));
            if (!postOps.isEmpty()) {
                check(createPostOps.status(result.address(), 0, 0, 0));
                long list = result.get(JAVA_LONG, 0);
                releases.add(() -> destroyPostOps.call(list, 0, 0, 0));
                postOps.forEach(postOp -> check(append(list, postOp)));
                check(setPostOps.status(attr, list, 0, 0));
            }
            return attr;
        }

        private int append(long list, PostOp postOp) {
            return switch (postOp) {
                case PostOp.Eltwise(PostOp.Function function, float alpha, float beta) ->
                    appendEltwise.status(alpha, beta, list, function.number);
                case PostOp.Binary(PostOp.BinaryOperation operation, MemoryDesc other) ->
                    appendBinary.status(list, operation.number, of(other), 0);
                case PostOp.Operand operand -> throw new IllegalStateException("not cut to a slice: " + operand);
            };
        }

        private void check(int status) {
            Executor.check(status, "primitive attributes", List.of());
        }

        @Override
        public void close() {
            releases.reversed().forEach(Runnable::run);
            arena.close();
        }
    }
}
