package io.github.tintype.benchmark;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** One workload run in one way, and what came of it. */
public record Row(Workload workload, Variant variant, Outcome outcome) {
    /** What came of it. */
    public sealed interface Outcome {}

    /**
     * It ran.
     *
     * @param beside variants of the same workload that were resident with it and took turns with it, itself included, in order
     * @param work of one call: what the plan's kernels compute and move
     * @param kernels of one more call, which isn't among {@code timings}; longest first
     * @param quality of its results beside those of the workload's first variant; empty for that one, and where there is none
     */
    public record Measured(
            List<Variant> beside,
            Timings timings,
            FirstCall firstCall,
            MemoryUse memory,
            List<Work> work,
            List<KernelShare> kernels,
            Optional<Quality> quality)
            implements Outcome {
        public Measured {
            beside = List.copyOf(beside);
            work = List.copyOf(work);
            kernels = List.copyOf(kernels);
        }

        public long flops() {
            return work.stream().mapToLong(Work::flops).sum();
        }

        public long bytes() {
            return work.stream().mapToLong(Work::bytes).sum();
        }

        /** Floating-point operations a second, in the median. */
        public double flopsPerSecond() {
            return flops() / timings.median();
        }

        public double bytesPerSecond() {
            return bytes() / timings.median();
        }

        /** Seconds that a call would take if each kernel ran at the machine's peaks, if those are known. */
        public OptionalDouble roofline(Peaks peaks) {
            return peaks.flops().isEmpty()
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(work.stream()
                            .mapToDouble(call ->
                                    peaks.roofline(call.flops(), call.bytes()).orElseThrow())
                            .sum());
        }
    }

    /** Memory was short. */
    public record Refused(String reason) implements Outcome {}

    /**
     * One kernel call.
     *
     * @param bytes read and written at least
     */
    public record Work(long flops, long bytes) {}
}
