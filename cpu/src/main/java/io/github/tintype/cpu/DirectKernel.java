package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.DirectShape;
import io.github.tintype.loop.template.DirectTemplate;
import io.github.tintype.loop.template.DirectTemplate.Buffer;
import io.github.tintype.loop.template.DirectTemplate.Cut;
import io.github.tintype.loop.template.DirectTemplate.Size;
import io.github.tintype.loop.template.RegisterTile;
import java.lang.ref.Reference;
import java.util.List;

/** A {@link DirectTemplate} for one shape: blocks of pixels by groups of panels, dealt to the threads. How it is cut changes no result. */
final class DirectKernel implements GeneratedKernel {
    private static final List<Size> SIZES = List.of(Size.values());
    private static final List<Cut> CUTS = List.of(Cut.values());
    private static final int PLACES = 0;
    private static final int PADDING = 1;

    private final WorkerPool pool;
    private final LoopCode code;
    private final Effort effort;
    private final DirectTemplate template;
    private final DirectShape shape;
    private final LoopCode.Functions functions;
    private final int operand;
    private final ProductCut cut;
    private final Split places;
    private final Split padding;
    private final WorkerPool.KernelBody prepare;
    private final WorkerPool.KernelBody point;

    /**
     * @param template of the parameters' tile
     * @param operand the number of the input that is added to the results, if the template has one
     */
    DirectKernel(
            Cpu cpu,
            LoopCode code,
            DirectTemplate template,
            DirectShape shape,
            ProductParameters parameters,
            int operand,
            Effort effort) {
        pool = cpu.pool();
        this.code = code;
        this.effort = effort;
        this.template = template;
        this.shape = shape;
        this.operand = operand;
        functions = code.of(unit(template));
        cut = parameters.cut(product(shape), cpu.threads());
        places = Split.of(shape.size(Size.OUT_ROWS), Split.slices(8.0 * shape.pixels(), cpu.threads()), 1);
        padding = Split.of(shape.size(Size.PADDED_ROWS), Split.slices(8.0 * shape.padded(), cpu.threads()), 1);
        prepare = (slice, _, words, _, _, _, _) -> {
            if (slice < places.parts()) {
                functions.get(PLACES).call(words, places.start(slice), places.start(slice + 1));
                return;
            }
            int part = slice - places.parts();
            functions.get(PADDING).call(words, padding.start(part), padding.start(part + 1));
        };
        int products = template.copies() ? 2 : 1;
        point = (slice, _, words, _, _, _, _) -> functions.get(products).call(words, slice, slice + 1);
    }

    /** Pixels by the steps of windows. */
    static ProductKernel.Spec product(DirectShape shape) {
        return new ProductKernel.Spec(shape.pixels(), shape.o(), shape.k(), shape.k());
    }

    /** What a run needs besides its operands. */
    long scratchBytes() {
        return paddedAt()
                + (template.copies() ? shape.padded() * template.padded().bytes() : 0);
    }

    private long placesAt() {
        return NativeMemory.aligned((long) (template.buffers().size() + SIZES.size() + CUTS.size()) * Long.BYTES);
    }

    private long paddedAt() {
        return placesAt() + NativeMemory.aligned(shape.pixels() * Long.BYTES);
    }

    /** For profiles. */
    String implementation() {
        RegisterTile tile = template.tile();
        return "direct%s:%dx%dx%d%s"
                .formatted(
                        template.copies() ? "" : " in place",
                        tile.rows(),
                        tile.columns(),
                        tile.lanes(),
                        GeneratedKernel.of(template.operands(), template));
    }

    @Override
    public List<Listing> listings() {
        return code.listings("direct-" + functions.digest(), unit(template));
    }

    /* Which tile is best elsewhere nobody has measured: there it is the one of the tables. */
    @Override
    public List<LoopCode.Unit> units(Target target) {
        RegisterTile tile = template.tile().forLanes(target.lanes());
        boolean pairs = ProductSupport.multipliesPairs(target, template.operands());
        return List.of(unit(DirectSupport.template(
                tile, pairs ? shape : shape.inNumbers(), template.operands(), template.bias(), template.other())));
    }

    private LoopCode.Unit unit(DirectTemplate of) {
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
            Native.setWord(words, word++, shape.size(SIZES.get(i)));
        }
        for (int i = 0; i < CUTS.size(); i++) {
            Native.setWord(words, word++, size(CUTS.get(i)));
        }
        int prepared = places.parts() + (template.copies() ? padding.parts() : 0);
        try {
            if (pool.parallelFor(prepared, prepare, arguments.cancelled(), words, 0, 0, 0, 0)) {
                pool.parallelFor(cut.points(), point, arguments.cancelled(), words, 0, 0, 0, 0);
            }
        } finally {
            Reference.reachabilityFence(functions); // its code is what ran
        }
    }

    private long address(Buffer buffer, KernelArguments arguments) {
        return switch (buffer) {
            case X -> arguments.inputAddress(0);
            case PADDED -> arguments.scratchAddress() + paddedAt();
            case PLACES -> arguments.scratchAddress() + placesAt();
            case W -> arguments.inputAddress(1);
            case Y -> arguments.outputAddress();
            case BIAS -> arguments.inputAddress(2);
            case OTHER -> arguments.inputAddress(operand);
        };
    }

    private long size(Cut size) {
        return switch (size) {
            case TILES -> cut.tiles();
            case ROW_BLOCKS -> cut.rowBlocks();
            case PANELS -> cut.panels();
            case GROUP -> cut.group();
            case GROUPS -> cut.groups();
        };
    }
}
