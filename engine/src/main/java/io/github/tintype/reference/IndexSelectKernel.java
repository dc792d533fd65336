package io.github.tintype.reference;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Slices along an axis, chosen by indices, each of which is checked. */
final class IndexSelectKernel implements Kernel {
    private final int axis;
    private final Operand x;
    private final Operand index;
    private final TensorType output;
    private final Shape slice;
    private final Layout sliceOfOutput;
    private final Layout indexOfOutput;

    IndexSelectKernel(int axis, Operand x, Operand index, TensorType output) {
        this.axis = x.type().shape().axis(axis);
        this.x = x;
        this.index = index;
        this.output = output;
        slice = x.type().shape().with(axis, Dim.ONE);
        // The output's axes are x's, with the index's in place of the axis.
        int indexRank = index.type().shape().rank();
        List<Long> strides = new ArrayList<>(Layout.contiguous(output.shape()).strides());
        List<Long> chosen = strides.subList(this.axis, this.axis + indexRank);
        indexOfOutput = new Layout(chosen);
        chosen.clear();
        strides.addAll(this.axis, Collections.nCopies(1, 0L));
        sliceOfOutput = new Layout(strides);
    }

    @Override
    public void run(KernelArguments arguments) {
        Walk indices = new Walk(index.type().shape(), index.layout(), indexOfOutput);
        long size = x.type().shape().size(axis);
        for (long i = 0; i < indices.count(); i++, indices.next()) {
            long chosen = Elements.getLong(DType.I64, arguments.input(1), indices.offset(0));
            if (chosen < 0 || chosen >= size) {
                throw new DeviceException(
                        DeviceException.Reason.COMPUTE,
                        "index_select: got index %d, wanted 0 to %d".formatted(chosen, size - 1));
            }
            DataMovementKernels.move(
                    slice,
                    output.dtype(),
                    arguments.input(0),
                    chosen * x.layout().stride(axis),
                    x.layout(),
                    arguments.output(),
                    indices.offset(1),
                    sliceOfOutput);
        }
    }
}
