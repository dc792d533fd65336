package io.github.tintype.cpu;

import java.nio.file.Path;

/** What every kernel of this room needs: the library and the threads. */
record Cpu(OneDnn dnn, WorkerPool pool) implements AutoCloseable {
    /** Loads the library and starts the threads. */
    static Cpu open(int threads) {
        return open(threads, NativeLibrary.defaultCache());
    }

    static Cpu open(int threads, Path nativeCache) {
        OneDnn dnn = new OneDnn(NativeLibrary.load(nativeCache));
        return new Cpu(dnn, new WorkerPool(threads, dnn::singleThread));
    }

    int threads() {
        return pool.size();
    }

    @Override
    public void close() {
        pool.close();
    }
}
