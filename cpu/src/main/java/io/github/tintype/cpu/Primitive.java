package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A oneDNN primitive for fixed sizes and layouts, callable from every worker at the same time. Single-threaded; scratch memory is
 * the worker's. What is native of it goes when it is garbage, or with the library it is of.
 */
final class Primitive implements AutoCloseable {
    /** One tensor argument: its {@code DNNL_ARG_*} number and layout. */
    record Argument(int index, MemoryDesc desc) {}

    /** Threads of the largest pool. */
    static final int MOST_WORKERS = 256;

    private static final int EXEC_ARG_BYTES = 16;

    private final Descriptors descriptors;
    private final String kind;
    private final String implementation;
    private final List<Argument> arguments;
    private final MemoryDesc scratchpad;
    private final Handles handles;
    private final Runnable release;

    Primitive(
            Executor executor,
            long primitive,
            String kind,
            String implementation,
            List<Argument> arguments,
            MemoryDesc scratchpad,
            Descriptors descriptors) {
        this.descriptors = descriptors;
        this.kind = kind;
        this.implementation = implementation;
        this.arguments = List.copyOf(arguments);
        this.scratchpad = scratchpad;
        handles = new Handles(executor, primitive);
        release = executor.owner.own(this, handles::free);
    }

    /* What is native: it doesn't know whose it is, which may be garbage before. */
    private static final class Handles {
        private final Executor executor;
        private final long primitive;
        /* One per worker, made when it is first needed: memory objects hold an address, so threads can't share them. */
        private final AtomicReferenceArray<Call> calls = new AtomicReferenceArray<>(MOST_WORKERS);

        Handles(Executor executor, long primitive) {
            this.executor = executor;
            this.primitive = primitive;
        }

        int execute(Call call) {
            return executor.execute.status(primitive, executor.stream, call.memories.length, call.execArgs.address());
        }

        void free() {
            for (int i = 0; i < calls.length(); i++) {
                Call call = calls.getAndSet(i, null);
                if (call != null) {
                    call.free();
                }
            }
            executor.destroyPrimitive.call(primitive, 0, 0, 0);
        }
    }

    private static final class Call {
        private final Executor executor;
        private final long[] memories;
        private final long[] addresses;
        private final MemorySegment execArgs;

        Call(Executor executor, Descriptors descriptors, List<Argument> arguments, MemoryDesc scratchpad) {
            this.executor = executor;
            memories = new long[arguments.size() + 1];
            addresses = new long[memories.length];
            execArgs = Arena.ofAuto().allocate((long) EXEC_ARG_BYTES * memories.length, Long.BYTES);
            try (Descriptors.Scope scope = descriptors.scope()) {
                for (int i = 0; i < memories.length; i++) {
                    boolean pad = i == arguments.size();
                    memories[i] = executor.memory(
                            scope.of(pad ? scratchpad : arguments.get(i).desc()), scope.arena());
                    execArgs.set(
                            JAVA_INT,
                            (long) EXEC_ARG_BYTES * i,
                            pad ? OneDnn.SCRATCHPAD : arguments.get(i).index());
                    execArgs.set(JAVA_LONG, (long) EXEC_ARG_BYTES * i + 8, memories[i]);
                }
            }
        }

        /* Most arguments are where they were: weights, scratch memory. */
        void set(int index, long address) {
            if (addresses[index] != address) {
                addresses[index] = address;
                executor.setHandle.call(memories[index], address, 0, 0);
            }
        }

        void free() {
            for (long memory : memories) {
                executor.destroyMemory.call(memory, 0, 0, 0);
            }
        }
    }

    /** What the library chose, e.g. {@code brgemm:avx512_core}. */
    String implementation() {
        return implementation;
    }

    /** The layout of an argument; where {@link MemoryDesc.Any} was asked for, the one that the library chose. */
    MemoryDesc layout(int index) {
        return arguments.stream()
                .filter(argument -> argument.index() == index)
                .findFirst()
                .orElseThrow()
                .desc();
    }

