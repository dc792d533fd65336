package io.github.tintype.runtime;

import io.github.tintype.compile.Call;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Collects each kernel's time, bytes and floating-point operations. May be given to runs on several threads. */
public final class Profile {
    /** One kernel call. */
    public record Entry(
            String program, String name, String scope, String implementation, long nanos, long bytes, long flops) {}

    private final List<Entry> entries = new ArrayList<>();

    synchronized void add(String program, Call call, long nanos) {
        entries.add(new Entry(
                program, call.name(), call.scope(), call.implementation(), nanos, call.bytes(), call.flops()));
    }

    /** All calls so far, in order of their end. */
    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** Totals by kind of operator and implementation, longest first: one line each. */
    public String summary() {
        return summary(OptionalDouble.empty());
    }

    /** As {@link #summary()}, with the traffic of memory in percent too of {@code bandwidth} bytes a second, which copying reaches. */
    public String summary(double bandwidth) {
        return summary(OptionalDouble.of(bandwidth));
    }

    private String summary(OptionalDouble bandwidth) {
        Map<String, long[]> totals = new LinkedHashMap<>();
        for (Entry entry : entries()) {
            long[] total = totals.computeIfAbsent(entry.name() + " " + entry.implementation(), _ -> new long[4]);
            total[0]++;
            total[1] += entry.nanos();
            total[2] += entry.bytes();
            total[3] += entry.flops();
        }
        StringBuilder text = new StringBuilder();
        totals.entrySet().stream()
                .sorted(Comparator.comparingLong(total -> -total.getValue()[1]))
                .forEach(total -> {
                    long[] sums = total.getValue();
                    double seconds = sums[1] * 1e-9;
                    double traffic = sums[2] / seconds;
                    String share = bandwidth.isPresent()
                            ? " (%3.0f %%)".formatted(100 * traffic / bandwidth.getAsDouble())
                            : "";
                    text.append("%8d × %9.3f s %8.1f GFLOP/s %7.1f GB/s%s  %s%n"
                            .formatted(
                                    sums[0], seconds, sums[3] * 1e-9 / seconds, traffic * 1e-9, share, total.getKey()));
                });
        return text.toString();
    }
}
