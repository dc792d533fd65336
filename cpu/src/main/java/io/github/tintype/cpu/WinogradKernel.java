package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.WinogradForm;
import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.loop.template.WinogradTemplate.Buffer;
import io.github.tintype.loop.template.WinogradTemplate.Size;
import java.lang.ref.Reference;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A {@link WinogradTemplate} for one shape: chunk after chunk, each through its three kernels. */
final class WinogradKernel implements GeneratedKernel {
    private static final List<Size> SIZES = List.of(Size.values());

    /** What is convolved: n images of h × w pixels of c channels, to o channels. */
    record Spec(long n, long h, long w, long c, long o) {
        long tiles(WinogradForm form) {
            return n * form.tiles(h) * form.tiles(w);
        }
    }

    private final WorkerPool pool;
    private final LoopCode code;
    private final Effort effort;
    private final WinogradTemplate template;
    private final Spec spec;
    private final WinogradCut cut;
    private final LoopCode.Functions functions;
    private final long scaleAt;
    private final int operand;
    /* Each of as many as work on chunks has its own transforms and arguments. */
    private final int parties;
    private final long productsAt;
    private final long wordsAt;
    private final long partyBytes;
    private final Split tiles;
    private final Split products;
    private final WorkerPool.KernelBody whole;
    private final WorkerPool.KernelBody transform;
    private final WorkerPool.KernelBody multiply;
    private final WorkerPool.KernelBody transformBack;

    /**
     * @param scaleAt where the scale of filters lies behind them, if the template has one
     * @param operand the number of the input that is added to the results, if the template has one
     */
    WinogradKernel(
            Cpu cpu,
            LoopCode code,
            WinogradTemplate template,
            Spec spec,
            WinogradCut cut,
            long scaleAt,
            int operand,
            Effort effort) {
        this.scaleAt = scaleAt;
        pool = cpu.pool();
        this.code = code;
        this.effort = effort;
        this.template = template;
        this.spec = spec;
        this.cut = cut;
        this.operand = operand;
        functions = code.of(unit(template));
        productsAt = NativeMemory.aligned(template.transformed(cut.chunk(), spec.c()) * Float.BYTES);
        wordsAt = productsAt + NativeMemory.aligned(template.transformed(cut.chunk(), padded()) * Float.BYTES);
        partyBytes = wordsAt + NativeMemory.aligned((long) (template.buffers().size() + SIZES.size()) * Long.BYTES);
        parties = cut.share() == WinogradCut.Share.CHUNKS ? pool.size() : 1;
        tiles = Split.of(cut.chunk(), 4L * cpu.threads(), 1);
        long panels = template.form().parts() * template.panels(spec.o());
        products = Split.of(panels, 8L * cpu.threads(), 1);
        whole = (slice, worker, scratch, _, _, _, _) -> {
            long words = words(scratch, worker.index());
            long count = begin(words, slice * cut.chunk());
            functions.get(0).call(words, 0, cut.chunk());
            functions.get(1).call(words, 0, panels);
            functions.get(2).call(words, 0, count);
        };
        transform = (slice, _, words, _, _, _, _) ->
                functions.get(0).call(words, tiles.start(slice), tiles.start(slice) + tiles.size(slice));
        multiply = (slice, _, words, _, _, _, _) ->
                functions.get(1).call(words, products.start(slice), products.start(slice) + products.size(slice));
        transformBack = (slice, _, words, count, _, _, _) -> functions
                .get(2)
                .call(words, tiles.start(slice), Math.min(count, tiles.start(slice) + tiles.size(slice)));
    }

    private long padded() {
        return template.panels(spec.o()) * template.columns();
    }

    private long chunks() {
        return Math.ceilDiv(spec.tiles(template.form()), cut.chunk());
    }

    /** What a run needs besides its operands. */
    long scratchBytes() {
        return parties * partyBytes;
    }

    /** For profiles. */
    String implementation() {
        return "winograd %s%s:%dx%dx%d%s"
                .formatted(
                        template.form(),
                        template.upsamples() ? " upsampled" : "",
                        template.rows(),
                        template.columns(),
                        template.lanes(),
                        GeneratedKernel.of(template.operands()));
    }

