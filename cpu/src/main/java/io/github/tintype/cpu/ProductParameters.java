package io.github.tintype.cpu;

import io.github.tintype.loop.template.RegisterTile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Parameters of a {@link ProductKernel}. None changes more of a result than the order in which sums of {@code depth} steps are added up.
 *
 * @param tile the products in registers
 * @param depth most steps of the inner dimension that are done at once: a multiple of {@link RegisterTile#UNROLLED}
 * @param rows most of a block, with which each panel of a point is multiplied
 * @param points for each thread
 */
record ProductParameters(RegisterTile tile, long depth, long rows, long points) {
    private static final List<Long> DEPTHS = List.of(320L, 640L, 1280L, 2560L, 5120L);
    private static final List<Long> ROWS = List.of(48L, 96L, 192L, 384L, 768L, 1536L);
    private static final List<Long> POINTS = List.of(2L, 4L, 8L, 16L, 32L);
    private static final List<Long> GRID_DEPTHS = List.of(640L, 2560L);
    private static final List<Long> GRID_ROWS = List.of(96L, 384L, 1536L);

    /*
     * So many steps of a panel stay in a second-level cache. Fewer would stay in the first, but then sums go to memory and back more often, which costs more: 640 steps 72 to
     * 80 GFLOP/s of a core at 256 rows, 1280→10240, 2560 steps 85 (Zen 3).
     */
    private static final long DEPTH = 2560;
    /*
     * What windows read is done in whole runs, and a longer panel costs less than one more part: 2880 steps at once are 2 to 3 % faster than 1920 and 960, 3840 as fast as 2560 (3×3 with stride
     * 2, 320 and 1280 channels, Zen 3).
     */
    private static final long WINDOW_DEPTH = 5120;
    /*
     * Windows are read side by side, far from each other: of twelve, processors fetch what comes next too late. 8×48 multiplies 380 to 445 GFLOP/s of BF16 on two threads, 12×32 240 to 340 (3×3
     * with 320 and 1280 channels, Zen 4).
     */
    private static final int MOST_WINDOWS = 8;
    /* All panels are read again for so many rows, which come from the third-level cache for each panel. */
    private static final long MOST_ROWS = 384;
    /* Points for each thread, so that they finish together. */
    static final long USUAL_POINTS = 8;

    /** The parameters of one problem that are legal. */
    record Legal(
            Choices<RegisterTile> tiles, Choices<Long> depths, Choices<Long> rows, Choices<Long> points, long usual) {
        /** @param whole whether the inner dimension is done at once */
        static Legal of(int lanes, ProductKernel.Spec spec, boolean whole) {
            return of(RegisterTile.all(lanes), spec, whole, DEPTH);
        }

        /** Of a {@link DirectKernel}, likewise. */
        static Legal ofWindows(int lanes, ProductKernel.Spec spec, boolean whole) {
            List<RegisterTile> tiles = RegisterTile.all(lanes).stream()
                    .sorted(Comparator.comparing(tile -> tile.rows() > MOST_WINDOWS))
                    .toList();
            return of(tiles, spec, whole, WINDOW_DEPTH);
        }

        private static Legal of(List<RegisterTile> tiles, ProductKernel.Spec spec, boolean whole, long usual) {
            return new Legal(
                    new Choices<>(tiles),
                    whole ? new Choices<>(List.of(whole(spec.k()))) : Choices.of(DEPTHS, spec.k()),
                    Choices.of(ROWS, spec.m()),
                    new Choices<>(POINTS),
                    usual);
        }

        /** What tables say. */
        ProductParameters table() {
            return at(tiles.values().getFirst(), usual, MOST_ROWS);
        }

        private ProductParameters at(RegisterTile tile, long depth, long mostRows) {
            return new ProductParameters(
                    tile, Choices.clipped(depths, depth), Choices.clipped(rows, mostRows), USUAL_POINTS);
        }

        /** What tables say, then a few that are far apart. */
        List<ProductParameters> grid() {
            List<ProductParameters> grid = new ArrayList<>(List.of(table()));
            for (RegisterTile tile : tiles.values()) {
                for (long depth : Choices.clipped(depths, GRID_DEPTHS)) {
                    for (long mostRows : Choices.clipped(rows, GRID_ROWS)) {
                        grid.add(at(tile, depth, mostRows));
                    }
                }
            }
            return grid.stream().distinct().toList();
        }

        /** As a {@link Candidate}'s. */
        List<List<ProductParameters>> steps(ProductParameters from) {
            return List.of(
                    rows.nextTo(from.rows).stream().map(from::withRows).toList(),
                    depths.nextTo(from.depth).stream().map(from::withDepth).toList(),
                    points.nextTo(from.points).stream().map(from::withPoints).toList(),
                    tiles.nextTo(from.tile).stream().map(from::withTile).toList());
        }
    }

    private static long whole(long k) {
        return Math.ceilDiv(k, RegisterTile.UNROLLED) * RegisterTile.UNROLLED;
    }

    private ProductParameters withTile(RegisterTile other) {
        return new ProductParameters(other, depth, rows, points);
    }

    private ProductParameters withDepth(long other) {
        return new ProductParameters(tile, other, rows, points);
    }

    private ProductParameters withRows(long other) {
        return new ProductParameters(tile, depth, other, points);
    }

    private ProductParameters withPoints(long other) {
        return new ProductParameters(tile, depth, rows, other);
    }

    /** Steps of each block of the inner dimension but the last: those of the last are nearly as many. */
    long steps(long k) {
        long all = Math.ceilDiv(k, RegisterTile.UNROLLED);
        return ProductCut.evenly(all, depth / RegisterTile.UNROLLED) * RegisterTile.UNROLLED;
    }

    /** How a product is cut for so many threads. */
    ProductCut cut(ProductKernel.Spec spec, int threads) {
        return ProductCut.of(tile, spec.m(), spec.n(), rows, points, threads);
    }

    /** What they come to for a product by so many threads: equal names are equal kernels. */
    String name(ProductKernel.Spec spec, int threads) {
        ProductCut cut = cut(spec, threads);
        return "matmul %dx%d, %d steps, %d tiles, %d panels"
                .formatted(tile.rows(), tile.columns(), steps(spec.k()), cut.tiles(), cut.group());
    }
}
