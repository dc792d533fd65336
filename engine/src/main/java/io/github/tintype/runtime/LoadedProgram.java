package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import io.github.tintype.trace.Tensor;
import java.util.List;

/** A graph with fixed sizes, planned for an engine's device and with its weights bound. Usable from several threads. */
public final class LoadedProgram implements AutoCloseable {
    private final String name;
    private final Engine engine;
    private final Binding binding;

    LoadedProgram(String name, Engine engine, Binding binding) {
        this.name = name;
        this.engine = engine;
        this.binding = binding;
    }

    /** The kernel calls and the memory that they need. */
    public Plan plan() {
        return binding.plan();
    }

    /**
     * Runs it.
     *
     * @param arguments tensors of this engine, of the plan's types; those not computed yet are computed first
     * @return the results, computed
     * @throws java.util.concurrent.CancellationException if the context asks to stop
     * @throws io.github.tintype.tensor.DeviceException if a kernel fails or memory is short
     */
    public List<Tensor> run(List<Tensor> arguments, RunContext context) {
        List<DeviceBuffer> buffers =
                engine.evaluate(arguments, context).stream().map(Engine::buffer).toList();
        return engine.run(name, binding, buffers, context);
    }

    /** Holds off {@link #close} until {@link #release}: for who takes a program from a cache that may evict it. */
    public void retain() {
        binding.lease();
    }

    /** Ends one {@link #retain}. */
    public void release() {
        binding.endLease();
    }

    /** Waits for running calls, then frees the weights that no other program uses. */
    @Override
    public void close() {
        binding.close();
    }
}
