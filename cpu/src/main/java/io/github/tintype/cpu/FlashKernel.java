package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.loop.template.AttentionTemplate;
import io.github.tintype.loop.template.AttentionTemplate.Buffer;
import io.github.tintype.loop.template.AttentionTemplate.Size;
import io.github.tintype.loop.template.RegisterTile;
import java.lang.ref.Reference;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * An {@link AttentionTemplate} for one shape: keys and values of all heads are laid out, then runs of queries are dealt out to the threads. A query's result is the same
 * however they are cut.
 */
final class FlashKernel implements GeneratedKernel {
    private static final long THREAD_POINTS = FlashParameters.THREAD_POINTS;

    private static final List<Buffer> SHARED = List.of(Buffer.PACKED_KEYS, Buffer.PACKED_VALUES);
    private static final List<Size> SIZES = List.of(Size.values());

    private final WorkerPool pool;
    private final LoopCode code;
    private final Effort effort;
    private final AttentionTemplate template;
    private final List<Buffer> buffers;
    /* Those that each thread has for itself. */
    private final List<Buffer> own;
    private final LoopCode.Functions functions;
    /* Of sizes and the scalar. */
    private final long[] words;
    /* By the buffer's number, of what is in scratch memory: where it begins among what is shared, or in a thread's own. */
    private final long[] offsets;
    private final long sharedBytes;
    private final long ownBytes;
    private final long wordsAt;
    private final Split blocks;
    private final Split points;
    private final WorkerPool.KernelBody layOut;
    private final WorkerPool.KernelBody attend;

    /**
     * @param template of the parameters' tile
     * @param spec without a mask
     */
    FlashKernel(
            Cpu cpu,
            LoopCode code,
            AttentionTemplate template,
            Attention.Spec spec,
            FlashParameters parameters,
            Effort effort) {
        pool = cpu.pool();
        this.code = code;
        this.effort = effort;
        this.template = template;
        buffers = template.buffers();
        own = buffers.stream().filter(FlashKernel::isOwn).toList();
        offsets = new long[buffers.size()];
        functions = code.of(unit(template));
        Map<Size, Long> sizes = sizes(spec, parameters, template.step());
        words = new long[sizes.size() + 1];
        sizes.forEach((size, value) -> words[SIZES.indexOf(size)] = value);
        words[sizes.size()] = AttentionTemplate.factor(spec.scale());
        Map<Buffer, Long> elements = template.elements(sizes);
        sharedBytes = place(SHARED, elements);
        wordsAt = place(own, elements);
        ownBytes = NativeMemory.aligned(wordsAt + (buffers.size() + (long) words.length) * Long.BYTES);
        long heads = spec.batch() * spec.heads();
        long slices = THREAD_POINTS * cpu.threads();
        double operations = 2.0 * heads * spec.queries() * spec.keys() * (spec.d() + spec.valueD());
        blocks = Split.of(heads * words[SIZES.indexOf(Size.BLOCKS)], slices, 1);
        points = Split.of(
                heads * words[SIZES.indexOf(Size.POINTS)],
                Math.max(slices, Split.slices(operations, cpu.threads())),
                1);
        layOut = (slice, _, first, _, _, _, _) ->
                functions.get(0).call(first, blocks.start(slice), blocks.start(slice) + blocks.size(slice));
        attend = (slice, worker, first, _, _, _, _) -> functions
                .get(1)
                .call(first + worker.index() * ownBytes, points.start(slice), points.start(slice) + points.size(slice));
    }

    private static boolean isOwn(Buffer buffer) {
        return switch (buffer) {
            case Q, K, V, Y, PACKED_KEYS, PACKED_VALUES -> false;
            case QUERIES, SCORES, WEIGHTS, SUMS, STATES -> true;
        };
    }

