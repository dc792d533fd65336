package io.github.tintype.image;

/** Scaling to a size of another aspect ratio. Source: diffusers image_processor.py _resize_and_fill, _resize_and_crop. */
final class Fit {
    private Fit() {}

    /** The whole picture, centred; its outermost rows or columns fill the rest. RGB. */
    static Pixels fill(Pixels source, int width, int height, Resample resample) {
        boolean wide = (double) width / height < (double) source.width() / source.height();
        Pixels scaled = scaled(source, width, height, resample, wide);
        int top = height / 2 - scaled.height() / 2;
        int left = width / 2 - scaled.width() / 2;
        Pixels out = black(width, height).paste(scaled, left, top);
        int bottom = scaled.height();
        int right = scaled.width();
        if (wide && top > 0) {
            out = out.paste(Resample.BICUBIC.resize(scaled, width, top, 0, 0, 0, width), 0, 0);
            out = out.paste(Resample.BICUBIC.resize(scaled, width, top, bottom, bottom, 0, width), 0, top + bottom);
        }
        if (!wide && left > 0) {
            out = out.paste(Resample.BICUBIC.resize(scaled, left, height, 0, height, 0, 0), 0, 0);
            out = out.paste(Resample.BICUBIC.resize(scaled, left, height, 0, height, right, right), left + right, 0);
        }
        return out;
    }

    /** The middle of the picture. RGB. */
    static Pixels crop(Pixels source, int width, int height, Resample resample) {
        boolean tall = (double) width / height > (double) source.width() / source.height();
        Pixels scaled = scaled(source, width, height, resample, tall);
        return black(width, height).paste(scaled, width / 2 - scaled.width() / 2, height / 2 - scaled.height() / 2);
    }

    private static Pixels scaled(Pixels source, int width, int height, Resample resample, boolean fullWidth) {
        int w = fullWidth ? width : Math.toIntExact((long) source.width() * height / source.height());
        int h = fullWidth ? Math.toIntExact((long) source.height() * width / source.width()) : height;
        return resample.resize(source, w, h).toRgb();
    }

    private static Pixels black(int width, int height) {
        return new Pixels(width, height, 3, new byte[width * height * 3]);
    }
}