    /** Bytes of scratch memory that {@link #execute} takes from its caller. */
    long scratchBytes() {
        return scratchpad.bytes();
    }

    /** Runs with these addresses, in the order of the arguments, with scratch memory from the worker. */
    void execute(WorkerPool.Worker worker, long a, long b) {
        executeWith(worker, scratch(worker), a, b);
    }

    /** As {@link #execute(WorkerPool.Worker, long, long)}, with three arguments. */
    void execute(WorkerPool.Worker worker, long a, long b, long c) {
        executeWith(worker, scratch(worker), a, b, c);
    }

    /** As {@link #execute(WorkerPool.Worker, long, long)}, with four arguments. */
    void execute(WorkerPool.Worker worker, long a, long b, long c, long d) {
        executeWith(worker, scratch(worker), a, b, c, d);
    }

    /** As {@link #execute(WorkerPool.Worker, long, long)}, with five arguments. */
    void execute(WorkerPool.Worker worker, long a, long b, long c, long d, long e) {
        executeWith(worker, scratch(worker), a, b, c, d, e);
    }

    private long scratch(WorkerPool.Worker worker) {
        return scratchBytes() == 0 ? 0 : worker.scratch(scratchBytes());
    }

    /** As {@link #execute} where the worker's scratch memory is in use: {@code scratch} are {@link #scratchBytes} free bytes. */
    void executeWith(WorkerPool.Worker worker, long scratch, long a, long b) {
        execute(worker, scratch, 2, a, b, 0, 0, 0, 0);
    }

    /** As {@link #executeWith(WorkerPool.Worker, long, long, long)}, with three arguments. */
    void executeWith(WorkerPool.Worker worker, long scratch, long a, long b, long c) {
        execute(worker, scratch, 3, a, b, c, 0, 0, 0);
    }

    /** As {@link #executeWith(WorkerPool.Worker, long, long, long)}, with four arguments. */
    void executeWith(WorkerPool.Worker worker, long scratch, long a, long b, long c, long d) {
        execute(worker, scratch, 4, a, b, c, d, 0, 0);
    }

    /** As {@link #executeWith(WorkerPool.Worker, long, long, long)}, with five arguments. */
    void executeWith(WorkerPool.Worker worker, long scratch, long a, long b, long c, long d, long e) {
        execute(worker, scratch, 5, a, b, c, d, e, 0);
    }

    /** As {@link #executeWith(WorkerPool.Worker, long, long, long)}, with six arguments. */
    void executeWith(WorkerPool.Worker worker, long scratch, long a, long b, long c, long d, long e, long f) {
        execute(worker, scratch, 6, a, b, c, d, e, f);
    }

    /* No list of addresses: it would be an object for each of the many calls of a run. */
    private void execute(
            WorkerPool.Worker worker, long scratch, int count, long a, long b, long c, long d, long e, long f) {
        if (count != arguments.size()) {
            throw new IllegalArgumentException(
                    "oneDNN %s: got %d addresses, wanted %d".formatted(kind, count, arguments.size()));
        }
        try {
            Call call = call(worker);
            call.set(0, a);
            call.set(1, b);
            if (count > 2) {
                call.set(2, c);
            }
            if (count > 3) {
                call.set(3, d);
            }
            if (count > 4) {
                call.set(4, e);
            }
            if (count > 5) {
                call.set(5, f);
            }
            call.set(count, scratch);
            int status = handles.execute(call);
            if (status != 0) {
                Executor.check(status, kind, arguments);
            }
        } finally {
            Reference.reachabilityFence(this); // what is native must not go before its last use
        }
    }

    private Call call(WorkerPool.Worker worker) {
        Call call = handles.calls.get(worker.index());
        if (call == null) {
            call = new Call(handles.executor, descriptors, arguments, scratchpad);
            handles.calls.set(worker.index(), call);
        }
        return call;
    }

    /** Frees what is native now. Nobody may use it any more. */
    @Override
    public void close() {
        release.run();
    }

    @Override
    public String toString() {
        return kind + " " + implementation + " " + arguments;
    }
}
