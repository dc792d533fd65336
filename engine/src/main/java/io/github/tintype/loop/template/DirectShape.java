package io.github.tintype.loop.template;

import io.github.tintype.loop.template.DirectTemplate.Size;

/**
 * What a {@link DirectTemplate} computes: x [n,h,w,c], channels last, by a weight [o,c,kh,kw] to [n,h',w',o].
 *
 * @param copies whether x is copied between zeros first
 * @param step numbers of a step of the inner dimension, which c is a multiple of
 * @param depth most steps of the inner dimension that are done at once; a run is done at once anyhow
 */
public record DirectShape(long n, long h, long w, long c, long o, Window window, boolean copies, int step, long depth) {
    /** What is multiplied for a pixel: {@code high} by {@code wide} pixels, {@code dilation} apart, and how many rows and columns of zeros there are around the image. */
    public record Window(
            long high, long wide, long stride, long dilation, long top, long left, long bottom, long right) {
        /** Whether there are any zeros. */
        public boolean pads() {
            return top + left + bottom + right > 0;
        }

        private long results(long size, long taps) {
            return (size - span(1, taps)) / stride + 1;
        }

        /* Pixels from the first to the last that so many results read. */
        private long span(long results, long taps) {
            return (results - 1) * stride + (taps - 1) * dilation + 1;
        }
    }

    public DirectShape {
        if (window.pads() && !copies) {
            throw new IllegalArgumentException(
                    "direct: got %s read in place, wanted no zeros around".formatted(window));
        }
        if (c % step != 0) {
            throw new IllegalArgumentException("direct: got %d channels, wanted a multiple of %d".formatted(c, step));
        }
    }

    /** Rows of a result. */
    public long outH() {
        return window.results(h + window.top() + window.bottom(), window.high());
    }

    /** Pixels of a row of it. */
    public long outW() {
        return window.results(w + window.left() + window.right(), window.wide());
    }

    /** Pixels of all results: the rows of the product. */
    public long pixels() {
        return n * outH() * outW();
    }

    /** Steps of its inner dimension. */
    public long k() {
        return window.high() * window.wide() * pixel();
    }

    /* Steps of a pixel. */
    private long pixel() {
        return c / step;
    }

    /** Elements of {@code padded}. */
    public long padded() {
        return n * readH() * readW() * c;
    }

    private long readH() {
        return copies ? window.span(outH(), window.high()) : h;
    }

    private long readW() {
        return copies ? window.span(outW(), window.wide()) : w;
    }

    private long left() {
        return Math.min(window.left(), readW());
    }

    /* Neighbours of a row of the window lie side by side if nothing is left out between them. */
    private boolean joins() {
        return window.dilation() == 1 && window.wide() * pixel() <= depth;
    }

    private long runs() {
        return joins() ? 1 : window.wide();
    }

    private long run() {
        return joins() ? window.wide() * pixel() : pixel();
    }

    private long allRuns() {
        return window.high() * runs();
    }

    /** Likewise with other parts. */
    public DirectShape withDepth(long other) {
        return new DirectShape(n, h, w, c, o, window, copies, step, other);
    }

    /** Likewise with a step for each number, which is widened when it is copied. */
    public DirectShape inNumbers() {
        return step == 1 ? this : new DirectShape(n, h, w, c, o, window, true, 1, depth);
    }

    /** Steps of each part of the inner dimension but the last. */
    public long steps() {
        return part() * run();
    }

    /* Runs of each part but the last: those of the last are nearly as many. */
    private long part() {
        return Math.ceilDiv(allRuns(), Math.ceilDiv(allRuns(), Math.max(1, depth / run())));
    }

    /** The value of an argument. */
    public long size(Size size) {
        return switch (size) {
            case M -> pixels();
            case N -> o;
            case H -> h;
            case ROW -> w * c;
            case COPIED -> Math.min(w, readW() - left()) * c;
            case PADDED_ROWS -> n * readH();
            case PADDED_H -> readH();
            case PADDED_ROW -> readW() * c;
            case TOP -> window.top();
            case LEFT -> left() * c;
            case OUT_ROWS -> n * outH();
            case OUT_H -> outH();
            case OUT_W -> outW();
            case IMAGE -> readH() * readW() * pixel();
            case DOWN -> window.stride() * readW() * pixel();
            case ACROSS -> window.stride() * pixel();
            case LAST -> {
                long last = (n - 1) * readH() * readW() + window.stride() * ((outH() - 1) * readW() + outW() - 1);
                yield last * pixel();
            }
            case WINDOW_DOWN -> window.dilation() * readW() * pixel();
            case WINDOW_ACROSS -> window.dilation() * pixel();
            case RUN -> run();
            case RUNS -> runs();
            case ALL_RUNS -> allRuns();
            case PART -> part();
            case PARTS -> Math.ceilDiv(allRuns(), part());
        };
    }
}
