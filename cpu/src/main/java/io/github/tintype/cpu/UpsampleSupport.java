package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.stream.LongStream;

/** {@link UpsampleNearestOp} by whole factors, channels-last; the library rounds other factors differently from torch. */
record UpsampleSupport(Cpu cpu, KernelCache kernels) implements OpSupport<UpsampleNearestOp> {
    private record Key(long rows, long w, long c, long factorH, long factorW) {}

    @Override
    public boolean supports(UpsampleNearestOp op, List<TensorType> inputs, TensorType output) {
        if (!OpSupport.f32(inputs, output)) {
            return false;
        }
        Shape x = inputs.getFirst().shape();
        return repeats(x.size(2), output.shape().size(2))
                && repeats(x.size(3), output.shape().size(3));
    }

    /** Whether each of {@code from} elements comes equally often: for some factors (49) torch's rounding makes it not so. */
    private static boolean repeats(long from, long to) {
        return to % from == 0
                && LongStream.range(0, to).allMatch(i -> UpsampleNearestOp.source(i, from, to) == i / (to / from));
    }

    @Override
    public List<Layout> inputLayouts(UpsampleNearestOp op, List<Operand> inputs, TensorType output) {
        return List.of(Layout.channelsLast(inputs.getFirst().type().shape()));
    }

    @Override
    public Lowering lower(UpsampleNearestOp op, List<Operand> inputs, TensorType output) {
        RowKernel kernel = kernel(inputs.getFirst().type().shape(), output);
        return Lowering.of(
                Layout.channelsLast(output.shape()),
                arguments -> kernel.run(arguments.cancelled(), arguments.inputAddress(0), arguments.outputAddress()),
                kernel.implementation());
    }

    /** Makes the result of x, both channels-last. */
    RowKernel kernel(Shape x, TensorType output) {
        long factorH = output.shape().size(2) / x.size(2);
        long factorW = output.shape().size(3) / x.size(3);
        Key key = new Key(x.size(0) * x.size(2), x.size(3), x.size(1), factorH, factorW);
        long row = 4 * key.w() * key.c();
        // Each row of the source becomes rows of the result, whatever image it belongs to.
        return kernels.get(
                RowKernel.class,
                key,
                () -> new RowKernel(
                        cpu,
                        key.rows(),
                        1,
                        output.bytes() * 2,
                        List.of(row, row * factorH * factorW),
                        rows -> cpu.dnn()
                                .resampleNearest(
                                        MemoryDesc.nhwc(DType.F32, 1, key.c(), rows, key.w()),
                                        MemoryDesc.nhwc(DType.F32, 1, key.c(), rows * factorH, key.w() * factorW))));
    }
}
