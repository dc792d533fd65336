package io.github.tintype.tensor;

import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import java.util.List;

/** The weight that a quantised one stands for, element by element: the plain form of what kernels do in panels. */
final class Dequantizer {
    private Dequantizer() {}

    /**
     * @param components of the scheme, in order
     * @param to the weight [out,in]; products are rounded to its type as torchao rounds them
     */
    static void write(QuantizationScheme scheme, List<HostTensor> components, HostTensor to) {
        HostTensor values = components.get(0);
        HostTensor scales = components.get(1);
        DType dtype = to.dtype();
        long in = to.shape().size(1);
        for (long i = 0; i < to.elements(); i++) {
            long row = i / in;
            to.setDouble(
                    i,
                    switch (scheme) {
                        case Int8 _ -> values.getDouble(i) * scales.getDouble(row);
                        case QuantizationScheme.Float8 float8 ->
                            (float) (values.getDouble(i) * scales.getDouble(float8.perRow() ? row : 0));
                        case Int4 int4 -> {
                            int pair = (int) values.getDouble(i / 2);
                            int code = (i % 2 == 0 ? pair & 15 : pair >> 4) - 8;
                            long group = i / int4.groupSize(); // groups divide rows
                            double scale = scales.getDouble(group);
                            yield switch (int4.zero()) {
                                case MIDDLE -> code * scale;
                                case INTEGER -> (code - components.get(2).getDouble(group)) * scale;
                                case FLOAT ->
                                    HostTensor.rounded(dtype, code * scale)
                                            + components.get(2).getDouble(group);
                            };
                        }
                    });
        }
    }
}
