package io.github.tintype.runtime;

import io.github.tintype.compile.Call;
import io.github.tintype.compile.Plan;
import io.github.tintype.compile.Reference;
import io.github.tintype.compile.Storage;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A plan with the address of every operand: what a run walks. Addresses in weights and constants are found when it is made, those in the
 * slab when it gets one, those of arguments and results for each run. A run makes no Java object unless it is observed. One run at a
 * time.
 *
 * @see ExecutablePool
 */
final class Executable implements KernelArguments {
    private static final Cancellation NEVER = new Cancellation();

    private final long slabBytes;
    private final long[] argumentBytes;
    private final long[] resultBytes;
    private final Call[] calls;
    /* Call i has the operands from first[i] to first[i + 1]: its inputs, its output, its scratch memory. */
    private final int[] first;
    private final long[] bytes;
    private final long[] addresses;
    private final MemorySegment[] segments;
    private final Places inSlab;
    private final Places inArguments;
    private final Places inResults;
    private final long[] slabBase = new long[1];
    private final long[] argumentBases;
    private final long[] resultBases;
    private final BooleanSupplier cancelled = this::isCancelled;
    private NativeMemory.Block slab;
    private boolean attached = true;
    private Cancellation cancellation = NEVER;
    private int begin;
    private int end;

    /* Operands in memory that changes between runs: their numbers, which memory they are in, and how many bytes after its begin. */
    private static final class Places {
        private final int[] operands;
        private final int[] memories;
        private final long[] offsets;
        private int count;

        Places(int most) {
            operands = new int[most];
            memories = new int[most];
            offsets = new long[most];
        }

        void add(int operand, int memory, long offset) {
            operands[count] = operand;
            memories[count] = memory;
            offsets[count] = offset;
            count++;
        }

        void resolve(long[] bases, long[] addresses) {
            for (int i = 0; i < count; i++) {
                addresses[operands[i]] = bases[memories[i]] + offsets[i];
            }
        }
    }

    /**
     * Of a binding that stays open as long as this is used.
     *
     * @param slab see {@link #attach}
     */
    Executable(Binding binding, NativeMemory.Block slab) {
        Plan plan = binding.plan();
        slabBytes = plan.slabBytes();
        argumentBytes = plan.inputs().stream().mapToLong(TensorType::bytes).toArray();
        resultBytes = plan.outputs().stream().mapToLong(TensorType::bytes).toArray();
        argumentBases = new long[argumentBytes.length];
        resultBases = new long[resultBytes.length];
        calls = plan.calls().toArray(Call[]::new);
        first = new int[calls.length + 1];
        for (int i = 0; i < calls.length; i++) {
            first[i + 1] = first[i] + calls[i].inputs().size() + 2;
        }
        bytes = new long[first[calls.length]];
        addresses = new long[bytes.length];
        segments = new MemorySegment[bytes.length];
        Arrays.fill(segments, MemorySegment.NULL);
        inSlab = new Places(bytes.length);
        inArguments = new Places(bytes.length);
        inResults = new Places(bytes.length);
        for (int i = 0; i < calls.length; i++) {
            for (int operand = first[i]; operand < first[i + 1]; operand++) {
                Reference reference = operand(calls[i], operand - first[i]);
                bytes[operand] = reference.bytes();
                switch (reference.storage()) {
                    case Storage.Slab(long offset) ->
                        inSlab.add(operand, 0, offset + inside(reference, offset < 0 ? -1 : slabBytes - offset));
                    case Storage.Input(int index) ->
                        inArguments.add(operand, index, inside(reference, argumentBytes[index]));
                    case Storage.Output(int index) ->
                        inResults.add(operand, index, inside(reference, resultBytes[index]));
                    case Storage.Bound(int index) -> addresses[operand] = address(reference, binding.weight(index));
                    case Storage.Constant(int index) ->
                        addresses[operand] = address(reference, binding.constant(index));
                    case Storage.Scalar(int index) -> addresses[operand] = address(reference, binding.scalar(index));
                }
            }
        }
        this.slab = slab;
        attach(slab);
    }

    private static Reference operand(Call call, int index) {
        int inputs = call.inputs().size();
        if (index < inputs) {
            return call.inputs().get(index);
        }
        return index == inputs ? call.output() : call.scratch();
    }

