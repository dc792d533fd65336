package io.github.tintype.cpu;

import io.github.tintype.loop.template.RegisterTile;
import java.util.List;

/**
 * Parameters of a {@link TapsKernel}. None changes a result.
 *
 * @param tile the products in registers
 * @param rows most rows of results of a chunk
 */
record TapsParameters(RegisterTile tile, long rows) {
    private static final List<Long> ROWS = List.of(4L, 8L, 16L, 32L, 64L, 128L);

    /** The parameters of one problem that are legal. */
    record Legal(Choices<RegisterTile> tiles, Choices<Long> rows, long table) {
        static Legal of(int lanes, TapsKernel.Spec spec, int threads) {
            Choices<RegisterTile> tiles = new Choices<>(RegisterTile.all(lanes));
            RegisterTile usual = tiles.values().getFirst();
            long table = TapsCut.most(spec, usual.panels(spec.columns()) * usual.columns(), threads);
            return new Legal(tiles, Choices.with(Choices.of(ROWS, spec.outH()).values(), table), table);
        }

        /** What tables say, then the other tiles. */
        List<TapsParameters> grid() {
            return tiles.values().stream()
                    .map(tile -> new TapsParameters(tile, table))
                    .toList();
        }

        /** As a {@link Candidate}'s. */
        List<List<TapsParameters>> steps(TapsParameters from) {
            return List.of(
                    rows.nextTo(from.rows).stream().map(from::withRows).toList(),
                    tiles.nextTo(from.tile).stream().map(from::withTile).toList());
        }
    }

    private TapsParameters withTile(RegisterTile other) {
        return new TapsParameters(other, rows);
    }

    private TapsParameters withRows(long other) {
        return new TapsParameters(tile, other);
    }

    /** How a convolution is cut. */
    TapsCut cut(TapsKernel.Spec spec) {
        return TapsCut.of(tile, spec, rows);
    }

    /** What they come to for a convolution: equal names are equal kernels. */
    String name(TapsKernel.Spec spec) {
        TapsCut cut = cut(spec);
        return "taps %dx%d, %d chunks of %d pixels"
                .formatted(tile.rows(), tile.columns(), cut.chunks(spec), cut.pixels());
    }
}
