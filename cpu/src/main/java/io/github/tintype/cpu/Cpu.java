package io.github.tintype.cpu;

import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.device.NativeMemory;
import java.nio.file.Path;

/**
 * What every kernel of this room needs: the library, memory and threads.
 *
 * @param threads that kernels are cut for, which decides what is summed up together: the pool's, or where results must not depend on them always {@link #FIXED}
 */
record Cpu(OneDnn dnn, NativeMemory memory, WorkerPool pool, int threads) implements AutoCloseable {
    /** As many as keep most machines busy. A slice costs a microsecond, so that a few too many are nothing beside what is worth cutting. */
    static final int FIXED = 16;

    /** Loads the library and starts the threads. */
    static Cpu open(int threads) {
        return open(threads, false, FpMath.STRICT, CacheRoot.here().resolve("native"));
    }

    static Cpu open(int threads, boolean deterministic, FpMath math, Path nativeCache) {
        OneDnn dnn = new OneDnn(NativeLibrary.load(nativeCache), math);
        NativeMemory memory = new NativeMemory();
        WorkerPool pool = new WorkerPool(threads, memory, dnn::singleThread);
        return new Cpu(dnn, memory, pool, deterministic ? FIXED : threads);
    }

    @Override
    public void close() {
        pool.close();
        dnn.close();
    }
}
