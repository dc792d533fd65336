package io.github.tintype.conformance;

import io.github.tintype.device.Layout;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The ways in which an operand may lie in memory. */
enum Arrangement {
    CONTIGUOUS,
    CHANNELS_LAST,
    /** Dense with the axes nested in reverse. */
    REVERSED,
    /** A window of something larger along its last axis. */
    SLICED,
    /** Axis 0 repeats, stride 0. */
    BROADCAST;

    Layout of(Shape shape) {
        return switch (this) {
            case CONTIGUOUS -> Layout.contiguous(shape);
            case CHANNELS_LAST -> Layout.channelsLast(shape);
            case REVERSED -> reversed(shape);
            case SLICED ->
                shape.rank() == 0
                        ? Layout.contiguous(shape)
                        : Layout.contiguous(shape.with(-1, Dim.of(shape.size(-1) + 3)));
            case BROADCAST -> {
                List<Long> strides = new ArrayList<>(Layout.contiguous(shape).strides());
                Collections.fill(strides.subList(0, Math.min(1, strides.size())), 0L);
                yield new Layout(strides);
            }
        };
    }

    private static Layout reversed(Shape shape) {
        List<Long> strides = new ArrayList<>(
                Layout.contiguous(new Shape(shape.dims().reversed())).strides());
        Collections.reverse(strides);
        return new Layout(strides);
    }
}
