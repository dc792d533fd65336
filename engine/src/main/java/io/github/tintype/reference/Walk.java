package io.github.tintype.reference;

import io.github.tintype.device.Layout;
import io.github.tintype.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Visits the elements of a shape in row-major order and keeps each operand's offset at them. After the last element it is at the
 * first again.
 */
final class Walk {
    private final long[] sizes;
    private final long[][] strides;
    private final long[] index;
    private final long[] offsets;
    private final long count;

    /** Each layout has the rank of {@code shape}. */
    Walk(Shape shape, List<Layout> layouts) {
        int[] axes = IntStream.range(0, shape.rank())
                .filter(axis -> shape.size(axis) != 1)
                .toArray();
        sizes = IntStream.of(axes).mapToLong(shape::size).toArray();
        strides = layouts.stream()
                .map(layout -> IntStream.of(axes).mapToLong(layout::stride).toArray())
                .toArray(long[][]::new);
        index = new long[axes.length];
        offsets = new long[layouts.size()];
        count = shape.elements();
    }

    Walk(Shape shape, Layout... layouts) {
        this(shape, List.of(layouts));
    }

    /** How many elements there are. */
    long count() {
        return count;
    }

    /** Where the current element lies in {@code operand}. */
    long offset(int operand) {
        return offsets[operand];
    }

    void next() {
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            boolean carry = ++index[axis] == sizes[axis];
            for (int operand = 0; operand < offsets.length; operand++) {
                offsets[operand] += carry ? -(sizes[axis] - 1) * strides[operand][axis] : strides[operand][axis];
            }
            if (!carry) {
                return;
            }
            index[axis] = 0;
        }
    }
}
