package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A graph with fixed sizes, planned for an engine's device and with its weights bound. A part of it may run once for a request, see
 * {@link Engine#load(String, io.github.tintype.compile.RequestSplit, List, ProgramUse, RunContext)}. Usable from several threads.
 */
public final class LoadedProgram implements AutoCloseable {
    private final String name;
    private final Engine engine;
    private final Binding binding;
    private final Optional<RequestStage> request;

    LoadedProgram(String name, Engine engine, Binding binding, Optional<RequestStage> request) {
        this.name = name;
        this.engine = engine;
        this.binding = binding;
        this.request = request;
    }

    /** The kernel calls of each run and the memory that they need. */
    public Plan plan() {
        return binding.plan();
    }

    /** The kernel calls that are made once for a request, if there are any; the results, which are kept, are its outputs. */
    public Optional<Plan> requestPlan() {
        return request.map(RequestStage::plan);
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
        if (request.isEmpty()) {
            return engine.run(name, binding, buffers, context);
        }
        RequestStage stage = request.get();
        RequestStage.Kept kept = stage.take(buffers, context);
        try {
            List<DeviceBuffer> all = new ArrayList<>(buffers);
            all.addAll(kept.results());
            return engine.run(name, binding, all, context);
        } finally {
            stage.release(kept);
        }
    }

    /** Holds off {@link #close} until {@link #release}: for who takes a program from a cache that may evict it. */
    public void retain() {
        binding.lease();
    }

    /** Ends one {@link #retain}. */
    public void release() {
        binding.endLease();
    }

    /** Waits for running calls, then frees the weights that no other program uses, and what is kept of requests. */
    @Override
    public void close() {
        binding.close();
        request.ifPresent(RequestStage::close);
    }
}
