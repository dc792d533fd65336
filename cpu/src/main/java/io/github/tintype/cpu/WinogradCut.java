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

    static WinogradCut of(WinogradTemplate template, WinogradKernel.Spec spec, int threads) {
        long padded = template.panels(spec.o()) * template.columns();
        long tileBytes = template.form().parts() * (spec.c() + padded) * Float.BYTES;
        long filterBytes = template.filterElements(spec.o(), spec.c()) * Float.BYTES;
        long tiles = spec.tiles(template.form());
        long rows = template.rows();
        if (filterBytes <= SMALL_FILTERS && tiles >= 2 * rows * threads) {
            long own = Math.max(OWN_BYTES, filterBytes / PART_OF_FILTERS);
            long chunks = Math.ceilDiv(tiles, Math.max(own / tileBytes / rows, 1) * rows);
            return new WinogradCut(even(tiles, Math.ceilDiv(chunks, threads) * threads, rows), Share.CHUNKS);
        }
        long most = Math.clamp(MOST_BYTES / tileBytes, rows, MOST_TILES);
        return new WinogradCut(even(tiles, Math.ceilDiv(tiles, most), rows), Share.PANELS);
    }

    /* The last chunk is as full as the others. */
    private static long even(long tiles, long chunks, long rows) {
        return Math.ceilDiv(Math.ceilDiv(tiles, chunks), rows) * rows;
    }
}
