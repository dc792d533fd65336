package io.github.tintype.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.tintype.code.LoadedImage;
import io.github.tintype.code.Target;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.lower.LoopPlan.Place;
import io.github.tintype.tensor.ShapeException;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Generated code for one shape: the kernels of a program one after another, each cut into slices of its grid. Cutting changes no bit: points
 * don't depend on each other.
 */
final class LoopKernel implements GeneratedKernel {
    /* Work of about so many bytes of traffic pays for handing it to a thread; slices of it keep threads balanced. */
    private static final long SLICE_BYTES = 256 << 10;

    private final WorkerPool pool;
    private final LoopCode code;
    private final String name;
    private final LoopPlan plan;
    private final LoopCode.Unit unit;
    private final LoopCode.Functions functions;
    private final List<Phase> phases = new ArrayList<>();
    private final long block;
    private final OptionalLong faults;

    private record Phase(Split points, WorkerPool.KernelBody body) {}

    /**
     * @param op the name of what is computed
     * @param effort of the compiler
     * @param bytes that the whole reads and writes
     */
    LoopKernel(Cpu cpu, LoopCode code, String op, LoopPlan plan, Effort effort, long bytes) {
        this.pool = cpu.pool();
        this.code = code;
        this.plan = plan;
        this.unit = LoopCode.Unit.of(plan.program(), effort);
        this.functions = code.of(unit);
        this.name = op + "-" + functions.digest();
        this.block = NativeMemory.aligned(plan.scratchBytes());
        long wanted = Math.clamp(bytes / SLICE_BYTES, 1, 64L * cpu.threads());
        long rounded = wanted == 1 ? 1 : (wanted + cpu.threads() - 1) / cpu.threads() * cpu.threads();
        for (int i = 0; i < plan.points().size(); i++) {
            phases.add(phase(Split.of(plan.points().get(i), rounded, 1), functions.get(i), i == 0));
        }
        faults = plan.buffers().stream()
                .filter(Place.Faults.class::isInstance)
                .mapToLong(place -> ((Place.Faults) place).offset())
                .findFirst();
    }

    /* Later phases go backwards: they begin with what the first one left in the caches. */
    private static Phase phase(Split points, LoadedImage.Function function, boolean forwards) {
        int last = points.parts() - 1;
        return new Phase(points, (slice, _, arguments, _, _, _, _) -> {
            int part = forwards ? slice : last - slice;
            function.call(arguments, points.start(part), points.start(part) + points.size(part));
        });
    }

    @Override
    public List<LoopCode.Unit> units(Target target) {
        return List.of(unit);
    }

    /** For profiles: which of the programs for such an op it is. */
    String implementation() {
        return "loops:" + functions.digest();
    }

    @Override
    public List<Listing> listings() {
        return code.listings(name, unit);
    }

    /** What a run needs besides its operands. */
    long scratchBytes() {
        return block + plan.program().words() * (long) Long.BYTES;
    }

    @Override
    public void run(KernelArguments arguments) {
        long scratch = arguments.scratchAddress();
        long words = scratch + block;
        plan.writeConstants(Native.MEMORY, words);
        plan.writeAddresses(Native.MEMORY, words, arguments);
        if (faults.isPresent()) {
            Native.MEMORY.set(JAVA_INT, scratch + faults.getAsLong(), 0);
        }
        boolean all = true;
        try {
            for (int i = 0; i < phases.size() && all; i++) {
                Phase phase = phases.get(i);
                all = pool.parallelFor(phase.points().parts(), phase.body(), arguments.cancelled(), words, 0, 0, 0, 0);
            }
        } finally {
            Reference.reachabilityFence(functions); // its code is what ran
        }
        if (all && faults.isPresent() && Native.MEMORY.get(JAVA_INT, scratch + faults.getAsLong()) != 0) {
            throw new ShapeException("%s: got an index out of range, wanted none"
                    .formatted(plan.program().name()));
        }
    }
}
