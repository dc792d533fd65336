package io.github.tintype.benchmark;

import io.github.tintype.loop.LoopCompilerProvider;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * What this machine does at most with so many threads, measured.
 *
 * @param flops floating-point operations of f32 a second, two for a fused multiply-add; not measured where no compiler of loops is installed
 * @param bandwidth bytes a second that copying reads and writes
 */
public record Peaks(int threads, OptionalDouble flops, double bandwidth) {
    public Peaks {
        if (threads < 1 || !(bandwidth > 0) || !(flops.orElse(1) > 0)) {
            throw new IllegalArgumentException("peaks: got %d threads, %s FLOP/s, %s bytes/s, wanted all above 0"
                    .formatted(threads, flops, bandwidth));
        }
    }

    /**
     * Measures both; takes three seconds.
     *
     * @param nativeCache where the compiler's native libraries are unpacked
     * @throws io.github.tintype.tensor.DeviceException if a compiler is installed and doesn't run
     */
    public static Peaks measure(int threads, Path nativeCache) {
        return new Peaks(
                threads,
                LoopCompilerProvider.installed()
                        .map(provider -> OptionalDouble.of(FmaPeak.measure(provider, nativeCache, threads)))
                        .orElseGet(OptionalDouble::empty),
                MemoryBandwidth.measure(threads));
    }

    /**
     * Seconds that a kernel takes at least by the roofline model: whatever is longer, its arithmetic at the peak or its traffic at the bandwidth. Caches are
     * not in the model, so that a kernel whose operands are in one may take less. Nothing if the peak of arithmetic is not known.
     */
    public OptionalDouble roofline(long flopsOfIt, long bytesOfIt) {
        return flops.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(Math.max(flopsOfIt / flops.getAsDouble(), bytesOfIt / bandwidth));
    }
}