    /* Kernels get bare addresses: this is where they are held to their memory. */
    private static long inside(Reference reference, long available) {
        if (available < 0 || reference.offset() < 0 || reference.bytes() > available - reference.offset()) {
            throw new IllegalStateException("operand: got %s, wanted at most %d bytes".formatted(reference, available));
        }
        return reference.offset();
    }

    private static long address(Reference reference, MemorySegment memory) {
        return memory.address() + inside(reference, memory.byteSize());
    }

    boolean hasSlab() {
        return attached;
    }

    /** Puts everything that doesn't leave a run into {@code block}, which has at least the plan's slab bytes. */
    void attach(NativeMemory.Block block) {
        requireBytes("slab", 0, block.segment(), slabBytes);
        slab = block;
        attached = true;
        long base = block.segment().address();
        if (base != slabBase[0]) {
            slabBase[0] = base;
            inSlab.resolve(slabBase, addresses);
        }
    }

    /** The slab, which the caller owns again. */
    NativeMemory.Block detach() {
        attached = false;
        return slab;
    }

    /**
     * Runs all calls in order.
     *
     * @param arguments the memory of the program's arguments, which the caller keeps reachable
     * @param results the memory that the results are written to
     */
    void run(String program, MemorySegment[] arguments, MemorySegment[] results, RunContext context) {
        if (!attached) {
            throw new IllegalStateException("no slab is attached");
        }
        point("argument", arguments, argumentBytes, argumentBases);
        inArguments.resolve(argumentBases, addresses);
        point("result", results, resultBytes, resultBases);
        inResults.resolve(resultBases, addresses);
        boolean observed = context.profile().isPresent() || FlightEvents.wantsKernels();
        cancellation = context.cancellation();
        try {
            for (int i = 0; i < calls.length; i++) {
                cancellation.check();
                begin = first[i];
                end = first[i + 1];
                if (observed) {
                    observe(program, calls[i], context.profile());
                } else {
                    calls[i].kernel().run(this);
                }
            }
            cancellation.check();
        } finally {
            cancellation = NEVER;
        }
    }

    private static void point(String what, MemorySegment[] memory, long[] wanted, long[] bases) {
        if (memory.length != wanted.length) {
            throw new IllegalArgumentException("%ss: got %d, wanted %d".formatted(what, memory.length, wanted.length));
        }
        for (int i = 0; i < memory.length; i++) {
            requireBytes(what, i, memory[i], wanted[i]);
            bases[i] = memory[i].address();
        }
    }

    private static void requireBytes(String what, int index, MemorySegment memory, long wanted) {
        if (!memory.isNative() || memory.byteSize() < wanted) {
            throw new IllegalArgumentException(
                    "%s %d: got %s, wanted %d bytes of native memory".formatted(what, index, memory, wanted));
        }
    }

    private void observe(String program, Call call, Optional<Profile> profile) {
        KernelEvent event = new KernelEvent();
        event.begin();
        long start = System.nanoTime();
        call.kernel().run(this);
        long nanos = System.nanoTime() - start;
        event.end();
        profile.ifPresent(collector -> collector.add(program, call, nanos));
        if (event.shouldCommit()) {
            event.program = program;
            event.operator = call.name();
            event.module = call.scope();
            event.implementation = call.implementation();
            event.bytes = call.bytes();
            event.flops = call.flops();
            event.commit();
        }
    }

    @Override
    public long inputAddress(int index) {
        return addresses[begin + index];
    }

    @Override
    public long outputAddress() {
        return addresses[end - 2];
    }

    @Override
    public long scratchAddress() {
        return addresses[end - 1];
    }

    @Override
    public MemorySegment input(int index) {
        return segment(begin + index);
    }

    @Override
    public MemorySegment output() {
        return segment(end - 2);
    }

    @Override
    public MemorySegment scratch() {
        return segment(end - 1);
    }

    /* Kept until the operand moves: most never do, and kernels ask for each element. */
    @SuppressWarnings("restricted")
    private MemorySegment segment(int operand) {
        MemorySegment known = segments[operand];
        long address = addresses[operand];
        if (known.address() == address) {
            return known;
        }
        MemorySegment segment = MemorySegment.ofAddress(address).reinterpret(bytes[operand]);
        segments[operand] = segment;
        return segment;
    }

    private boolean isCancelled() {
        return cancellation.requested();
    }

    @Override
    public BooleanSupplier cancelled() {
        return cancelled;
    }
}
