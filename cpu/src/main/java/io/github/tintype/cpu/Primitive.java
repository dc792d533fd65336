package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A oneDNN primitive for fixed sizes and layouts, callable from every worker at the same time. Single-threaded; scratch memory is
 * the worker's.
 */
final class Primitive implements AutoCloseable {
    /** One tensor argument: its {@code DNNL_ARG_*} number and layout. */
    record Argument(int index, MemoryDesc desc) {}

    /** Threads of the largest pool. */
    static final int MOST_WORKERS = 256;

    private static final int EXEC_ARG_BYTES = 16;

    private final Executor executor;
    private final Descriptors descriptors;
    private final long primitive;
    private final String kind;
    private final String implementation;
    private final List<Argument> arguments;
    private final MemoryDesc scratchpad;
    /* One per worker, made when it is first needed: memory objects hold an address, so threads can't share them. */
    private final AtomicReferenceArray<Call> calls = new AtomicReferenceArray<>(MOST_WORKERS);

    Primitive(
            Executor executor,
            long primitive,
            String kind,
            String implementation,
            List<Argument> arguments,
            MemoryDesc scratchpad,
            Descriptors descriptors) {
        this.executor = executor;
        this.descriptors = descriptors;
        this.primitive = primitive;
        this.kind = kind;
        this.implementation = implementation;
        this.arguments = List.copyOf(arguments);
        this.scratchpad = scratchpad;
    }

    private final class Call {
        private final Arena arena = Arena.ofShared();
        private final long[] memories = new long[arguments.size() + 1];
        private final MemorySegment execArgs = arena.allocate((long) EXEC_ARG_BYTES * memories.length, Long.BYTES);

        Call() {
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

        void set(int argument, long address) {
            executor.setHandle.call(memories[argument], address, 0, 0);
        }

        void release() {
            for (long memory : memories) {
                executor.destroyMemory.call(memory, 0, 0, 0);
            }
            arena.close();
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
    void execute(WorkerPool.Worker worker, long... addresses) {
        executeWith(worker, pad(worker), addresses);
    }

    /** As {@link #execute(WorkerPool.Worker, long...)}, without making an array; so are the next ones. */
    void execute(WorkerPool.Worker worker, long a, long b) {
        executeWith(worker, pad(worker), a, b);
    }

    void execute(WorkerPool.Worker worker, long a, long b, long c) {
        executeWith(worker, pad(worker), a, b, c);
    }

    void execute(WorkerPool.Worker worker, long a, long b, long c, long d) {
        executeWith(worker, pad(worker), a, b, c, d);
    }

    /**
     * As {@link #execute(WorkerPool.Worker, long...)} where the worker's scratch memory is in use: {@code scratch} are {@link #scratchBytes}
     * free bytes.
     */
    void executeWith(WorkerPool.Worker worker, long scratch, long... addresses) {
        Call call = call(worker, addresses.length);
        for (int i = 0; i < addresses.length; i++) {
            call.set(i, addresses[i]);
        }
        run(call, scratch);
    }

    void executeWith(WorkerPool.Worker worker, long scratch, long a, long b) {
        Call call = call(worker, 2);
        call.set(0, a);
        call.set(1, b);
        run(call, scratch);
    }

    void executeWith(WorkerPool.Worker worker, long scratch, long a, long b, long c) {
        Call call = call(worker, 3);
        call.set(0, a);
        call.set(1, b);
        call.set(2, c);
        run(call, scratch);
    }

    void executeWith(WorkerPool.Worker worker, long scratch, long a, long b, long c, long d) {
        Call call = call(worker, 4);
        call.set(0, a);
        call.set(1, b);
        call.set(2, c);
        call.set(3, d);
        run(call, scratch);
    }

    private long pad(WorkerPool.Worker worker) {
        return scratchBytes() == 0 ? 0 : worker.scratch(scratchBytes());
    }

    private Call call(WorkerPool.Worker worker, int addresses) {
        if (addresses != arguments.size()) {
            throw new IllegalArgumentException(
                    "oneDNN %s: got %d addresses, wanted %d".formatted(kind, addresses, arguments.size()));
        }
        Call call = calls.get(worker.index());
        if (call == null) {
            call = new Call();
            calls.set(worker.index(), call);
        }
        return call;
    }

    private void run(Call call, long scratch) {
        call.set(arguments.size(), scratch);
        int status = executor.execute.status(primitive, executor.stream, call.memories.length, call.execArgs.address());
        if (status != 0) {
            Executor.check(status, kind, arguments);
        }
    }

    @Override
    public void close() {
        for (int i = 0; i < calls.length(); i++) {
            Call call = calls.getAndSet(i, null);
            if (call != null) {
                call.release();
            }
        }
        executor.destroyPrimitive.call(primitive, 0, 0, 0);
    }

    @Override
    public String toString() {
        return kind + " " + implementation + " " + arguments;
    }
}
