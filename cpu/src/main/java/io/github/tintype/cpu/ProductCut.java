package io.github.tintype.cpu;

import io.github.tintype.loop.template.RegisterTile;

/**
 * How a product [m,n] is cut into points, each a block of rows by a group of panels. No result hangs on it.
 *
 * @param tiles of rows of a point
 * @param rowBlocks blocks of so many
 * @param panels of the weight
 * @param group panels of a point
 * @param groups of so many
 */
record ProductCut(long tiles, long rowBlocks, long panels, long group, long groups) {
    /**
     * @param mostRows of a block: all panels are read again for each, and its rows for each panel
     * @param points that each thread should have at least
     */
    static ProductCut of(RegisterTile tile, long m, long n, long mostRows, long points, int threads) {
        long allTiles = Math.ceilDiv(m, tile.rows());
        long tiles = evenly(allTiles, mostRows / tile.rows());
        long rowBlocks = Math.ceilDiv(allTiles, tiles);
        long panels = Math.ceilDiv(n, tile.columns());
        long group = Math.ceilDiv(panels, Math.clamp(Math.ceilDiv(points * threads, rowBlocks), 1, panels));
        return new ProductCut(tiles, rowBlocks, panels, group, Math.ceilDiv(panels, group));
    }

    /** The size of parts, none larger than the most, of which the last is nearly as large as the others. */
    static long evenly(long total, long most) {
        return Math.ceilDiv(total, Math.ceilDiv(total, most));
    }

    int points() {
        return Math.toIntExact(rowBlocks * groups);
    }
}
