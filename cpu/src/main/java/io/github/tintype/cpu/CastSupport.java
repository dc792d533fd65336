package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.CastOp;
import io.github.tintype.tensor.HalfConverter;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** {@link CastOp} between f32 and floats of 16 bits, by {@link Conversion}. */
record CastSupport(Cpu cpu) implements OpSupport<CastOp> {
    @Override
    public boolean supports(CastOp op, List<TensorType> inputs, TensorType output) {
        return HalfConverter.handles(inputs.getFirst().dtype())
                && HalfConverter.handles(output.dtype())
                && !OpSupport.isEmpty(output);
    }

    @Override
    public List<Layout> inputLayouts(CastOp op, List<Operand> inputs, TensorType output) {
        Operand x = inputs.getFirst();
        Shape shape = x.type().shape();
        return List.of(Conversion.fits(shape, x.layout(), OpSupport.dense(x)) ? x.layout() : OpSupport.dense(x));
    }

    @Override
    public Lowering lower(CastOp op, List<Operand> inputs, TensorType output) {
        Operand x = inputs.getFirst();
        Layout result = OpSupport.dense(x);
        Conversion conversion =
                Conversion.of(cpu, x.type().dtype(), output.dtype(), output.shape(), x.layout(), result);
        return Lowering.of(
                result,
                arguments ->
                        conversion.run(arguments.inputAddress(0), arguments.outputAddress(), arguments.cancelled()),
                "java");
    }
}
