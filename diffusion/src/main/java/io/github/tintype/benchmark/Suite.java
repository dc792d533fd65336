package io.github.tintype.benchmark;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to measure.
 *
 * @param workloads one after another
 * @param variants of each, by turns; regional ones only of models that repeat blocks
 * @param rounds timed calls of each variant
 * @param warmup calls before them, after the first, which compiles
 * @param memoryBudget most bytes of tensors, weights in both forms included
 * @param tuningBudget the most time that measuring kernels takes, for each variant that does so
 */
public record Suite(
        List<Workload> workloads,
        List<Variant> variants,
        int rounds,
        int warmup,
        long memoryBudget,
        Optional<Duration> tuningBudget) {
    public Suite {
        workloads = List.copyOf(workloads);
        variants = List.copyOf(variants);
        if (workloads.isEmpty() || variants.isEmpty() || rounds < 1 || warmup < 0) {
            throw new IllegalArgumentException(
                    "suite: got %s, %s, %d rounds after %d, wanted one or more of each, and no less than 0 to warm up"
                            .formatted(workloads, variants, rounds, warmup));
        }
    }

    /** The variants that make sense of {@code model}. */
    List<Variant> variantsOf(BenchmarkModel model) {
        return variants.stream()
                .filter(variant ->
                        !variant.regional() || !model.repeatedBlocks().isEmpty())
                .toList();
    }

    /** Calls of each variant, with the first and the profiled one. */
    int calls() {
        return 1 + warmup + rounds + 1;
    }
}
