package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;

/** Masks as {@link Attention} takes them: of four axes or fewer, each of which may be repeated, with rows one after another. */
final class MaskLayout {
    private MaskLayout() {}

    /** Whether the kernel reads it where it lies: keys beside each other or one for all, rows without gaps or one for all. */
    static boolean fits(Operand mask) {
        Attention.Strides strides = strides(mask);
        long keys = strides.column() == 0 ? 1 : mask.type().shape().size(-1);
        return strides.column() <= 1 && (strides.row() == 0 || strides.row() == keys);
    }

    /** The mask in a layout that {@link #fits}. */
    static Attention.Mask of(Operand mask) {
        Attention.Strides strides = strides(mask);
        if (mask.type().dtype() == DType.BOOL) {
            return new Attention.Mask.Allowed(strides);
        }
        return strides.column() == 0 ? new Attention.Mask.AddedToRows(strides) : new Attention.Mask.Added(strides);
    }

    private static Attention.Strides strides(Operand mask) {
        return new Attention.Strides(stride(mask, 4), stride(mask, 3), stride(mask, 2), stride(mask, 1));
    }

    /* Of an axis that is counted from the end. */
    private static long stride(Operand mask, int fromEnd) {
        Shape shape = mask.type().shape();
        Layout layout = mask.layout();
        int axis = shape.rank() - fromEnd;
        return axis < 0 || shape.size(axis) == 1 ? 0 : layout.stride(axis);
    }
}
