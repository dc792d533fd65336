package io.github.tintype.image;

import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * Pictures to what a VAE (or a latent mask) reads, and back. Source: diffusers image_processor.py VaeImageProcessor.
 *
 * @param vaeScaleFactor sizes are rounded down to multiples of it
 * @param vaeLatentChannels a tensor of this many channels is taken for latents and passed through
 * @param doNormalize to [-1, 1], else [0, 1]
 * @param doBinarize to 0 and 1, at 0.5
 */
public record VaeImageProcessor(
        int vaeScaleFactor,
        int vaeLatentChannels,
        boolean doResize,
        Resample resample,
        boolean doNormalize,
        boolean doBinarize,
        Convert convert) {
    /** What to do with the channels of a picture. */
    public enum Convert {
        NONE,
        RGB,
        GREY
    }

    /** How a picture of another aspect ratio is fitted: stretched, or scaled and filled up or cut at the edges. */
    public enum ResizeMode {
        DEFAULT,
        FILL,
        CROP
    }

    public VaeImageProcessor {
        if (vaeScaleFactor < 1) {
            throw new IllegalArgumentException("vae scale factor: got %d, wanted at least 1".formatted(vaeScaleFactor));
        }
    }

    /** The processor of a pipeline's pictures: RGB, lanczos, normalised. */
    public static VaeImageProcessor forImages(int vaeScaleFactor) {
        return new VaeImageProcessor(vaeScaleFactor, 4, true, Resample.LANCZOS, true, false, Convert.RGB);
    }

    /** The processor of a pipeline's inpainting masks: grey, lanczos, then 0 or 1. */
    public static VaeImageProcessor forMasks(int vaeScaleFactor) {
        return new VaeImageProcessor(vaeScaleFactor, 4, true, Resample.LANCZOS, false, true, Convert.GREY);
    }

    /** {@code size} rounded down to what the VAE can take. */
    public int supportedSize(int size) {
        return size - size % vaeScaleFactor;
    }

    /** A picture in its own size, rounded down: f32 [1, c, h, w]. */
    public HostTensor preprocess(Pixels image) {
        return preprocess(List.of(image), image.height(), image.width(), ResizeMode.DEFAULT);
    }

    /**
     * Pictures scaled to {@code height} by {@code width}, rounded down: f32 [b, c, h, w].
     *
     * @throws ShapeException if the pictures then differ in size or channels, or nothing is left of a size
     */
    public HostTensor preprocess(List<Pixels> images, int height, int width, ResizeMode mode) {
        List<Pixels> ready = images.stream()
                .map(image -> doResize ? resize(image, supportedSize(height), supportedSize(width), mode) : image)
                .map(this::converted)
                .toList();
        Pixels first = ready.getFirst();
        int area = first.width() * first.height();
        HostTensor out = HostTensor.allocate(
                TensorType.of(DType.F32, ready.size(), first.channels(), first.height(), first.width()));
        long at = 0;
        for (Pixels image : ready) {
            if (image.width() != first.width()
                    || image.height() != first.height()
                    || image.channels() != first.channels()) {
                throw new ShapeException("images: got %s and %s, wanted one size and kind".formatted(first, image));
            }
            for (int c = 0; c < image.channels(); c++) {
                for (int i = 0; i < area; i++) {
                    out.setDouble(at++, ranged((image.data()[i * image.channels() + c] & 0xff) / 255f, doNormalize));
                }
            }
        }
        return out;
    }

    /**
     * A tensor of [0, 1], [b, c, h, w], as pictures are handled; scaled by nearest neighbour. Latents are returned as they are, and
     * values below 0 are taken for a sign that the tensor is in [-1, 1] already, as diffusers does.
     */
    public HostTensor preprocess(HostTensor images, int height, int width) {
        checkRank(images);
        if (images.type().shape().size(1) == vaeLatentChannels) {
            return images;
        }
        HostTensor scaled = doResize
                ? nearest(images, supportedSize(height), supportedSize(width))
                : nearest(images, (int) images.type().shape().size(2), (int)
                        images.type().shape().size(3));
        long n = scaled.type().shape().elements();
        boolean normalize = doNormalize;
        for (long i = 0; i < n && normalize; i++) {
            normalize = scaled.getDouble(i) >= 0;
        }
        for (long i = 0; i < n; i++) {
            scaled.setDouble(i, ranged((float) scaled.getDouble(i), normalize));
        }
        return scaled;
    }

    /** A VAE's output [b, c, h, w] in [0, 1], f32; computed in the output's own precision, as torch does. */
    public HostTensor postprocess(HostTensor decoded) {
        HostTensor out = HostTensor.allocate(decoded.type().with(DType.F32));
        HostTensor rounded = HostTensor.allocate(decoded.type().with(Shape.of(1)));
        long n = decoded.type().shape().elements();
        for (long i = 0; i < n; i++) {
            float value = (float) decoded.getDouble(i);
            if (doNormalize) {
                rounded.setDouble(0, value * 0.5f);
                rounded.setDouble(0, (float) rounded.getDouble(0) + 0.5f);
                value = Math.clamp((float) rounded.getDouble(0), 0f, 1f);
            }
            out.setDouble(i, value);
        }
        return out;
    }

    /**
     * Pictures of [0, 1], [b, c, h, w], as 8-bit ones, rounded half to even; values outside are clamped.
     *
     * @throws DeviceException if a value isn't a number: a black picture would hide a failed computation
     */
    public static List<Pixels> toPixels(HostTensor images) {
        checkRank(images);
        Shape shape = images.type().shape();
        int channels = Math.toIntExact(shape.size(1));
        int area = Math.toIntExact(shape.size(2) * shape.size(3));
        List<Pixels> all = new ArrayList<>();
        for (long b = 0; b < shape.size(0); b++) {
            byte[] data = new byte[Math.multiplyExact(channels, area)];
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < area; i++) {
                    float value = (float) images.getDouble((b * channels + c) * area + i);
                    if (Float.isNaN(value)) {
                        throw new DeviceException(
                                DeviceException.Reason.COMPUTE,
                                "image: got NaN in image %d, channel %d, pixel %d, wanted numbers".formatted(b, c, i));
                    }
                    data[i * channels + c] = (byte) Math.clamp((int) Math.rint(value * 255f), 0, 255);
                }
            }
            all.add(new Pixels((int) shape.size(3), (int) shape.size(2), channels, data));
        }
        return all;
    }

    /** {@code torch.nn.functional.interpolate(image, size)} of [b, c, h, w]; always a copy, f32. */
    public static HostTensor nearest(HostTensor image, int height, int width) {
        checkRank(image);
        Shape shape = image.type().shape();
        int h = (int) shape.size(2);
        int w = (int) shape.size(3);
        HostTensor out = HostTensor.allocate(TensorType.of(DType.F32, shape.size(0), shape.size(1), height, width));
        long at = 0;
        for (long plane = 0; plane < shape.size(0) * shape.size(1); plane++) {
            for (int y = 0; y < height; y++) {
                int fromY = Math.min(h - 1, (int) (y * ((float) h / height)));
                for (int x = 0; x < width; x++) {
                    int fromX = Math.min(w - 1, (int) (x * ((float) w / width)));
                    out.setDouble(at++, image.getDouble((plane * h + fromY) * w + fromX));
                }
            }
        }
        return out;
    }

    /** One picture scaled to exactly this size. */
    Pixels resize(Pixels image, int height, int width, ResizeMode mode) {
        if (height < 1 || width < 1) {
            throw new ShapeException(
                    "image: got %s, wanted at least %d pixels a side".formatted(image, vaeScaleFactor));
        }
        return switch (mode) {
            case DEFAULT -> resample.resize(image, width, height);
            case FILL -> Fit.fill(image, width, height, resample);
            case CROP -> Fit.crop(image, width, height, resample);
        };
    }

    private Pixels converted(Pixels image) {
        return switch (convert) {
            case NONE -> image;
            case RGB -> image.toRgb();
            case GREY -> image.toGrey();
        };
    }

    private float ranged(float value, boolean normalize) {
        float ranged = normalize ? 2 * value - 1 : value;
        return doBinarize ? (ranged < 0.5f ? 0 : 1) : ranged;
    }

    private static void checkRank(HostTensor images) {
        if (images.type().shape().rank() != 4) {
            throw new ShapeException("images: got %s, wanted [b,c,h,w]".formatted(images.type()));
        }
    }
}
