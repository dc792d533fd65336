package io.github.tintype.bench;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.tintype.code.GpuArchitecture;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * What running kernels takes of NVIDIA's driver: memory, modules, launches, clocks, on the first GPU and its default stream. For one thread.
 *
 * <p>Source: CUDA driver API, "Context", "Module", "Memory", "Execution control" and "Event management".
 */
final class Cuda implements AutoCloseable {
    /* One shape of a downcall for all: what is passed beyond a function's arguments is ignored. */
    private static final int WORDS = 11;
    private static final FunctionDescriptor SHAPE = FunctionDescriptor.of(
            JAVA_INT, Collections.nCopies(WORDS, JAVA_LONG).toArray(MemoryLayout[]::new));

    private static final long LAUNCH_PARAM_BUFFER_POINTER = 1;
    private static final long LAUNCH_PARAM_BUFFER_SIZE = 2;
    private static final int JIT_ERROR_LOG_BUFFER = 5;
    private static final int JIT_ERROR_LOG_BUFFER_SIZE = 6;
    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;
    private static final int LOG_BYTES = 8192;

    private final Arena arena = Arena.ofConfined();
    private final SymbolLookup driver;
    private final MethodHandle launchKernel;
    private final MemorySegment out = arena.allocate(JAVA_LONG);
    private final MemorySegment extra = arena.allocate(JAVA_LONG, 5);
    private final MemorySegment parameterBytes = arena.allocate(JAVA_LONG);
    private final int device;

    @SuppressWarnings("restricted")
    private Cuda() {
        driver = SymbolLookup.libraryLookup("libcuda.so.1", arena);
        launchKernel = function("cuLaunchKernel");
        call("cuInit", 0);
        call("cuDeviceGet", out.address(), 0);
        device = out.get(JAVA_INT, 0);
        call("cuDevicePrimaryCtxRetain", out.address(), device);
        call("cuCtxSetCurrent", out.get(JAVA_LONG, 0));
    }

    /** @throws IllegalArgumentException if there is no driver; IllegalStateException if there is no GPU */
    static Cuda open() {
        return new Cuda();
    }

    /** A kernel of a module, which lives as long as the driver is open. */
    record Function(long handle) {}

    @SuppressWarnings("restricted")
    private MethodHandle function(String name) {
        return Linker.nativeLinker().downcallHandle(driver.findOrThrow(name), SHAPE);
    }

    private void call(String name, long... words) {
        check(name, status(function(name), words));
    }

    private static int status(MethodHandle function, long... words) {
        long[] all = Arrays.copyOf(words, WORDS);
        try {
            return (int) function.invokeExact(
                    all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8], all[9], all[10]);
        } catch (Throwable e) {
            throw new IllegalStateException("the driver throws nothing", e);
        }
    }

    private static void check(String name, int status) {
        if (status != 0) {
            throw new IllegalStateException("%s: got error %d".formatted(name, status));
        }
    }

    /** E.g. {@code NVIDIA H100 80GB HBM3, sm_90}. */
    String description() {
        MemorySegment name = arena.allocate(256);
        call("cuDeviceGetName", name.address(), name.byteSize(), device);
        return "%s, sm_%d".formatted(name.getString(0), capability());
    }

    private int capability() {
        return 10 * attribute(COMPUTE_CAPABILITY_MAJOR) + attribute(COMPUTE_CAPABILITY_MINOR);
    }

    private int attribute(int attribute) {
        call("cuDeviceGetAttribute", out.address(), attribute, device);
        return out.get(JAVA_INT, 0);
    }

    /** Those whose PTX runs here, the newest last. */
    List<GpuArchitecture> architectures() {
        int capability = capability();
        return Arrays.stream(GpuArchitecture.values())
                .filter(architecture -> Integer.parseInt(architecture.target().substring("sm_".length())) <= capability)
                .toList();
    }

    /** The address of so many bytes on the GPU. */
    long allocate(long bytes) {
        call("cuMemAlloc_v2", out.address(), bytes);
        return out.get(JAVA_LONG, 0);
    }

    void free(long address) {
        call("cuMemFree_v2", address);
    }

    void upload(MemorySegment from, long to) {
        call("cuMemcpyHtoD_v2", to, from.address(), from.byteSize());
    }

    /** Waits for what was launched. */
    void download(long from, MemorySegment to) {
        call("cuMemcpyDtoH_v2", to.address(), from, to.byteSize());
    }

    /** Doesn't wait. */
    void copy(long from, long to, long bytes) {
        call("cuMemcpyDtoDAsync_v2", to, from, bytes, 0);
    }

    /** Assembles PTX. @throws IllegalStateException with the assembler's words */
    long module(String ptx) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment log = local.allocate(LOG_BYTES);
            MemorySegment options = local.allocateFrom(JAVA_INT, JIT_ERROR_LOG_BUFFER, JIT_ERROR_LOG_BUFFER_SIZE);
            MemorySegment values = local.allocateFrom(JAVA_LONG, log.address(), LOG_BYTES);
            MemorySegment text = local.allocateFrom(ptx, StandardCharsets.US_ASCII);
            int status = status(
                    function("cuModuleLoadDataEx"),
                    out.address(),
                    text.address(),
                    2,
                    options.address(),
                    values.address());
            if (status != 0) {
                throw new IllegalStateException(
                        "cuModuleLoadDataEx: got error %d: %s".formatted(status, log.getString(0)));
            }
            return out.get(JAVA_LONG, 0);
        }
    }

    void unload(long module) {
        call("cuModuleUnload", module);
    }

    Function kernel(long module, String name) {
        try (Arena local = Arena.ofConfined()) {
            call(
                    "cuModuleGetFunction",
                    out.address(),
                    module,
                    local.allocateFrom(name).address());
            return new Function(out.get(JAVA_LONG, 0));
        }
    }

    /**
     * Starts a kernel and doesn't wait.
     *
     * @param parameters all of them, as they lie in the kernel's parameter space
     */
    void launch(Function kernel, int blocks, int threads, MemorySegment parameters) {
        parameterBytes.set(JAVA_LONG, 0, parameters.byteSize());
        extra.setAtIndex(JAVA_LONG, 0, LAUNCH_PARAM_BUFFER_POINTER);
        extra.setAtIndex(JAVA_LONG, 1, parameters.address());
        extra.setAtIndex(JAVA_LONG, 2, LAUNCH_PARAM_BUFFER_SIZE);
        extra.setAtIndex(JAVA_LONG, 3, parameterBytes.address());
        check(
                "cuLaunchKernel",
                status(launchKernel, kernel.handle(), blocks, 1, 1, threads, 1, 1, 0, 0, 0, extra.address()));
    }

    /** Waits for all that was started, and says what went wrong in it. */
    void synchronize() {
        call("cuCtxSynchronize");
    }

    /** Seconds that the GPU takes for what {@code work} starts. */
    double seconds(Runnable work) {
        long begin = event();
        long end = event();
        call("cuEventRecord", begin, 0);
        work.run();
        call("cuEventRecord", end, 0);
        call("cuEventSynchronize", end);
        call("cuEventElapsedTime", out.address(), begin, end);
        float milliseconds = out.get(JAVA_FLOAT, 0);
        call("cuEventDestroy_v2", begin);
        call("cuEventDestroy_v2", end);
        return milliseconds * 1e-3;
    }

    private long event() {
        call("cuEventCreate", out.address(), 0);
        return out.get(JAVA_LONG, 0);
    }

    @Override
    public void close() {
        call("cuDevicePrimaryCtxRelease_v2", device);
        arena.close();
    }
}
