package io.github.tintype.benchmark;

import io.github.tintype.runtime.Profile;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * All calls of one kind of kernel in one call of a program.
 *
 * @param name operator and implementation
 * @param bytes read and written at least
 */
public record KernelShare(String name, int calls, double seconds, long flops, long bytes) {
    /** Seconds that they would take at the machine's peaks, taken together: a kind has calls of one sort. */
    OptionalDouble roofline(Peaks peaks) {
        return peaks.roofline(flops, bytes);
    }

    private KernelShare plus(KernelShare other) {
        return new KernelShare(
                name, calls + other.calls, seconds + other.seconds, flops + other.flops, bytes + other.bytes);
    }

    /** By kind, what took longest first. */
    static List<KernelShare> of(Profile profile) {
        Map<String, KernelShare> kinds = new LinkedHashMap<>();
        for (Profile.Entry entry : profile.entries()) {
            String name = entry.name() + " " + entry.implementation();
            kinds.merge(
                    name,
                    new KernelShare(name, 1, entry.nanos() * 1e-9, entry.flops(), entry.bytes()),
                    KernelShare::plus);
        }
        return kinds.values().stream()
                .sorted(Comparator.comparingDouble(KernelShare::seconds).reversed())
                .toList();
    }
}
