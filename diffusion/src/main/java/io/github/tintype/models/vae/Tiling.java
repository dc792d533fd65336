package io.github.tintype.models.vae;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * How a picture is cut into overlapping square tiles that are coded one by one and blended, so that memory doesn't grow with the
 * picture. The result differs from coding the whole: norms see one tile. Sizes must be numbers, not symbols. Source: <a
 * href="https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/models/autoencoders/autoencoder_kl.py">diffusers
 * AutoencoderKL.tiled_decode, _tiled_encode</a>.
 *
 * @param tileSampleMinSize side of a tile in pixels of the picture
 * @param tileLatentMinSize side of a tile in pixels of the latent
 * @param tileOverlapFactor part of a tile that it shares with the next, in [0, 1)
 */
public record Tiling(int tileSampleMinSize, int tileLatentMinSize, double tileOverlapFactor) {
    /** The overlap that diffusers takes. */
    public static final double OVERLAP = 0.25;

    /** @throws IllegalArgumentException if tiles are empty, or overlap so much that they don't advance */
    public Tiling {
        boolean advances = (int) (Math.min(tileSampleMinSize, tileLatentMinSize) * (1 - tileOverlapFactor)) > 0;
        if (!(tileOverlapFactor >= 0 && tileOverlapFactor < 1) || !advances) {
            throw new IllegalArgumentException(
                    "tiling: got tiles of %d and %d pixels with overlap %s, wanted positive ones"
                                    .formatted(tileSampleMinSize, tileLatentMinSize, tileOverlapFactor)
                            + " that advance by a pixel and an overlap in [0, 1)");
        }
    }

    /** Tiles of the size that the model was trained on, as diffusers takes them. */
    public static Tiling of(AutoencoderKLConfig config) {
        return new Tiling(config.sampleSize(), config.sampleSize() / config.scaleFactor(), OVERLAP);
    }

    /** Whether {@code image} is larger than one tile of {@code side}. */
    private static boolean exceeds(Tensor image, int side) {
        return image.dim(2).value() > side || image.dim(3).value() > side;
    }

    /** {@code encode} of a picture, in tiles if it is larger than one. */
    Tensor encode(Tensor picture, UnaryOperator<Tensor> encode) {
        return exceeds(picture, tileSampleMinSize)
                ? map(picture, encode, tileSampleMinSize, tileLatentMinSize)
                : encode.apply(picture);
    }

    /** {@code decode} of a latent, in tiles if it is larger than one. */
    Tensor decode(Tensor latent, UnaryOperator<Tensor> decode) {
        return exceeds(latent, tileLatentMinSize)
                ? map(latent, decode, tileLatentMinSize, tileSampleMinSize)
                : decode.apply(latent);
    }

    private Tensor map(Tensor source, UnaryOperator<Tensor> coder, int sourceSide, int resultSide) {
        int step = (int) (sourceSide * (1 - tileOverlapFactor));
        int blend = (int) (resultSide * tileOverlapFactor);
        int kept = resultSide - blend;
        long height = source.dim(2).value();
        long width = source.dim(3).value();
        List<Tensor> above = List.of();
        List<Tensor> rows = new ArrayList<>();
        for (long top = 0; top < height; top += step) {
            Tensor strip = source.slice(2, top, Math.min(top + sourceSide, height));
            List<Tensor> row = new ArrayList<>();
            List<Tensor> cropped = new ArrayList<>();
            for (long left = 0; left < width; left += step) {
                Tensor tile = coder.apply(strip.slice(3, left, Math.min(left + sourceSide, width)));
                if (!above.isEmpty()) {
                    tile = blend(2, above.get(row.size()), tile, blend);
                }
                if (!row.isEmpty()) {
                    tile = blend(3, row.getLast(), tile, blend);
                }
                // As in diffusers, whose blending is in place, the next tiles blend with this one as it is now.
                row.add(tile);
                cropped.add(head(2, head(3, tile, kept), kept));
            }
            rows.add(Tensor.cat(3, cropped));
            above = row;
        }
        return Tensor.cat(2, rows);
    }

    private static Tensor head(int axis, Tensor image, long most) {
        return image.slice(axis, 0, Math.min(most, image.dim(axis).value()));
    }

    /* Tile b, whose first pixels along axis fade in over the last ones of a. */
    private static Tensor blend(int axis, Tensor a, Tensor b, int most) {
        long sizeA = a.dim(axis).value();
        long sizeB = b.dim(axis).value();
        int extent = (int) Math.min(most, Math.min(sizeA, sizeB));
        if (extent == 0) {
            return b;
        }
        float[] fadeOut = new float[extent];
        float[] fadeIn = new float[extent];
        for (int i = 0; i < extent; i++) {
            fadeOut[i] = (float) (1 - (double) i / extent);
            fadeIn[i] = (float) ((double) i / extent);
        }
        // Weights don't fit the narrow types: blended in f32, rounded once.
        Tensor faded = along(axis, fadeOut)
                .mul(a.slice(axis, sizeA - extent, sizeA).to(DType.F32))
                .add(along(axis, fadeIn).mul(b.slice(axis, 0, extent).to(DType.F32)))
                .to(b.dtype());
        return extent == sizeB ? faded : Tensor.cat(axis, List.of(faded, b.slice(axis, extent, sizeB)));
    }

    private static Tensor along(int axis, float[] weights) {
        long[] shape = new long[4];
        Arrays.fill(shape, 1);
        shape[axis] = weights.length;
        return Tensor.of(HostTensor.ofFloats(weights, shape));
    }
}
