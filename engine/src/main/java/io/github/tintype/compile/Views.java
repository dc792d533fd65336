package io.github.tintype.compile;

import io.github.tintype.device.Layout;
import io.github.tintype.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** When a reshape moves no data. */
final class Views {
    private Views() {}

    /** The layout of {@code to} over the memory of {@code from} laid out as {@code layout}; none if the elements would have to move. */
    static Optional<Layout> reshape(Shape from, Layout layout, Shape to) {
        if (from.elements() == 0) {
            return Optional.of(Layout.contiguous(to));
        }
        // Runs of axes that lie evenly in memory, outermost first: {elements, stride of the innermost}.
        List<long[]> runs = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            if (from.size(i) == 1) {
                continue;
            }
            long[] last = runs.isEmpty() ? new long[] {0, 0} : runs.getLast();
            if (!runs.isEmpty() && last[1] == layout.stride(i) * from.size(i)) {
                last[0] *= from.size(i);
                last[1] = layout.stride(i);
            } else {
                runs.add(new long[] {from.size(i), layout.stride(i)});
            }
        }
        long[] strides = new long[to.rank()];
        int run = runs.size() - 1;
        long left = run >= 0 ? runs.get(run)[0] : 1;
        long stride = run >= 0 ? runs.get(run)[1] : 1;
        for (int i = to.rank() - 1; i >= 0; i--) {
            long size = to.size(i);
            if (size == 1) {
                strides[i] = stride;
                continue;
            }
            if (left == 1) {
                run--;
                left = runs.get(run)[0];
                stride = runs.get(run)[1];
            }
            if (left % size != 0) {
                return Optional.empty();
            }
            strides[i] = stride;
            stride *= size;
            left /= size;
        }
        return Optional.of(Layout.of(strides));
    }
}
