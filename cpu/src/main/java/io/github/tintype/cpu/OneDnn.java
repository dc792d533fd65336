package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.UnsupportedOpException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * oneDNN's C interface: one method for each kind of primitive. Source: oneapi/dnnl/dnnl.h of oneDNN 3.
 *
 * <p>The library is the OpenMP build and would start a team of threads for each calling thread; we slice the work ourselves and keep
 * it on the calling thread ({@link #singleThread}). Scratch memory is ours too.
 *
 * @throws UnsupportedOpException where the library has no implementation; the message names the primitive, its types and sizes
 * @throws DeviceException ({@code NATIVE}) if it refuses the arguments
 */
final class OneDnn implements AutoCloseable {
    /* Of the library's own cache, which holds primitives that nobody uses any more, half a megabyte of code each: 1024 unless told. Those in use are shared by our own. */
    private static final int UNUSED_PRIMITIVES = 64;

    private static final int FORWARD_INFERENCE = 96;
    private static final int FORWARD_TRAINING = 64;
    private static final int CONVOLUTION_DIRECT = 1;
    private static final int SOFTMAX_ACCURATE = 0x30000;
    private static final int RESAMPLING_NEAREST = 0x2fff0;
    private static final int USE_GLOBAL_STATISTICS = 1;
    private static final int USE_SCALE = 2;
    private static final int USE_SHIFT = 4;

    /* dnnl_exec_arg_t indices */
    static final int SRC = 1;
    static final int SRC_1 = 2;
    static final int DST = 17;
    static final int WEIGHTS = 33;
    static final int BIAS = 41;
    static final int MEAN = 49;
    static final int VARIANCE = 50;
    static final int SCALE = 51;
    static final int SHIFT = 52;
    static final int SCRATCHPAD = 80;
    static final int MULTIPLE_SRC = 1024;
    private static final int POST_OP_0 = 32768;

    final Descriptors descriptors;
    final Executor executor;
    private final Native.Words4 setThreads;
    private final Native.Words13 matmul;
    private final Native.Words13 convolution;
    private final Native.Words13 softmax;
    private final FpMath math;
    private final Native.Words8Floats2 layerNorm;
    private final Native.Words8Floats2 batchNorm;
    private final Native.Words8Floats2 eltwise;
    private final Native.Words13 binary;
    private final Native.Words13 resampling;
    private final Native.Words13 reorder;
    private final Native.Words13 concat;

    /** @param math for products of matrices */
    OneDnn(NativeLibrary library, FpMath math) {
        this.math = math;
        SymbolLookup dnnl = library.dnnl();
        setThreads = Native.Words4.of(library.openmp(), "omp_set_num_threads");
        matmul = Native.Words13.of(dnnl, "dnnl_matmul_primitive_desc_create");
        convolution = Native.Words13.of(dnnl, "dnnl_convolution_forward_primitive_desc_create");
        softmax = Native.Words13.of(dnnl, "dnnl_softmax_forward_primitive_desc_create");
        layerNorm = Native.Words8Floats2.of(dnnl, "dnnl_layer_normalization_forward_primitive_desc_create");
        batchNorm = Native.Words8Floats2.of(dnnl, "dnnl_batch_normalization_forward_primitive_desc_create");
        eltwise = Native.Words8Floats2.of(dnnl, "dnnl_eltwise_forward_primitive_desc_create");
        binary = Native.Words13.of(dnnl, "dnnl_binary_primitive_desc_create");
        resampling = Native.Words13.of(dnnl, "dnnl_resampling_forward_primitive_desc_create");
        reorder = Native.Words13.of(dnnl, "dnnl_reorder_primitive_desc_create");
        concat = Native.Words13.of(dnnl, "dnnl_concat_primitive_desc_create");
        descriptors = new Descriptors(dnnl);
        singleThread();
        executor = new Executor(dnnl);
        int status = Native.Words4.of(dnnl, "dnnl_set_primitive_cache_capacity").status(UNUSED_PRIMITIVES, 0, 0, 0);
        Executor.check(status, "primitive cache", List.of());
    }

    /** How products of matrices of F32 are computed. */
    FpMath math() {
        return math;
    }

    /** Makes primitives that the calling thread creates or runs use that thread only. */
    void singleThread() {
        setThreads.call(1, 0, 0, 0);
    }

    /** src [m,k] or [b,m,k] · weights [k,n] or [b,k,n] (+ bias, broadcast) → dst. Arguments: src, weights, (bias,) dst. */
    Primitive matmul(
            MemoryDesc src, MemoryDesc weights, Optional<MemoryDesc> bias, MemoryDesc dst, List<PostOp> postOps) {
        List<Primitive.Argument> arguments = new ArrayList<>();
        arguments.add(new Primitive.Argument(SRC, src));
        arguments.add(new Primitive.Argument(WEIGHTS, weights));
        bias.ifPresent(desc -> arguments.add(new Primitive.Argument(BIAS, desc)));
        arguments.add(new Primitive.Argument(DST, dst));
        return create("matmul", arguments, postOps, math, (scope, result, attr) -> {
            long noneOrBias = bias.isPresent() ? scope.of(bias.get()) : 0;
            return matmul.status(
                    result, executor.engine, scope.of(src), scope.of(weights), noneOrBias, scope.of(dst), attr);
        });
    }

    /** What a convolution does besides its tensors; {@code dilation} 1 is dense, as in torch. */
    record Window(int strideH, int strideW, int top, int left, int bottom, int right, int dilationH, int dilationW) {}

    /** src [n,c,h,w] ∗ weights [o,c,kh,kw] or [g,o/g,c/g,kh,kw] (+ bias [o]) → dst. Arguments: src, weights, (bias,) dst. */
    Primitive convolution(
            MemoryDesc src,
            MemoryDesc weights,
            Optional<MemoryDesc> bias,
            MemoryDesc dst,
            Window window,
            List<PostOp> postOps) {
        List<Primitive.Argument> arguments = new ArrayList<>();
        arguments.add(new Primitive.Argument(SRC, src));
        arguments.add(new Primitive.Argument(WEIGHTS, weights));
        bias.ifPresent(desc -> arguments.add(new Primitive.Argument(BIAS, desc)));
        arguments.add(new Primitive.Argument(DST, dst));
        return create(
                "convolution " + window,
                arguments,
                postOps,
                (scope, result, attr) -> convolution.status(
                        result,
                        executor.engine,
                        FORWARD_INFERENCE,
                        CONVOLUTION_DIRECT,
                        scope.of(src),
                        scope.of(weights),
                        bias.isPresent() ? scope.of(bias.get()) : 0,
                        scope.of(dst),
                        scope.longs(window.strideH(), window.strideW()),
                        scope.longs(window.dilationH() - 1, window.dilationW() - 1),
                        scope.longs(window.top(), window.left()),
                        scope.longs(window.bottom(), window.right()),
                        attr));
    }

    /** Along one axis. Arguments: src, dst. */
    Primitive softmax(MemoryDesc src, MemoryDesc dst, int axis) {
        return create(
                "softmax",
                unary(src, dst),
                List.of(),
                (scope, result, attr) -> softmax.status(
                        result,
                        executor.engine,
                        FORWARD_INFERENCE,
                        SOFTMAX_ACCURATE,
                        scope.of(src),
                        scope.of(dst),
                        axis,
                        attr));
    }

    /** Over the last axis of [rows,c]. Arguments: src, (scale [c], shift [c],) dst. */
    Primitive layerNorm(MemoryDesc src, Optional<MemoryDesc> scaleAndShift, MemoryDesc dst, double eps) {
        List<Primitive.Argument> arguments = new ArrayList<>();
        arguments.add(new Primitive.Argument(SRC, src));
        scaleAndShift.ifPresent(desc -> {
            arguments.add(new Primitive.Argument(SCALE, desc));
            arguments.add(new Primitive.Argument(SHIFT, desc));
        });
        arguments.add(new Primitive.Argument(DST, dst));
        int flags = scaleAndShift.isPresent() ? USE_SCALE | USE_SHIFT : 0;
        return create(
                "layer norm",
                arguments,
                List.of(),
                (scope, result, attr) -> layerNorm.status(
                        (float) eps,
                        0,
                        result,
                        executor.engine,
                        FORWARD_INFERENCE,
                        scope.of(src),
                        scope.of(dst),
                        0,
                        flags,
                        attr));
    }

    /** Statistics of src [n,c,h,w] per channel. Arguments: src, dst (normalised), mean [c], variance [c]. */
    Primitive batchStatistics(MemoryDesc src, MemoryDesc dst, MemoryDesc statistics) {
        List<Primitive.Argument> arguments = new ArrayList<>(unary(src, dst));
        arguments.add(new Primitive.Argument(MEAN, statistics));
        arguments.add(new Primitive.Argument(VARIANCE, statistics));
        return create(
                "batch statistics",
                arguments,
                List.of(),
                (scope, result, attr) -> batchNorm.status(
                        1, 0, result, executor.engine, FORWARD_TRAINING, scope.of(src), scope.of(dst), 0, attr));
    }

    /** With given statistics. Arguments: src, dst, mean [c], variance [c], scale [c], shift [c]. */
    Primitive batchNormalize(
            MemoryDesc src, MemoryDesc dst, MemoryDesc statistics, MemoryDesc scaleAndShift, double eps) {
        List<Primitive.Argument> arguments = new ArrayList<>(unary(src, dst));
        arguments.add(new Primitive.Argument(MEAN, statistics));
        arguments.add(new Primitive.Argument(VARIANCE, statistics));
        arguments.add(new Primitive.Argument(SCALE, scaleAndShift));
        arguments.add(new Primitive.Argument(SHIFT, scaleAndShift));
        return create(
                "batch norm",
                arguments,
                List.of(),
                (scope, result, attr) -> batchNorm.status(
                        (float) eps,
                        0,
                        result,
                        executor.engine,
                        FORWARD_INFERENCE,
                        scope.of(src),
                        scope.of(dst),
                        USE_GLOBAL_STATISTICS | USE_SCALE | USE_SHIFT,
                        attr));
    }

    /** Arguments: src, dst. */
    Primitive eltwise(PostOp.Eltwise function, MemoryDesc src, MemoryDesc dst, List<PostOp> postOps) {
        return create(
                function.toString(),
                unary(src, dst),
                postOps,
                (scope, result, attr) -> eltwise.status(
                        function.alpha(),
                        function.beta(),
                        result,
                        executor.engine,
                        FORWARD_INFERENCE,
                        function.function().number,
                        scope.of(src),
                        scope.of(dst),
                        attr));
    }

    /** a (operation) b, where a size 1 of b broadcasts. Arguments: a, b, dst. */
    Primitive binary(
            PostOp.BinaryOperation operation, MemoryDesc a, MemoryDesc b, MemoryDesc dst, List<PostOp> postOps) {
        List<Primitive.Argument> arguments = List.of(
                new Primitive.Argument(SRC, a), new Primitive.Argument(SRC_1, b), new Primitive.Argument(DST, dst));
        return create(
                operation.toString(),
                arguments,
                postOps,
                (scope, result, attr) -> binary.status(
                        result, executor.engine, operation.number, scope.of(a), scope.of(b), scope.of(dst), attr));
    }

    /** [n,c,h,w] → [n,c,h',w'], nearest as the library rounds: the same as torch for whole factors. Arguments: src, dst. */
    Primitive resampleNearest(MemoryDesc src, MemoryDesc dst) {
        return create(
                "resampling",
                unary(src, dst),
                List.of(),
                (scope, result, attr) -> resampling.status(
                        result,
                        executor.engine,
                        FORWARD_INFERENCE,
                        RESAMPLING_NEAREST,
                        0,
                        scope.of(src),
                        scope.of(dst),
                        attr));
    }

    /** A copy between layouts and element types. Arguments: src, dst. */
    Primitive reorder(MemoryDesc src, MemoryDesc dst) {
        return create(
                "reorder",
                unary(src, dst),
                List.of(),
                (scope, result, attr) ->
                        reorder.status(result, scope.of(src), executor.engine, scope.of(dst), executor.engine, attr));
    }

    /** Arguments: each source, dst. */
    Primitive concat(List<MemoryDesc> sources, MemoryDesc dst, int axis) {
        List<Primitive.Argument> arguments = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            arguments.add(new Primitive.Argument(MULTIPLE_SRC + i, sources.get(i)));
        }
        arguments.add(new Primitive.Argument(DST, dst));
        return create(
                "concat",
                arguments,
                List.of(),
                (scope, result, attr) -> concat.status(
                        result,
                        executor.engine,
                        scope.of(dst),
                        sources.size(),
                        axis,
                        scope.longs(sources.stream().mapToLong(scope::of).toArray()),
                        attr));
    }

    private static List<Primitive.Argument> unary(MemoryDesc src, MemoryDesc dst) {
        return List.of(new Primitive.Argument(SRC, src), new Primitive.Argument(DST, dst));
    }

    @FunctionalInterface
    private interface Creation {
        int create(Descriptors.Scope scope, long result, long attr);
    }

    private Primitive create(String kind, List<Primitive.Argument> arguments, List<PostOp> postOps, Creation creation) {
        return create(kind, arguments, postOps, FpMath.STRICT, creation);
    }

    private Primitive create(
            String kind, List<Primitive.Argument> arguments, List<PostOp> postOps, FpMath with, Creation creation) {
        singleThread();
        List<Primitive.Argument> all = new ArrayList<>(arguments);
        for (int i = 0; i < postOps.size(); i++) {
            if (postOps.get(i) instanceof PostOp.Binary(PostOp.BinaryOperation operation, MemoryDesc other)) {
                all.add(new Primitive.Argument(POST_OP_0 * (i + 1) | SRC_1, other));
            }
        }
        try (Descriptors.Scope scope = descriptors.scope()) {
            MemorySegment result = scope.arena().allocate(JAVA_LONG);
            int status = creation.create(scope, result.address(), scope.attributes(postOps, with));
            Executor.check(status, kind, all);
            return executor.primitive(result.get(JAVA_LONG, 0), kind, all, scope);
        }
    }

    /** Frees all primitives that there are. */
    @Override
    public void close() {
        executor.owner.close();
    }

    /** Whether this processor computes matrix products of the type, found by asking for a small one. */
    boolean computes(DType dtype) {
        MemoryDesc small = MemoryDesc.dense(dtype, 16, 16);
        try (Primitive probe = matmul(small, small, Optional.empty(), small, List.of())) {
            return !probe.implementation().startsWith("ref");
        } catch (UnsupportedOpException none) {
            return false;
        }
    }
}
