package io.github.tintype.device;

import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;

/** Where the elements of a tensor lie: the distance, in elements, between neighbours along each axis. 0 where an axis repeats. */
public record Layout(List<Long> strides) {
    public Layout {
        strides = List.copyOf(strides);
    }

    /** Row-major and dense. */
    public static Layout contiguous(Shape shape) {
        return of(shape.contiguousStrides());
    }

    /** Dense with axis 1 innermost: NHWC for rank 4. For rank 2 and less it is {@link #contiguous}. */
    public static Layout channelsLast(Shape shape) {
        if (shape.rank() <= 2) {
            return contiguous(shape);
        }
        List<Dim> dims = new ArrayList<>(shape.dims());
        Dim channels = dims.remove(1);
        dims.add(channels);
        List<Long> strides = new ArrayList<>(contiguous(new Shape(dims)).strides());
        strides.add(1, strides.removeLast());
        return new Layout(strides);
    }

    public static Layout of(long... strides) {
        return new Layout(LongStream.of(strides).boxed().toList());
    }

    public long stride(int axis) {
        return strides.get(axis);
    }

    public long[] toArray() {
        return strides.stream().mapToLong(Long::longValue).toArray();
    }

    /** Whether {@code shape} laid out so is the same memory, element for element, as laid out {@code other}: axes of size 1 don't count. */
    public boolean sameAs(Layout other, Shape shape) {
        for (int i = 0; i < shape.rank(); i++) {
            if (shape.size(i) > 1 && stride(i) != other.stride(i)) {
                return false;
            }
        }
        return true;
    }

    public boolean isContiguous(Shape shape) {
        return shape.elements() == 0 || sameAs(contiguous(shape), shape);
    }

    public boolean isChannelsLast(Shape shape) {
        return shape.rank() == 4 && (shape.elements() == 0 || sameAs(channelsLast(shape), shape));
    }

    /** Whether the elements fill their memory without gap or overlap, in some order of the axes. */
    public boolean isDense(Shape shape) {
        if (shape.elements() == 0) {
            return true;
        }
        long expected = 1;
        for (int axis : innermostFirst(shape)) {
            if (shape.size(axis) > 1) {
                if (stride(axis) != expected) {
                    return false;
                }
                expected *= shape.size(axis);
            }
        }
        return true;
    }

    /** The dense layout of {@code shape} with its axes nested in the order that this layout nests its own. Ranks are equal. */
    public Layout denseLike(Shape shape) {
        long[] dense = new long[shape.rank()];
        long step = 1;
        for (int axis : innermostFirst(shape)) {
            dense[axis] = step;
            step *= Math.max(1, shape.size(axis));
        }
        return of(dense);
    }

    private List<Integer> innermostFirst(Shape shape) {
        List<Integer> axes = new ArrayList<>();
        for (int i = shape.rank() - 1; i >= 0; i--) {
            axes.add(i);
        }
        axes.sort((a, b) -> Long.compare(stride(a), stride(b)));
        return axes;
    }

    /** Elements between the first and one past the last. */
    public long span(Shape shape) {
        long span = 1;
        for (int i = 0; i < shape.rank(); i++) {
            if (shape.size(i) == 0) {
                return 0;
            }
            span += (shape.size(i) - 1) * stride(i);
        }
        return span;
    }

    public Layout permute(List<Integer> order) {
        return new Layout(order.stream().map(strides::get).toList());
    }

    /** This layout broadcast from {@code from} to {@code to}: repeated and new axes get stride 0. */
    public Layout expand(Shape from, Shape to) {
        List<Long> expanded = new ArrayList<>(Collections.nCopies(to.rank(), 0L));
        for (int i = 1; i <= from.rank(); i++) {
            boolean repeats = from.size(-i) == 1 && to.size(-i) != 1;
            expanded.set(to.rank() - i, repeats ? 0L : stride(from.rank() - i));
        }
        return new Layout(expanded);
    }

    @Override
    public String toString() {
        return Arrays.toString(toArray());
    }
}
