package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** How this device computes one kind of op; the three questions of {@link io.github.tintype.device.Device}. */
interface OpSupport<O> {
    boolean supports(O op, List<TensorType> inputs, TensorType output);

    List<Layout> inputLayouts(O op, List<Operand> inputs, TensorType output);

    Lowering lower(O op, List<Operand> inputs, TensorType output);

    /** The kernels that may be chosen for what may be spent, that of the tables first. Each gives results within the op's tolerance. */
    default List<Candidate> candidates(O op, List<Operand> inputs, TensorType output, Spending spending) {
        return List.of(new Candidate("library", () -> lower(op, inputs, output)));
    }

    /** Whether {@link #narrow} may give a kernel: then operands of 16 bits have to lie as such a kernel reads them too. */
    default boolean hasNarrow() {
        return false;
    }

    /** The kernels that take operands of 16 bits as they are, that of the tables first; none where they have to be widened. */
    default List<Candidate> narrow(O op, List<Operand> inputs, TensorType output, Spending spending) {
        return List.of();
    }

    /** Whether all are f32 and none is empty: what most kernels here ask for. */
    static boolean f32(List<TensorType> inputs, TensorType output) {
        return isF32(output) && inputs.stream().allMatch(OpSupport::isF32);
    }

    private static boolean isF32(TensorType type) {
        return type.dtype() == DType.F32 && !isEmpty(type);
    }

    /** Whether there are no elements. A symbolic size isn't 0: who asks before sizes are known asks again when they are. */
    static boolean isEmpty(TensorType type) {
        return type.shape().dims().stream().anyMatch(dim -> dim.is(0));
    }

    /** The operand's layout if it is dense in any order, else row-major. */
    static Layout dense(Operand operand) {
        return operand.layout().isDense(operand.type().shape())
                ? operand.layout()
                : operand.layout().denseLike(operand.type().shape());
    }

    static Layout contiguous(Operand operand) {
        return Layout.contiguous(operand.type().shape());
    }

    /** The distance between rows where all axes but the last are equally spaced rows with contiguous elements; 0 if they aren't. */
    static long rowPitch(Operand operand) {
        Shape shape = operand.type().shape();
        Layout layout = operand.layout();
        int last = shape.rank() - 1;
        if (last < 0 || (shape.size(last) > 1 && layout.stride(last) != 1)) {
            return 0;
        }
        long pitch = 0;
        long next = 0;
        for (int i = last - 1; i >= 0; i--) {
            if (shape.size(i) == 1) {
                continue;
            }
            if (layout.stride(i) == 0) {
                return 0; // repeats
            }
            if (pitch == 0) {
                pitch = layout.stride(i);
            } else if (layout.stride(i) != next) {
                return 0;
            }
            next = layout.stride(i) * shape.size(i);
        }
        long size = shape.size(last);
        if (pitch == 0 && shape.elements() == size) {
            return size;
        }
        return pitch >= size ? pitch : 0;
    }

    /** Layouts for a product of rows with weights: those of x may be spaced, all others lie row by row. */
    static List<Layout> ofRows(List<Operand> inputs) {
        List<Layout> layouts =
                new ArrayList<>(inputs.stream().map(OpSupport::contiguous).toList());
        if (rowPitch(inputs.getFirst()) > 0) {
            layouts.set(0, inputs.getFirst().layout());
        }
        return layouts;
    }

    /** Number of rows of a tensor whose last axis is a row. */
    static long rows(TensorType type) {
        return type.shape().elements() / type.shape().size(-1);
    }
}