    @Override
    public List<Listing> listings() {
        return code.listings("winograd-" + functions.digest(), unit(template));
    }

    /* Which tile is best elsewhere nobody has measured: there it is the one of the tables. */
    @Override
    public List<LoopCode.Unit> units(Target target) {
        RegisterTile tile =
                new RegisterTile(template.rows(), template.columns(), template.lanes()).forLanes(target.lanes());
        return List.of(unit(WinogradSupport.template(
                template.form(), template.upsamples(), tile, template.operands(), template.bias(), template.other())));
    }

    private LoopCode.Unit unit(WinogradTemplate of) {
        return LoopCode.Unit.of(of, effort);
    }

    @Override
    public void run(KernelArguments arguments) {
        long scratch = arguments.scratchAddress();
        for (int party = 0; party < parties; party++) {
            writeArguments(arguments, scratch + party * partyBytes);
        }
        try {
            switch (cut.share()) {
                case CHUNKS ->
                    pool.parallelFor(Math.toIntExact(chunks()), whole, arguments.cancelled(), scratch, 0, 0, 0, 0);
                case PANELS -> runTogether(words(scratch, 0), arguments.cancelled());
            }
        } finally {
            Reference.reachabilityFence(functions); // its code is what ran
        }
    }

    private void runTogether(long words, BooleanSupplier cancelled) {
        boolean all = true;
        for (long chunk = 0; chunk < chunks() && all; chunk++) {
            long count = begin(words, chunk * cut.chunk());
            all = pool.parallelFor(tiles.parts(), transform, cancelled, words, 0, 0, 0, 0)
                    && pool.parallelFor(products.parts(), multiply, cancelled, words, 0, 0, 0, 0)
                    && pool.parallelFor(tiles.parts(), transformBack, cancelled, words, count, 0, 0, 0);
        }
    }

    /* The words of the arguments of a party. */
    private long words(long scratch, int party) {
        return scratch + party * partyBytes + wordsAt;
    }

    /* Says which chunk is next: how many tiles there are in it. */
    private long begin(long words, long first) {
        long count = Math.min(cut.chunk(), spec.tiles(template.form()) - first);
        Native.setWord(words, word(Size.FIRST), first);
        Native.setWord(words, word(Size.COUNT), count);
        return count;
    }

    private int word(Size size) {
        return template.buffers().size() + SIZES.indexOf(size);
    }

    private void writeArguments(KernelArguments arguments, long party) {
        long words = party + wordsAt;
        int word = 0;
        for (int i = 0; i < template.buffers().size(); i++) {
            Native.setWord(words, word++, address(template.buffers().get(i), arguments, party));
        }
        for (int i = 0; i < SIZES.size(); i++) {
            Native.setWord(words, word++, size(SIZES.get(i)));
        }
    }

    private long address(Buffer buffer, KernelArguments arguments, long party) {
        return switch (buffer) {
            case X -> arguments.inputAddress(0);
            case U -> arguments.inputAddress(1);
            case SCALE -> arguments.inputAddress(1) + scaleAt;
            case V -> party;
            case M -> party + productsAt;
            case Y -> arguments.outputAddress();
            case BIAS -> arguments.inputAddress(2);
            case OTHER -> arguments.inputAddress(operand);
        };
    }

    private long size(Size size) {
        return switch (size) {
            case H -> spec.h();
            case W -> spec.w();
            case C -> spec.c();
            case O -> spec.o();
            case TILES_HIGH -> template.form().tiles(spec.h());
            case TILES_WIDE -> template.form().tiles(spec.w());
            case TILES -> spec.tiles(template.form());
            case FIRST, COUNT -> 0;
            case CHUNK -> cut.chunk();
            case ROW_BLOCKS -> cut.chunk() / template.rows();
            case PANELS -> template.panels(spec.o());
            case PADDED -> padded();
            case V_PART -> WinogradTemplate.part(cut.chunk() * spec.c());
            case M_PART -> WinogradTemplate.part(cut.chunk() * padded());
        };
    }
}
