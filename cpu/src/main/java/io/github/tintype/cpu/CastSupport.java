package io.github.tintype.cpu;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.CastOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HalfConverter;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;

/** {@link CastOp} between f32 and floats of 16 bits, by {@link Conversion}, and from those of 8 bits, by {@link ByteFloats}. */
record CastSupport(Cpu cpu) implements OpSupport<CastOp> {
    @Override
    public boolean supports(CastOp op, List<TensorType> inputs, TensorType output) {
        DType from = inputs.getFirst().dtype();
        return (HalfConverter.handles(from) || isByte(from))
                && HalfConverter.handles(output.dtype())
                && !OpSupport.isEmpty(output);
    }

    private static boolean isByte(DType dtype) {
        return dtype == DType.F8_E4M3 || dtype == DType.F8_E5M2;
    }

    @Override
    public List<Layout> inputLayouts(CastOp op, List<Operand> inputs, TensorType output) {
        Operand x = inputs.getFirst();
        if (isByte(x.type().dtype())) {
            return List.of(OpSupport.dense(x));
        }
        Shape shape = x.type().shape();
        return List.of(Conversion.fits(shape, x.layout(), OpSupport.dense(x)) ? x.layout() : OpSupport.dense(x));
    }

    @Override
    public Lowering lower(CastOp op, List<Operand> inputs, TensorType output) {
        Operand x = inputs.getFirst();
        Layout result = OpSupport.dense(x);
        if (isByte(x.type().dtype())) {
            ByteFloats table = new ByteFloats(
                    cpu, x.type().dtype(), output.dtype(), output.shape().elements());
            return Lowering.of(
                    result,
                    arguments -> table.run(arguments.inputAddress(0), arguments.outputAddress(), arguments.cancelled()),
                    "table");
        }
        Conversion conversion =
                Conversion.of(cpu, x.type().dtype(), output.dtype(), output.shape(), x.layout(), result);
        return Lowering.of(
                result,
                arguments ->
                        conversion.run(arguments.inputAddress(0), arguments.outputAddress(), arguments.cancelled()),
                "java");
    }
}
