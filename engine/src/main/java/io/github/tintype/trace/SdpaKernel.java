package io.github.tintype.trace;

import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A stretch of code whose attention is computed by certain back ends. It holds for what the calling thread records inside, and for nobody
 * else; the innermost one counts alone, and a model's own choice is further inside than any. Source: torch.nn.attention.sdpa_kernel.
 *
 * <p>The choice is written down where attention is recorded. A compiled function that asked for it is compiled anew for another one.
 */
public final class SdpaKernel {
    private static final ScopedValue<Level> INNERMOST = ScopedValue.newInstance();

    private final SdpaChoice choice;

    /* What holds, and whether anybody wanted to know. */
    private record Level(SdpaChoice choice, AtomicBoolean asked) {
        static Level of(SdpaChoice choice) {
            return new Level(choice, new AtomicBoolean());
        }
    }

    private SdpaKernel(SdpaChoice choice) {
        this.choice = choice;
    }

    /** Any of these, as the device likes best. */
    public static SdpaKernel with(SdpBackend backend, SdpBackend... others) {
        return with(List.copyOf(EnumSet.of(backend, others)), false);
    }

    /**
     * Any of these.
     *
     * @param setPriority whether the first one of the list that can is taken
     * @throws IllegalArgumentException if there are none
     */
    public static SdpaKernel with(List<SdpBackend> backends, boolean setPriority) {
        return with(new SdpaChoice(backends, setPriority));
    }

    /** By this choice; {@link SdpaChoice#AUTOMATIC} undoes what is around. */
    public static SdpaKernel with(SdpaChoice choice) {
        return new SdpaKernel(choice);
    }

    /** Runs {@code code} under this choice. What was chosen before is chosen again afterwards, however it ends. */
    public void run(Runnable code) {
        ScopedValue.where(INNERMOST, Level.of(choice)).run(code);
    }

    /** As {@link #run}, with a result. */
    public <R, X extends Throwable> R call(ScopedValue.CallableOp<? extends R, X> code) throws X {
        return ScopedValue.where(INNERMOST, Level.of(choice)).call(code);
    }

    /** What is chosen here: {@link SdpaChoice#AUTOMATIC} unless somebody around chose. */
    public static SdpaChoice current() {
        if (!INNERMOST.isBound()) {
            return SdpaChoice.AUTOMATIC;
        }
        INNERMOST.get().asked().set(true);
        return INNERMOST.get().choice();
    }

    /**
     * A result, and under which choice it is right.
     *
     * @param choice the one that was current, if it was asked for; otherwise the result is the same under any
     */
    public record Watched<R>(R result, Optional<SdpaChoice> choice) {}

    /** Runs {@code code} under the current choice, for whoever keeps what it gives. */
    public static <R> Watched<R> watch(Supplier<R> code) {
        Level level = Level.of(current());
        R result = ScopedValue.where(INNERMOST, level).call(code::get);
        return new Watched<>(result, level.asked().get() ? Optional.of(level.choice()) : Optional.empty());
    }
}
