package io.github.tintype.loop.lower;

import io.github.tintype.loop.Index;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** Coordinates before a reshape from those after it. */
final class Reshapes {
    private Reshapes() {}

    /**
     * The coordinates in {@code from} of the element at {@code coordinates} of {@code to}.
     *
     * @param linear an index for a coordinate
     * @throws Axes.Cut if an axis has to be cut for it
     */
    static List<Coordinate> before(
            long[] from,
            long[] to,
            List<Coordinate> coordinates,
            Axes axes,
            Function<Coordinate, Index> linear,
            Function<Long, Index> size) {
        List<Coordinate> result = new ArrayList<>(Collections.nCopies(from.length, Coordinate.ZERO));
        int a = from.length;
        int b = to.length;
        while (a > 0 || b > 0) {
            // The shortest runs at the end that hold equally many elements.
            int aEnd = a;
            int bEnd = b;
            long x = a > 0 ? from[--a] : 1;
            long y = b > 0 ? to[--b] : 1;
            while (x != y) {
                if (x < y) {
                    x *= from[--a];
                } else {
                    y *= to[--b];
                }
            }
            run(from, a, aEnd, to, coordinates.subList(b, bEnd), b, result, axes, linear, size);
        }
        return result;
    }

    private static void run(
            long[] from,
            int a,
            int aEnd,
            long[] to,
            List<Coordinate> coordinates,
            int b,
            List<Coordinate> result,
            Axes axes,
            Function<Coordinate, Index> linear,
            Function<Long, Index> size) {
        int wide = -1;
        for (int i = a; i < aEnd; i++) {
            if (from[i] != 1) {
                wide = wide < 0 ? i : aEnd;
            }
        }
        if (wide < 0) {
            return;
        }
        List<Coordinate> moving = new ArrayList<>();
        for (int i = 0; i < coordinates.size(); i++) {
            if (to[b + i] != 1) {
                moving.add(coordinates.get(i));
            }
        }
        if (wide < aEnd && moving.size() == 1) {
            result.set(wide, moving.getFirst());
            return;
        }
        if (moving.stream().allMatch(Coordinate::isPlain)) {
            List<LoopAxis> digits = new ArrayList<>();
            moving.forEach(coordinate -> digits.addAll(coordinate.digits()));
            if (split(from, a, aEnd, digits, result, axes)) {
                return;
            }
        }
        Index flat = Index.of(0);
        for (int i = 0; i < coordinates.size(); i++) {
            flat = flat.times(size.apply(to[b + i])).plus(linear.apply(coordinates.get(i)));
        }
        for (int i = aEnd - 1; i >= a; i--) {
            if (from[i] != 1) {
                result.set(i, Coordinate.of(i == a ? flat : flat.modulo(size.apply(from[i]))));
                flat = flat.dividedBy(size.apply(from[i]));
            }
        }
    }

    /* Deals the digits out to the dimensions, the last first. There are too few where only a part of what was reshaped is read. */
    private static boolean split(
            long[] from, int a, int aEnd, List<LoopAxis> digits, List<Coordinate> result, Axes axes) {
        List<List<LoopAxis>> dealt = new ArrayList<>();
        int next = digits.size();
        for (int i = aEnd - 1; i >= a; i--) {
            List<LoopAxis> own = new ArrayList<>();
            long left = from[i];
            while (left > 1) {
                if (next == 0) {
                    return false;
                }
                LoopAxis digit = digits.get(--next);
                if (left % digit.extent() == 0) {
                    own.addFirst(digit);
                    left /= digit.extent();
                } else if (digit.extent() % left == 0) {
                    throw axes.cut(digit, left);
                } else {
                    return false;
                }
            }
            dealt.addFirst(own);
        }
        for (int i = a; i < aEnd; i++) {
            result.set(i, Coordinate.of(dealt.get(i - a)));
        }
        return true;
    }
}
