package io.github.tintype.benchmark;

import io.github.tintype.runtime.PreparationListener;

/** Hears how far a {@link Benchmark} is. */
public interface BenchmarkListener {
    /** Hears nothing. */
    BenchmarkListener NONE = new BenchmarkListener() {
        @Override
        public void begins(Workload workload, int calls) {}

        @Override
        public void called(int calls) {}

        @Override
        public PreparationListener preparation() {
            return PreparationListener.NONE;
        }
    };

    /** So many calls will be made of {@code workload}; fewer if memory is short. */
    void begins(Workload workload, int calls);

    /** So many of them are made. */
    void called(int calls);

    /** Hears of first calls. */
    PreparationListener preparation();
}
