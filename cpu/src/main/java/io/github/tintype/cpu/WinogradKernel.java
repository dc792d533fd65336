package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.loop.template.WinogradTemplate.Buffer;
import io.github.tintype.loop.template.WinogradTemplate.Size;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;

/** A {@link WinogradTemplate} for one shape: chunk after chunk, each of its three kernels on all threads. */
final class WinogradKernel implements GeneratedKernel {
    /*
     * What a chunk's tiles and products may take. They should stay in cache between the kernels, and all filters are read once for each chunk: as many bytes of either
     * was best or near it for 128 to 640 channels (Zen 3, one thread).
     */
    private static final long LEAST_CHUNK_BYTES = 3 << 19;
    private static final long MOST_CHUNK_BYTES = 12 << 20;
    private static final long MOST_TILES = 384;
    private static final List<Size> SIZES = List.of(Size.values());

    /** What is convolved: n images of h × w pixels of c channels, to o channels. */
    record Spec(long n, long h, long w, long c, long o) {
        long tiles() {
            return n * WinogradTemplate.tiles(h) * WinogradTemplate.tiles(w);
        }
    }

    private final WorkerPool pool;
    private final LoopCode code;
    private final Effort effort;
    private final WinogradTemplate template;
    private final Spec spec;
    private final LoopCode.Functions functions;
    private final int operand;
    private final long chunk;
    private final long productsAt;
    private final long wordsAt;
    private final Split tiles;
    private final Split products;
    private final WorkerPool.KernelBody transform;
    private final WorkerPool.KernelBody multiply;
    private final WorkerPool.KernelBody transformBack;

    /** @param operand the number of the input that is added to the results, if the template has one */
    WinogradKernel(Cpu cpu, LoopCode code, WinogradTemplate template, Spec spec, int operand, Effort effort) {
        pool = cpu.pool();
        this.code = code;
        this.effort = effort;
        this.template = template;
        this.spec = spec;
        this.operand = operand;
        functions = code.of(unit(template));
        long padded = template.panels(spec.o()) * template.columns();
        chunk = chunk(padded);
        productsAt = NativeMemory.aligned(WinogradTemplate.transformed(chunk, spec.c()) * Float.BYTES);
        wordsAt = productsAt + NativeMemory.aligned(WinogradTemplate.transformed(chunk, padded) * Float.BYTES);
        tiles = Split.of(chunk, 4L * cpu.threads(), 1);
        products = Split.of(WinogradTemplate.PARTS * template.panels(spec.o()), 8L * cpu.threads(), 1);
        transform = (slice, _, words, _, _, _, _) ->
                functions.get(0).call(words, tiles.start(slice), tiles.start(slice) + tiles.size(slice));
        multiply = (slice, _, words, _, _, _, _) ->
                functions.get(1).call(words, products.start(slice), products.start(slice) + products.size(slice));
        transformBack = (slice, _, words, count, _, _, _) -> functions
                .get(2)
                .call(words, tiles.start(slice), Math.min(count, tiles.start(slice) + tiles.size(slice)));
    }

    private long chunk(long padded) {
        long bytes = WinogradTemplate.PARTS * (spec.c() + padded) * Float.BYTES;
        long filters = template.filterElements(spec.o(), spec.c()) * Float.BYTES;
        long most = Math.clamp(
                Math.clamp(filters, LEAST_CHUNK_BYTES, MOST_CHUNK_BYTES) / bytes, template.rows(), MOST_TILES);
        // The last chunk is as full as the others.
        long chunks = Math.ceilDiv(spec.tiles(), most);
        return Math.ceilDiv(Math.ceilDiv(spec.tiles(), chunks), template.rows()) * template.rows();
    }

    /** What a run needs besides its operands. */
    long scratchBytes() {
        return wordsAt + (long) (template.buffers().size() + SIZES.size()) * Long.BYTES;
    }

    /** For profiles. */
    String implementation() {
        return "winograd 4x4:%dx%dx%d".formatted(template.rows(), template.columns(), template.lanes());
    }

    @Override
    public List<Listing> listings() {
        return code.listings("winograd-" + functions.digest(), unit(template));
    }

    @Override
    public List<LoopCode.Unit> units(Target target) {
        return List.of(unit(WinogradSupport.template(target.lanes(), template.bias(), template.other())));
    }

    private LoopCode.Unit unit(WinogradTemplate of) {
        return LoopCode.Unit.of(of.program(), effort);
    }

    @Override
    public void run(KernelArguments arguments) {
        long words = arguments.scratchAddress() + wordsAt;
        writeArguments(arguments, words);
        int first = word(Size.FIRST);
        int count = word(Size.COUNT);
        boolean all = true;
        try {
            for (long tile = 0; tile < spec.tiles() && all; tile += chunk) {
                long here = Math.min(chunk, spec.tiles() - tile);
                write(words, first, tile);
                write(words, count, here);
                all = pool.parallelFor(tiles.parts(), transform, arguments.cancelled(), words, 0, 0, 0, 0)
                        && pool.parallelFor(products.parts(), multiply, arguments.cancelled(), words, 0, 0, 0, 0)
                        && pool.parallelFor(tiles.parts(), transformBack, arguments.cancelled(), words, here, 0, 0, 0);
            }
        } finally {
            Reference.reachabilityFence(functions); // its code is what ran
        }
    }

    private int word(Size size) {
        return template.buffers().size() + SIZES.indexOf(size);
    }

    private void writeArguments(KernelArguments arguments, long words) {
        int word = 0;
        for (int i = 0; i < template.buffers().size(); i++) {
            write(words, word++, address(template.buffers().get(i), arguments));
        }
        for (int i = 0; i < SIZES.size(); i++) {
            write(words, word++, size(SIZES.get(i)));
        }
    }

    private long address(Buffer buffer, KernelArguments arguments) {
        return switch (buffer) {
            case X -> arguments.inputAddress(0);
            case U -> arguments.inputAddress(1);
            case V -> arguments.scratchAddress();
            case M -> arguments.scratchAddress() + productsAt;
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
            case TILES_HIGH -> WinogradTemplate.tiles(spec.h());
            case TILES_WIDE -> WinogradTemplate.tiles(spec.w());
            case TILES -> spec.tiles();
            case FIRST, COUNT -> 0;
            case CHUNK -> chunk;
            case ROW_BLOCKS -> chunk / template.rows();
            case PANELS -> template.panels(spec.o());
            case PADDED -> template.panels(spec.o()) * template.columns();
        };
    }

    private static void write(long words, int word, long value) {
        Native.MEMORY.set(ValueLayout.JAVA_LONG, words + (long) word * Long.BYTES, value);
    }
}
