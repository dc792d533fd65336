package io.github.tintype.cpu;

import io.github.tintype.loop.template.RegisterTile;

/**
 * How a {@link TapsKernel} is cut into chunks: some rows of results of one image, and the pixels that they read. It changes no result.
 *
 * @param rows of an image's results, by chunk
 * @param pixels of each chunk: as many as the largest reads, in whole tiles unless there are no more
 */
record TapsCut(Split rows, long pixels) {
    /* The products of a chunk stay near a core. */
    private static final long BYTES = 2 << 20;
    /* For each thread at least, so that they finish together. */
    private static final long CHUNKS = 2;
    /* Of a chunk: the rows around are multiplied twice. Half as many are 5 to 8 % slower (320→4 and 512→8 at 64²). */
    private static final long LEAST_ROWS = 32;

    static TapsCut of(RegisterTile tile, TapsKernel.Spec spec, long mostRows) {
        long chunks = Math.ceilDiv(spec.outH(), mostRows);
        Split rows = Split.of(spec.outH(), chunks, 1);
        long read = (rows.size(0) + spec.spanH() - 1) * spec.w();
        long whole = Math.ceilDiv(read, tile.rows()) * tile.rows();
        return new TapsCut(rows, Math.min(whole, spec.n() * spec.h() * spec.w()));
    }

    /** The most rows of a chunk by the tables. */
    static long most(TapsKernel.Spec spec, long columns, int threads) {
        long room = BYTES / (columns * spec.w() * Float.BYTES);
        return Math.max(Math.min(room, Math.ceilDiv(spec.n() * spec.outH(), CHUNKS * threads)), LEAST_ROWS);
    }

    /** Chunks of all images. */
    int chunks(TapsKernel.Spec spec) {
        return Math.toIntExact(spec.n() * rows.parts());
    }
}
