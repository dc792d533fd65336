package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.Packed;
import io.github.tintype.loop.template.DynamicInt8Template;
import io.github.tintype.loop.template.DynamicInt8Template.Buffer;
import io.github.tintype.loop.template.DynamicInt8Template.Size;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.tensor.DType;
import java.lang.ref.Reference;
import java.util.List;

/** A {@link DynamicInt8Template} for one shape: rows are quantised, then blocks of them by groups of panels dealt to the threads. How it is cut changes no result. */
final class DynamicInt8Kernel implements GeneratedKernel {
    private static final long ROWS = 384;
    private static final List<Size> SIZES = List.of(Size.values());

    /** x [m,k], rows {@code pitch} apart, times the transpose of a weight [n,k]. */
    record Spec(DType operands, long m, long n, long k, long pitch, boolean bias) {
        /** By the instructions that a processor has for it. */
        DynamicInt8Template template(Target target) {
            RegisterTile tile = RegisterTile.of(target.lanes());
            return new DynamicInt8Template(
                    tile,
                    Math.toIntExact(m % tile.rows()),
                    n % tile.columns() != 0,
                    Packed.QUAD_I8.hasInstruction(target) ? Packed.QUAD_I8 : Packed.PAIR_I16,
                    operands,
                    bias);
        }
    }

    private final WorkerPool pool;
    private final LoopCode code;
    private final Effort effort;
    private final DynamicInt8Template template;
    private final BytePanels panels;
    private final Spec spec;
    private final LoopCode.Functions functions;
    private final ProductCut cut;
    private final Split rows;
    private final WorkerPool.KernelBody quantize;
    private final WorkerPool.KernelBody multiply;

    DynamicInt8Kernel(Cpu cpu, LoopCode code, Spec spec, Effort effort) {
        pool = cpu.pool();
        this.code = code;
        this.effort = effort;
        this.spec = spec;
        template = spec.template(code.target());
        panels = new BytePanels(cpu, template, spec.n(), Math.toIntExact(spec.k()));
        functions = code.of(unit(template));
        cut = ProductCut.of(template.tile(), spec.m(), spec.n(), ROWS, ProductParameters.USUAL_POINTS, cpu.threads());
        rows = Split.of(spec.m(), Split.slices(16.0 * spec.m() * spec.k(), cpu.threads()), 1);
        quantize =
                (slice, _, words, _, _, _, _) -> functions.get(0).call(words, rows.start(slice), rows.start(slice + 1));
        multiply = (slice, _, words, _, _, _, _) -> functions.get(1).call(words, slice, slice + 1);
    }

    /** How the weight lies. */
    BytePanels panels() {
        return panels;
    }

    /** What a run needs besides its operands. */
    long scratchBytes() {
        return scalesAt() + spec.m() * Float.BYTES;
    }

    private long rowsAt() {
        return NativeMemory.aligned((long) (template.buffers().size() + SIZES.size()) * Long.BYTES);
    }

    private long scalesAt() {
        return rowsAt() + NativeMemory.aligned(template.rowBytes(spec.m(), spec.k()));
    }

    /** For profiles. */
    String implementation() {
        RegisterTile tile = template.tile();
        return "int8:%dx%dx%d%s by %s"
                .formatted(
                        tile.rows(),
                        tile.columns(),
                        tile.lanes(),
                        GeneratedKernel.of(spec.operands()),
                        template.offsets() ? "quads" : "pairs");
    }

    @Override
    public List<Listing> listings() {
        return code.listings("int8-" + functions.digest(), unit(template));
    }

    @Override
    public List<LoopCode.Unit> units(Target target) {
        return List.of(unit(spec.template(target)));
    }

    private LoopCode.Unit unit(DynamicInt8Template of) {
        return LoopCode.Unit.of(of, effort);
    }

    @Override
    public void run(KernelArguments arguments) {
        long words = arguments.scratchAddress();
        int word = 0;
        for (int i = 0; i < template.buffers().size(); i++) {
            Native.setWord(words, word++, address(template.buffers().get(i), arguments));
        }
        for (int i = 0; i < SIZES.size(); i++) {
            Native.setWord(words, word++, size(SIZES.get(i)));
        }
        try {
            if (pool.parallelFor(rows.parts(), quantize, arguments.cancelled(), words, 0, 0, 0, 0)) {
                pool.parallelFor(cut.points(), multiply, arguments.cancelled(), words, 0, 0, 0, 0);
            }
        } finally {
            Reference.reachabilityFence(functions); // its code is what ran
        }
    }

    private long address(Buffer buffer, KernelArguments arguments) {
        return switch (buffer) {
            case X -> arguments.inputAddress(0);
            case ROWS -> arguments.scratchAddress() + rowsAt();
            case ROW_SCALES -> arguments.scratchAddress() + scalesAt();
            case W -> arguments.inputAddress(1);
            case OFFSETS -> arguments.inputAddress(1) + panels.offsetsAt();
            case SCALES -> arguments.inputAddress(2);
            case Y -> arguments.outputAddress();
            case BIAS -> arguments.inputAddress(3);
        };
    }

    private long size(Size size) {
        return switch (size) {
            case M -> spec.m();
            case N -> spec.n();
            case K -> spec.k();
            case STEPS -> template.steps(spec.k());
            case PITCH -> spec.pitch();
            case TILES -> cut.tiles();
            case ROW_BLOCKS -> cut.rowBlocks();
            case PANELS -> cut.panels();
            case GROUP -> cut.group();
            case GROUPS -> cut.groups();
        };
    }
}
