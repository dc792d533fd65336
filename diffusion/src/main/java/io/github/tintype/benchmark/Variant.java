package io.github.tintype.benchmark;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Mode;
import java.time.Duration;
import java.util.Optional;

/**
 * How a workload is run.
 *
 * @param form of the model
 * @param mode uncompiled if empty
 * @param regional whether only the blocks that the model repeats are compiled
 */
public record Variant(ModelForm form, Optional<Mode> mode, boolean regional) {
    /** Uncompiled, as it was loaded. */
    public static final Variant EAGER = new Variant(ModelForm.PLAIN, Optional.empty(), false);

    public Variant {
        if (regional && mode.isEmpty()) {
            throw new IllegalArgumentException("variant: got regional without a mode");
        }
    }

    /** E.g. {@code eager}, {@code bf16 eager} or {@code max-autotune regional}. */
    @Override
    public String toString() {
        return (form + " ").stripLeading() + mode.map(Mode::toString).orElse("eager") + (regional ? " regional" : "");
    }

    /** What compiles {@code model} so, with a budget if it measures; a graph break is an error, since its parts would be counted as one. */
    CompileOptions options(BenchmarkModel model, Optional<Duration> tuningBudget) {
        if (mode.isEmpty()) {
            return CompileOptions.EAGER;
        }
        CompileOptions plain = CompileOptions.DEFAULT.withMode(mode.get()).withFullgraph(true);
        CompileOptions whole = tuningBudget
                .filter(_ -> !mode.get().search().isNone())
                .map(plain::withTuningBudget)
                .orElse(plain);
        return regional ? whole.withRepeatedBlocks(model.repeatedBlocks()) : whole;
    }
}
