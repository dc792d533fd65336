package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.MatmulTemplate;
import io.github.tintype.loop.template.MatmulTemplate.Buffer;
import io.github.tintype.loop.template.MatmulTemplate.Size;
import io.github.tintype.loop.template.RegisterTile;
import java.lang.ref.Reference;
import java.util.List;

/** A {@link MatmulTemplate} for one shape: blocks of rows by groups of panels, dealt to the threads. How it is cut changes no result. */
final class ProductKernel implements GeneratedKernel {
    private static final List<Size> SIZES = List.of(Size.values());

    /** x [m,k], rows {@code pitch} apart, times the transpose of a weight [n,k]; k and pitch count the template's steps. */
    record Spec(long m, long n, long k, long pitch) {}

    private final WorkerPool pool;
    private final LoopCode code;
    private final Effort effort;
    private final MatmulTemplate template;
    private final Spec spec;
    private final LoopCode.Functions functions;
    private final int operand;
    private final ProductCut cut;
    private final long depth;
    private final Split rows;
    private final WorkerPool.KernelBody widen;
    private final WorkerPool.KernelBody point;

    /**
     * @param template of the parameters' tile
     * @param operand the number of the input that is added to the results, if the template has one
     */
    ProductKernel(
            Cpu cpu,
            LoopCode code,
            MatmulTemplate template,
            Spec spec,
            ProductParameters parameters,
            int operand,
            Effort effort) {
        pool = cpu.pool();
        this.code = code;
        this.effort = effort;
        this.template = template;
        this.spec = spec;
        this.operand = operand;
        functions = code.of(unit(template));
        cut = parameters.cut(spec, cpu.threads());
        depth = parameters.steps(spec.k());
        rows = Split.of(spec.m(), Split.slices(8.0 * spec.m() * spec.k(), cpu.threads()), 1);
        widen = (slice, _, words, _, _, _, _) -> functions.get(0).call(words, rows.start(slice), rows.start(slice + 1));
        int products = template.widens() ? 1 : 0;
        point = (slice, _, words, _, _, _, _) -> functions.get(products).call(words, slice, slice + 1);
    }

    /** What a run needs besides its operands. */
    long scratchBytes() {
        return wideAt() + (template.widens() ? spec.m() * spec.k() * Float.BYTES : 0);
    }

    private long wideAt() {
        return NativeMemory.aligned((long) (template.buffers().size() + SIZES.size()) * Long.BYTES);
    }

    /** For profiles. */
    String implementation() {
        RegisterTile tile = template.tile();
        return "matmul:%dx%dx%d%s"
                .formatted(
                        tile.rows(), tile.columns(), tile.lanes(), GeneratedKernel.of(template.operands(), template));
    }

    @Override
    public List<Listing> listings() {
        return code.listings("matmul-" + functions.digest(), unit(template));
    }

    /* Which tile is best elsewhere nobody has measured: there it is the one of the tables. */
    @Override
    public List<LoopCode.Unit> units(Target target) {
        RegisterTile tile = template.tile().forLanes(target.lanes());
        boolean pairs = template.pairs() && ProductSupport.multipliesPairs(target, template.operands());
        return List.of(unit(
                ProductSupport.template(tile, spec, template.operands(), pairs, template.bias(), template.other())));
    }

    private LoopCode.Unit unit(MatmulTemplate of) {
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
            if (template.widens() && !pool.parallelFor(rows.parts(), widen, arguments.cancelled(), words, 0, 0, 0, 0)) {
                return;
            }
            pool.parallelFor(cut.points(), point, arguments.cancelled(), words, 0, 0, 0, 0);
        } finally {
            Reference.reachabilityFence(functions); // its code is what ran
        }
    }

    private long address(Buffer buffer, KernelArguments arguments) {
        return switch (buffer) {
            case X -> arguments.inputAddress(0);
            case WIDE -> arguments.scratchAddress() + wideAt();
            case W -> arguments.inputAddress(1);
            case Y -> arguments.outputAddress();
            case BIAS -> arguments.inputAddress(2);
            case OTHER -> arguments.inputAddress(operand);
        };
    }

    private long size(Size size) {
        return switch (size) {
            case M -> spec.m();
            case N -> spec.n();
            case K -> spec.k();
            case PITCH -> spec.pitch();
            case TILES -> cut.tiles();
            case ROW_BLOCKS -> cut.rowBlocks();
            case DEPTH -> depth;
            case DEPTHS -> Math.ceilDiv(spec.k(), depth);
            case PANELS -> cut.panels();
            case GROUP -> cut.group();
            case GROUPS -> cut.groups();
        };
    }
}