    private static Map<Size, Long> sizes(Attention.Spec spec, FlashParameters parameters, int step) {
        long block = parameters.block(spec);
        long together = parameters.together(spec);
        long groups = Math.ceilDiv(spec.queries(), parameters.tile().columns());
        Map<Size, Long> sizes = new EnumMap<>(Size.class);
        for (Size size : SIZES) {
            long value = switch (size) {
                case BATCH -> spec.batch();
                case HEADS -> spec.heads();
                case QUERY_COUNT -> spec.queries();
                case KEY_COUNT -> spec.keys();
                case D -> spec.d() / step;
                case E -> spec.valueD();
                case Q_BATCH -> spec.q().batch() / step;
                case Q_HEAD -> spec.q().head() / step;
                case Q_ROW -> spec.q().row() / step;
                case K_BATCH -> spec.k().batch() / step;
                case K_HEAD -> spec.k().head() / step;
                case K_ROW -> spec.k().row() / step;
                case V_BATCH -> spec.v().batch();
                case V_HEAD -> spec.v().head();
                case V_ROW -> spec.v().row();
                case Y_BATCH -> spec.dst().batch();
                case Y_HEAD -> spec.dst().head();
                case Y_ROW -> spec.dst().row();
                case BLOCK -> block;
                case BLOCKS -> Math.ceilDiv(spec.keys(), block);
                case E_PANELS -> Math.ceilDiv(spec.valueD(), parameters.tile().rows());
                case GROUPS -> together;
                case POINTS -> Math.ceilDiv(groups, together);
            };
            sizes.put(size, value);
        }
        return sizes;
    }

    /* One after the other; the end. */
    private long place(List<Buffer> some, Map<Buffer, Long> elements) {
        long at = 0;
        for (Buffer buffer : some) {
            offsets[buffers.indexOf(buffer)] = at;
            at += NativeMemory.aligned(Objects.requireNonNull(elements.get(buffer)) * Float.BYTES);
        }
        return at;
    }

    /** What a run needs besides its operands: all keys and values once more, and for each thread what one block and the queries that go through it together need. */
    long scratchBytes() {
        return sharedBytes + pool.size() * ownBytes;
    }

    /** For profiles. */
    String implementation() {
        return "flash %dx%dx%d%s"
                .formatted(
                        template.rows(),
                        template.columns(),
                        template.lanes(),
                        GeneratedKernel.of(template.operands(), template));
    }

    @Override
    public List<Listing> listings() {
        return code.listings("attention-" + functions.digest(), unit(template));
    }

    /* Which tile is best elsewhere nobody has measured: there it is the one of the tables. */
    @Override
    public List<LoopCode.Unit> units(Target target) {
        RegisterTile tile = target.lanes() == template.lanes()
                ? new RegisterTile(template.rows(), template.columns(), template.lanes())
                : FlashParameters.tiles(target.lanes()).getFirst();
        boolean pairs = template.pairs() && ProductSupport.multipliesPairs(target, template.operands());
        return List.of(unit(FlashSupport.template(tile, template.operands(), pairs, template.causal())));
    }

    private LoopCode.Unit unit(AttentionTemplate of) {
        return LoopCode.Unit.of(of, effort);
    }

    @Override
    public void run(KernelArguments arguments) {
        long first = arguments.scratchAddress() + sharedBytes;
        for (int thread = 0; thread < pool.size(); thread++) {
            writeArguments(arguments, first + thread * ownBytes);
        }
        long firstWords = first + wordsAt;
        try {
            if (pool.parallelFor(blocks.parts(), layOut, arguments.cancelled(), firstWords, 0, 0, 0, 0)) {
                pool.parallelFor(points.parts(), attend, arguments.cancelled(), firstWords, 0, 0, 0, 0);
            }
        } finally {
            Reference.reachabilityFence(functions); // its code is what ran
        }
    }

    private void writeArguments(KernelArguments arguments, long from) {
        write(from, Buffer.Q, arguments.inputAddress(0));
        write(from, Buffer.K, arguments.inputAddress(1));
        write(from, Buffer.V, arguments.inputAddress(2));
        write(from, Buffer.Y, arguments.outputAddress());
        for (int i = 0; i < SHARED.size(); i++) {
            write(from, SHARED.get(i), arguments.scratchAddress() + offset(SHARED.get(i)));
        }
        for (int i = 0; i < own.size(); i++) {
            write(from, own.get(i), from + offset(own.get(i)));
        }
        for (int i = 0; i < words.length; i++) {
            write(from, buffers.size() + i, words[i]);
        }
    }

    private long offset(Buffer buffer) {
        return offsets[buffers.indexOf(buffer)];
    }

    private void write(long from, Buffer buffer, long address) {
        write(from, buffers.indexOf(buffer), address);
    }

    private void write(long from, int word, long value) {
        Native.setWord(from + wordsAt, word, value);
    }
}
