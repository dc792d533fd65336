package io.github.tintype.cpu;

import io.github.tintype.cpu.WinogradCut.Share;
import io.github.tintype.loop.template.RegisterTile;
import io.github.tintype.loop.template.WinogradForm;
import io.github.tintype.loop.template.WinogradTemplate;
import io.github.tintype.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Parameters of a {@link WinogradKernel}. Only the form changes a result.
 *
 * @param tile the products in registers
 * @param share what threads take
 * @param most tiles of a chunk, about
 */
record WinogradParameters(WinogradForm form, RegisterTile tile, Share share, long most) {
    private static final List<Long> CHUNKS = List.of(12L, 24L, 48L, 96L, 192L, 384L, 768L);
    /* Of the transforms of a chunk: twice what tables take. */
    private static final long MOST_BYTES = 80 << 20;

    /** The parameters of one problem that are legal, in one form. */
    record Legal(WinogradForm form, int lanes, WinogradKernel.Spec spec, int threads) {
        /** What tables say, then all tiles with all that threads may take. */
        List<WinogradParameters> grid() {
            RegisterTile usual = RegisterTile.of(lanes);
            List<WinogradParameters> grid =
                    new ArrayList<>(List.of(at(usual, WinogradCut.share(template(form, usual), spec, threads))));
            for (RegisterTile tile : RegisterTile.all(lanes)) {
                for (Share share : Share.values()) {
                    if (share == Share.PANELS || takesChunks(tile)) {
                        grid.add(at(tile, share));
                    }
                }
            }
            return grid.stream().distinct().toList();
        }

        private WinogradParameters at(RegisterTile tile, Share share) {
            return new WinogradParameters(form, tile, share, table(share));
        }

        /* Of the usual tile, whatever the tile is: so a step to another one changes nothing else. */
        private long table(Share share) {
            return WinogradCut.most(template(form, RegisterTile.of(lanes)), spec, share);
        }

        private boolean takesChunks(RegisterTile tile) {
            return WinogradCut.takesChunks(template(form, tile), spec, threads);
        }

        /** As a {@link Candidate}'s. */
        List<List<WinogradParameters>> steps(WinogradParameters from) {
            return List.of(
                    chunks(from.share).nextTo(from.most).stream()
                            .map(from::withMost)
                            .toList(),
                    new Choices<>(RegisterTile.all(lanes))
                            .nextTo(from.tile).stream()
                                    .filter(tile -> from.share == Share.PANELS || takesChunks(tile))
                                    .map(from::withTile)
                                    .toList());
        }

        /* Up to what there is, and to what memory there should be for it. */
        private Choices<Long> chunks(Share share) {
            RegisterTile usual = RegisterTile.of(lanes);
            long room = MOST_BYTES / WinogradCut.tileBytes(template(form, usual), spec);
            long most = Math.min(room, spec.tiles(form));
            return Choices.with(CHUNKS.stream().filter(size -> size <= most).toList(), table(share));
        }
    }

    /* Sizes hang on nothing else. */
    private static WinogradTemplate template(WinogradForm form, RegisterTile tile) {
        return WinogradSupport.template(form, false, tile, DType.F32, false, Optional.empty());
    }

    private WinogradParameters withMost(long other) {
        return new WinogradParameters(form, tile, share, other);
    }

    private WinogradParameters withTile(RegisterTile other) {
        return new WinogradParameters(form, other, share, most);
    }

    /** How a convolution is cut for so many threads. */
    WinogradCut cut(WinogradKernel.Spec spec, int threads) {
        return WinogradCut.of(template(form, tile), spec, share, most, threads);
    }

    /** What they come to for a convolution by so many threads: equal names are equal kernels. */
    String name(WinogradKernel.Spec spec, int threads) {
        WinogradCut cut = cut(spec, threads);
        String taken = switch (cut.share()) {
            case CHUNKS -> "own";
            case PANELS -> "shared";
        };
        return "winograd %s, %dx%d, %s chunks of %d".formatted(form, tile.rows(), tile.columns(), taken, cut.chunk());
    }
}
