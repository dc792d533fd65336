package io.github.tintype.cpu;

import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.device.NativeMemory;
import java.nio.file.Path;

/** What every kernel of this room needs: the library, memory and threads. */
record Cpu(OneDnn dnn, NativeMemory memory, WorkerPool pool) implements AutoCloseable {
    /** Loads the library and starts the threads. */
    static Cpu open(int threads) {
        return open(threads, CacheRoot.here().resolve("native"));
    }

    static Cpu open(int threads, Path nativeCache) {
        OneDnn dnn = new OneDnn(NativeLibrary.load(nativeCache));
        NativeMemory memory = new NativeMemory();
        return new Cpu(dnn, memory, new WorkerPool(threads, memory, dnn::singleThread));
    }

    int threads() {
        return pool.size();
    }

    @Override
    public void close() {
        pool.close();
    }
}
