package io.github.tintype.runtime;

import io.github.tintype.compile.Call;
import io.github.tintype.compile.Plan;
import io.github.tintype.compile.Reference;
import io.github.tintype.compile.Storage;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Walks the calls of a plan once. */
final class Executor implements KernelArguments {
    private static final long SCALAR_BYTES = 64;

    private final String program;
    private final Binding binding;
    private final List<MemorySegment> inputs;
    private final List<MemorySegment> outputs;
    private final MemorySegment slab;
    private final MemorySegment scalars;
    private final RunContext context;
    private final BooleanSupplier cancelled;
    private Call call;

    private Executor(
            String program,
            Binding binding,
            List<MemorySegment> inputs,
            List<MemorySegment> outputs,
            MemorySegment slab,
            RunContext context) {
        this.program = program;
        this.binding = binding;
        this.inputs = inputs;
        this.outputs = outputs;
        this.slab = slab;
        this.scalars = slab.asSlice(binding.plan().slabBytes());
        this.context = context;
        this.cancelled = context.cancellation()::requested;
        this.call = binding.plan().calls().getFirst();
        List<Plan.ScalarValue> numbers = binding.plan().scalars();
        for (int i = 0; i < numbers.size(); i++) {
            MemorySegment place = scalars.asSlice(i * SCALAR_BYTES, SCALAR_BYTES);
            HostTensor.set(numbers.get(i).dtype(), place, 0, numbers.get(i).value());
        }
    }

    /** Bytes of slab that a run of {@code plan} needs, numbers included. */
    static long slabBytes(Plan plan) {
        return plan.slabBytes() + Math.max(1, plan.scalars().size()) * SCALAR_BYTES;
    }

    static void run(
            String program,
            Binding binding,
            List<MemorySegment> inputs,
            List<MemorySegment> outputs,
            MemorySegment slab,
            RunContext context) {
        if (!binding.plan().calls().isEmpty()) {
            new Executor(program, binding, inputs, outputs, slab, context).runAll();
        }
    }

    private void runAll() {
        for (Call next : binding.plan().calls()) {
            context.cancellation().check();
            call = next;
            KernelEvent event = new KernelEvent();
            event.begin();
            long start = System.nanoTime();
            next.kernel().run(this);
            long nanos = System.nanoTime() - start;
            context.profile().ifPresent(profile -> profile.add(program, next, nanos));
            event.end();
            if (event.shouldCommit()) {
                event.program = program;
                event.operator = next.name();
                event.module = next.scope();
                event.implementation = next.implementation();
                event.bytes = next.bytes();
                event.flops = next.flops();
                event.commit();
            }
        }
        context.cancellation().check();
    }

    @Override
    public MemorySegment input(int index) {
        return segment(call.inputs().get(index));
    }

    @Override
    public MemorySegment output() {
        return segment(call.output());
    }

    @Override
    public MemorySegment scratch() {
        return segment(call.scratch());
    }

    @Override
    public BooleanSupplier cancelled() {
        return cancelled;
    }

    private MemorySegment segment(Reference reference) {
        MemorySegment whole = switch (reference.storage()) {
            case Storage.Slab(long offset) -> slab.asSlice(offset);
            case Storage.Input(int index) -> inputs.get(index);
            case Storage.Bound(int index) -> binding.weight(index);
            case Storage.Constant(int index) -> binding.constant(index);
            case Storage.Scalar(int index) -> scalars.asSlice(index * SCALAR_BYTES, SCALAR_BYTES);
            case Storage.Output(int index) -> outputs.get(index);
        };
        return whole.asSlice(reference.offset(), reference.bytes());
    }
}
