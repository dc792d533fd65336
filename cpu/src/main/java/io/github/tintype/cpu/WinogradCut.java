package io.github.tintype.cpu;

import io.github.tintype.loop.template.WinogradTemplate;

/**
 * How the tiles of a convolution are cut into chunks, and what threads share out. It changes no result.
 *
 * @param chunk tiles of a chunk: a multiple of the template's rows
 * @param share what a slice is
 */
record WinogradCut(long chunk, Share share) {
    /** What threads take. */
    enum Share {
        /** Whole chunks: what a thread transforms, it multiplies, from a cache of its own. */
        CHUNKS,
        /** Of each chunk a part: tiles, panels of filters, tiles again. */
        PANELS
    }

    /* Filters of so many bytes stay in the last cache: reading them again for each of many small chunks costs less than transforms that leave the second one. */
    private static final long SMALL_FILTERS = 12 << 20;
    /*
     * Transforms of a chunk that are to stay near a core: at least so many, and a quarter of the filters, which then are little to read beside them, also where others
     * use the last cache (256 channels: chunks of 12 tiles are 3 % faster than of 24 on an idle machine, and 20 % slower on a busy one).
     */
    private static final long OWN_BYTES = 1 << 20;
    private static final long PART_OF_FILTERS = 4;
    /* Larger filters are read from memory, once a chunk: this many tiles hide that. */
    private static final long MOST_TILES = 384;
    private static final long MOST_BYTES = 40 << 20;

    /** What tables say. */
    static WinogradCut of(WinogradTemplate template, WinogradKernel.Spec spec, int threads) {
        Share share = share(template, spec, threads);
        return of(template, spec, share, most(template, spec, share), threads);
    }

    /** What threads take by the tables. */
    static Share share(WinogradTemplate template, WinogradKernel.Spec spec, int threads) {
        boolean small = filterBytes(template, spec) <= SMALL_FILTERS;
        return small && takesChunks(template, spec, threads) ? Share.CHUNKS : Share.PANELS;
    }

    /** Whether there are enough tiles for chunks of their own for all threads. */
    static boolean takesChunks(WinogradTemplate template, WinogradKernel.Spec spec, int threads) {
        return spec.tiles(template.form()) >= 2L * template.rows() * threads;
    }

    /** The most tiles of a chunk by the tables, a multiple of the template's rows if threads take whole ones. */
    static long most(WinogradTemplate template, WinogradKernel.Spec spec, Share share) {
        long tileBytes = tileBytes(template, spec);
        long rows = template.rows();
        return switch (share) {
            case CHUNKS -> {
                long own = Math.max(OWN_BYTES, filterBytes(template, spec) / PART_OF_FILTERS);
                yield Math.max(own / tileBytes / rows, 1) * rows;
            }
            case PANELS -> Math.clamp(MOST_BYTES / tileBytes, rows, MOST_TILES);
        };
    }

    /** Chunks of about so many tiles, which are at least the template's rows. */
    static WinogradCut of(WinogradTemplate template, WinogradKernel.Spec spec, Share share, long most, int threads) {
        long tiles = spec.tiles(template.form());
        long chunks = Math.ceilDiv(tiles, most);
        long all = switch (share) {
            case CHUNKS -> Math.ceilDiv(chunks, threads) * threads;
            case PANELS -> chunks;
        };
        return new WinogradCut(even(tiles, all, template.rows()), share);
    }

    /** Bytes that the transforms of a tile and of its results take. */
    static long tileBytes(WinogradTemplate template, WinogradKernel.Spec spec) {
        long padded = template.panels(spec.o()) * template.columns();
        return template.form().parts() * (spec.c() + padded) * Float.BYTES;
    }

    private static long filterBytes(WinogradTemplate template, WinogradKernel.Spec spec) {
        return template.filterElements(spec.o(), spec.c()) * Float.BYTES;
    }

    /* The last chunk is as full as the others. */
    private static long even(long tiles, long chunks, long rows) {
        return Math.ceilDiv(Math.ceilDiv(tiles, chunks), rows) * rows;
    }
}
