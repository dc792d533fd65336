package io.github.tintype.benchmark;

import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Mode;
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

    /** What compiles {@code model} so; a graph break is an error, since its parts would be counted as one. */
    CompileOptions options(BenchmarkModel model) {
        if (mode.isEmpty()) {
            return CompileOptions.EAGER;
        }
        CompileOptions whole = CompileOptions.DEFAULT.withMode(mode.get()).withFullgraph(true);
        return regional ? whole.withRepeatedBlocks(model.repeatedBlocks()) : whole;
    }
}
