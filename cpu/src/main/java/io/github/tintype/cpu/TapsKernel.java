package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.MatmulTemplate.Other;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.TapsTemplate;
import io.github.tintype.loop.template.TapsTemplate.Buffer;
import io.github.tintype.loop.template.TapsTemplate.Size;
import io.github.tintype.tensor.DType;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Optional;

/** A {@link TapsTemplate} for one shape: chunk after chunk, each by one thread through its kernels. How it is cut changes no result. */
final class TapsKernel implements GeneratedKernel {
    private static final List<Size> SIZES = List.of(Size.values());
    /* Pixels that are multiplied with all panels one after the other, so that memory is read once. */
    private static final long BLOCK = 48;

    /** x [n,h,w,c] with {@code padding} rows and columns of zeros around, weight [o,c,high,wide]. */
    record Spec(long n, long h, long w, long c, int o, int high, int wide, int padding, int dilation) {
        /** Rows from the first to the last that a result reads. */
        long spanH() {
            return (high - 1L) * dilation + 1;
        }

        long outH() {
            return h + 2L * padding - spanH() + 1;
        }

        long outW() {
            return w + 2L * padding - (wide - 1L) * dilation;
        }

        /** What each pixel is multiplied with. */
        long columns() {
            return (long) o * high * wide;
        }

        /** Of chunks of so many pixels; the weight in the operands' type. */
        TapsTemplate template(RegisterTile tile, long pixels, DType operands, boolean bias, Optional<Other> other) {
            return new TapsTemplate(
                    tile,
                    Math.toIntExact(pixels % tile.rows()),
                    high,
                    wide,
                    dilation,
                    o,
                    operands,
                    operands,
                    bias,
                    other);
        }
    }

    private final WorkerPool pool;
    private final LoopCode code;
    private final Effort effort;
    private final TapsTemplate template;
    private final Spec spec;
    private final LoopCode.Functions functions;
    private final int operand;
    private final TapsCut cut;
    private final ProductCut products;
    /* Each thread has its own products and arguments. */
    private final long productsAt;
    private final long wideAt;
    private final long partyBytes;
    private final WorkerPool.KernelBody chunk;

    /** @param operand the number of the input that is added to the results, if the template has one */
    TapsKernel(Cpu cpu, LoopCode code, TapsTemplate template, Spec spec, TapsCut cut, int operand, Effort effort) {
        pool = cpu.pool();
        this.code = code;
        this.effort = effort;
        this.template = template;
        this.spec = spec;
        this.cut = cut;
        this.operand = operand;
        functions = code.of(unit(template));
        RegisterTile tile = template.tile();
        products = ProductCut.of(tile, cut.pixels(), spec.columns(), Math.max(BLOCK, tile.rows()), 0, 1);
        productsAt = NativeMemory.aligned((long) (template.buffers().size() + SIZES.size()) * Long.BYTES);
        wideAt = productsAt + NativeMemory.aligned(cut.pixels() * padded() * Float.BYTES);
        partyBytes = wideAt + (template.widens() ? NativeMemory.aligned(cut.pixels() * spec.c() * Float.BYTES) : 0);
        int first = template.widens() ? 1 : 0;
        chunk = (slice, worker, scratch, _, _, _, _) -> {
            long words = scratch + worker.index() * partyBytes;
            Native.setWord(words, template.buffers().size() + SIZES.indexOf(Size.FROM), from(slice));
            if (template.widens()) {
                functions.get(0).call(words, 0, cut.pixels());
            }
            functions.get(first).call(words, 0, products.points());
            long before = slice / cut.rows().parts() * spec.outH();
            int part = slice % cut.rows().parts();
            functions
                    .get(first + 1)
                    .call(
                            words,
                            before + cut.rows().start(part),
                            before + cut.rows().start(part + 1));
        };
    }

    private long padded() {
        return products.panels() * template.tile().columns();
    }

    /* The first pixel of a chunk: the first that it reads, or one before, so that there are enough behind. */
    private long from(int slice) {
        long image = slice / cut.rows().parts();
        long row = Math.clamp(cut.rows().start(slice % cut.rows().parts()) - spec.padding(), 0, spec.h());
        return Math.min((image * spec.h() + row) * spec.w(), spec.n() * spec.h() * spec.w() - cut.pixels());
    }

    /** What a run needs besides its operands. */
    long scratchBytes() {
        return pool.size() * partyBytes;
    }

    /** For profiles. */
    String implementation() {
        RegisterTile tile = template.tile();
        return "taps:%dx%dx%d%s"
                .formatted(tile.rows(), tile.columns(), tile.lanes(), GeneratedKernel.of(template.operands()));
    }

    @Override
    public List<Listing> listings() {
        return code.listings("taps-" + functions.digest(), unit(template));
    }

    /* Which tile and cut are best elsewhere nobody has measured: there they are those of the tables, for as many threads. */
    @Override
    public List<LoopCode.Unit> units(Target target) {
        if (target.lanes() == template.tile().lanes()) {
            return List.of(unit(template));
        }
        TapsParameters table = TapsParameters.Legal.of(target.lanes(), spec, pool.size())
                .grid()
                .getFirst();
        return List.of(unit(spec.template(
                table.tile(), table.cut(spec).pixels(), template.operands(), template.bias(), template.other())));
    }

    private LoopCode.Unit unit(TapsTemplate of) {
        return LoopCode.Unit.of(of, effort);
    }

    @Override
    public void run(KernelArguments arguments) {
        long scratch = arguments.scratchAddress();
        for (int party = 0; party < pool.size(); party++) {
            writeArguments(arguments, scratch + party * partyBytes);
        }
        try {
            pool.parallelFor(cut.chunks(spec), chunk, arguments.cancelled(), scratch, 0, 0, 0, 0);
        } finally {
            Reference.reachabilityFence(functions); // its code is what ran
        }
    }

    private void writeArguments(KernelArguments arguments, long party) {
        int word = 0;
        for (int i = 0; i < template.buffers().size(); i++) {
            Native.setWord(party, word++, address(template.buffers().get(i), arguments, party));
        }
        for (int i = 0; i < SIZES.size(); i++) {
            Native.setWord(party, word++, size(SIZES.get(i)));
        }
    }

    private long address(Buffer buffer, KernelArguments arguments, long party) {
        return switch (buffer) {
            case X -> arguments.inputAddress(0);
            case WIDE -> party + wideAt;
            case WEIGHT -> arguments.inputAddress(1);
            case PRODUCTS -> party + productsAt;
            case Y -> arguments.outputAddress();
            case BIAS -> arguments.inputAddress(2);
            case OTHER -> arguments.inputAddress(operand);
        };
    }

    private long size(Size size) {
        return switch (size) {
            case M -> cut.pixels();
            case FROM -> 0; // each chunk writes its own
            case N -> padded();
            case K -> spec.c();
            case H -> spec.h();
            case W -> spec.w();
            case TOP, LEFT -> spec.padding();
            case OUT_ROWS -> spec.n() * spec.outH();
            case OUT_H -> spec.outH();
            case OUT_W -> spec.outW();
            case TILES -> products.tiles();
            case ROW_BLOCKS -> products.rowBlocks();
            case PANELS -> products.panels();
            case GROUP -> products.group();
            case GROUPS -> products.groups();
        };
    }
}
