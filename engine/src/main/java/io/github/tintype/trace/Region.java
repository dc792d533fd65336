package io.github.tintype.trace;

import io.github.tintype.graph.Scope;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** The boundary around a module's forward. Nodes recorded inside carry the call's {@link Scope}. */
public final class Region {
    private static final ScopedValue<Scope> SCOPE = ScopedValue.newInstance();
    private static final ScopedValue<BiConsumer<String, Object>> OBSERVER = ScopedValue.newInstance();

    private Region() {}

    static Scope current() {
        return SCOPE.orElse(Scope.NONE);
    }

    static <R> R run(Module module, Supplier<R> forward) {
        Scope scope = new Scope(module.path(), module.getClass().getSimpleName(), current());
        R result = ScopedValue.where(SCOPE, scope).call(forward::get);
        if (OBSERVER.isBound()) {
            OBSERVER.get().accept(module.path(), result);
        }
        return result;
    }

    /** Whether somebody hears of the modules that this thread calls. */
    public static boolean isObserved() {
        return OBSERVER.isBound();
    }

    /** Runs {@code body} and tells {@code onOutput} the path and the returned value of each module call that ends inside it. */
    public static <R> R observe(BiConsumer<String, Object> onOutput, Supplier<R> body) {
        return ScopedValue.where(OBSERVER, onOutput).call(body::get);
    }
}
