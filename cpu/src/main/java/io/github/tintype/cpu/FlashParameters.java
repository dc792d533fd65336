package io.github.tintype.cpu;

import io.github.tintype.loop.template.RegisterTile;
import java.util.ArrayList;
import java.util.List;

/**
 * Parameters of a {@link FlashKernel}. How keys are cut decides in which order results are joined; a query's result is the same however queries are.
 *
 * @param tile the products in registers: keys by queries
 * @param keys most of a block
 * @param groups of a tile's columns of queries, at most, that go through the keys together
 */
record FlashParameters(RegisterTile tile, long keys, long groups) {
    private static final List<Long> KEYS = List.of(32L, 64L, 128L, 256L, 512L, 1024L);
    private static final List<Long> GROUPS = List.of(1L, 2L, 3L, 6L, 12L, 24L);

    /* Scores of a block should stay in the first-level cache beside what passes by, its keys and values in the second-level one. */
    private static final long BLOCK_SCORES = 4 << 10;
    private static final long BLOCK_BYTES = 256 << 10;
    /* Queries that go through the keys together, each time reading all of them; fewer where threads would have nothing to do. */
    private static final long POINT_QUERIES = 96;
    static final long THREAD_POINTS = 8;

    /* Most rows: the sizes of heads are multiples of 8. */
    private static final int MOST_ROWS = 8;

    /** The tiles that there are, that of the tables first. */
    static List<RegisterTile> tiles(int lanes) {
        return RegisterTile.all(lanes).stream()
                .map(tile -> new RegisterTile(Math.min(tile.rows(), MOST_ROWS), tile.columns(), lanes))
                .distinct()
                .toList();
    }

    /** The parameters of one problem that are legal. */
    record Legal(Choices<RegisterTile> tiles, Choices<Long> keys, Choices<Long> groups, FlashParameters table) {
        static Legal of(int lanes, Attention.Spec spec, int threads) {
            List<RegisterTile> tiles = FlashParameters.tiles(lanes);
            FlashParameters table = table(tiles.getFirst(), spec, threads);
            long all = Math.ceilDiv(spec.queries(), table.tile.columns());
            return new Legal(
                    new Choices<>(tiles),
                    Choices.with(Choices.of(KEYS, spec.keys()).values(), table.keys),
                    Choices.with(Choices.of(GROUPS, all).values(), table.groups),
                    table);
        }

        private static FlashParameters table(RegisterTile tile, Attention.Spec spec, int threads) {
            long most = Math.min(BLOCK_SCORES / tile.columns(), BLOCK_BYTES / Float.BYTES / (spec.d() + spec.valueD()));
            long all = Math.ceilDiv(spec.queries(), tile.columns());
            long enough = spec.batch() * spec.heads() * all / (THREAD_POINTS * threads);
            long groups = Math.clamp(enough, 1, Math.max(1, POINT_QUERIES / tile.columns()));
            return new FlashParameters(tile, Math.max(most, tile.rows()), groups);
        }

        /** What tables say, then all tiles with twice and half as many keys and queries. */
        List<FlashParameters> grid() {
            List<FlashParameters> grid = new ArrayList<>(List.of(table));
            for (RegisterTile tile : tiles.values()) {
                for (long size : near(keys, table.keys)) {
                    for (long count : near(groups, table.groups)) {
                        grid.add(new FlashParameters(tile, size, count));
                    }
                }
            }
            return grid.stream().distinct().toList();
        }

        /* A value and those next to it. */
        private static List<Long> near(Choices<Long> choices, long value) {
            List<Long> near = new ArrayList<>(choices.nextTo(value));
            near.add(value);
            return near;
        }

        /** As a {@link Candidate}'s. */
        List<List<FlashParameters>> steps(FlashParameters from) {
            return List.of(
                    keys.nextTo(from.keys).stream().map(from::withKeys).toList(),
                    groups.nextTo(from.groups).stream().map(from::withGroups).toList(),
                    tiles.nextTo(from.tile).stream().map(from::withTile).toList());
        }
    }

    private FlashParameters withKeys(long other) {
        return new FlashParameters(tile, other, groups);
    }

    private FlashParameters withGroups(long other) {
        return new FlashParameters(tile, keys, other);
    }

    private FlashParameters withTile(RegisterTile other) {
        return new FlashParameters(other, keys, groups);
    }

    /** Keys of a block: a multiple of the tile's rows; the last one is as full as the others. */
    long block(Attention.Spec spec) {
        long panels = Math.ceilDiv(spec.keys(), tile.rows());
        long blocks = Math.ceilDiv(panels, Math.max(1, keys / tile.rows()));
        return Math.ceilDiv(panels, blocks) * tile.rows();
    }

    /** Groups of queries that go through the keys together. */
    long together(Attention.Spec spec) {
        return Math.min(groups, Math.ceilDiv(spec.queries(), tile.columns()));
    }

    /** What they come to: equal names are equal kernels. */
    String name(Attention.Spec spec) {
        return "flash %dx%d, %d keys, %d groups".formatted(tile.rows(), tile.columns(), block(spec), together(spec));
    }
}
