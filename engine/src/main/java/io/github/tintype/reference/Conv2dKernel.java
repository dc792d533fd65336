package io.github.tintype.reference;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.tensor.TensorType;
import java.util.Arrays;
import java.util.List;

/**
 * Direct 2-D convolution. For each output row, the input rows that it reads are widened to double once, with their padding; the
 * inner loop then runs along the row.
 */
final class Conv2dKernel implements Kernel {
    private final Conv2dOp op;
    private final List<Operand> inputs;
    private final TensorType output;
    private final int channels;
    private final int height;
    private final int width;
    private final int kernelHeight;
    private final int kernelWidth;
    private final int outChannels;
    private final int outHeight;
    private final int outWidth;

    Conv2dKernel(Conv2dOp op, List<Operand> inputs, TensorType output) {
        this.op = op;
        this.inputs = inputs;
        this.output = output;
        channels = size(inputs.get(1).type(), 1);
        height = size(inputs.get(0).type(), 2);
        width = size(inputs.get(0).type(), 3);
        kernelHeight = size(inputs.get(1).type(), 2);
        kernelWidth = size(inputs.get(1).type(), 3);
        outChannels = size(output, 1);
        outHeight = size(output, 2);
        outWidth = size(output, 3);
    }

    private static int size(TensorType type, int axis) {
        return Math.toIntExact(type.shape().size(axis));
    }

    @Override
    public void run(KernelArguments arguments) {
        double[][] rows = new double[channels * kernelHeight][width + 2 * op.padding()];
        double[] sums = new double[outWidth];
        int perGroup = outChannels / op.groups();
        for (int image = 0; image < size(output, 0); image++) {
            for (int group = 0; group < op.groups(); group++) {
                for (int y = 0; y < outHeight; y++) {
                    gather(arguments, image, group, y, rows);
                    for (int o = group * perGroup; o < (group + 1) * perGroup; o++) {
                        if (arguments.cancelled().getAsBoolean()) {
                            return;
                        }
                        convolve(arguments, o, rows, sums);
                        long offset = (((long) image * outChannels + o) * outHeight + y) * outWidth;
                        for (int x = 0; x < outWidth; x++) {
                            Elements.set(output.dtype(), arguments.output(), offset + x, sums[x]);
                        }
                    }
                }
            }
        }
    }

    private void gather(KernelArguments arguments, int image, int group, int y, double[][] rows) {
        Operand x = inputs.getFirst();
        for (int c = 0; c < channels; c++) {
            for (int ky = 0; ky < kernelHeight; ky++) {
                double[] row = rows[c * kernelHeight + ky];
                int from = y * op.stride() - op.padding() + ky * op.dilation();
                if (from < 0 || from >= height) {
                    Arrays.fill(row, 0);
                    continue;
                }
                long offset = image * x.layout().stride(0)
                        + ((long) group * channels + c) * x.layout().stride(1)
                        + from * x.layout().stride(2);
                Elements.gather(
                        x.type().dtype(), arguments.input(0), offset, x.layout().stride(3), row, op.padding(), width);
            }
        }
    }

    private void convolve(KernelArguments arguments, int o, double[][] rows, double[] sums) {
        Operand weight = inputs.get(1);
        Arrays.fill(sums, 0);
        for (int c = 0; c < channels; c++) {
            for (int ky = 0; ky < kernelHeight; ky++) {
                for (int kx = 0; kx < kernelWidth; kx++) {
                    long offset = o * weight.layout().stride(0)
                            + c * weight.layout().stride(1)
                            + ky * weight.layout().stride(2)
                            + kx * weight.layout().stride(3);
                    double factor = Elements.get(weight.type().dtype(), arguments.input(1), offset);
                    addScaled(sums, factor, rows[c * kernelHeight + ky], kx * op.dilation(), op.stride());
                }
            }
        }
        if (inputs.size() == 3) {
            Operand bias = inputs.get(2);
            double value = Elements.get(
                    bias.type().dtype(), arguments.input(2), o * bias.layout().stride(0));
            for (int x = 0; x < sums.length; x++) {
                sums[x] += value;
            }
        }
    }

    private static void addScaled(double[] sums, double factor, double[] row, int from, int stride) {
        if (stride == 1) {
            for (int x = 0; x < sums.length; x++) {
                sums[x] += factor * row[from + x];
            }
            return;
        }
        for (int x = 0; x < sums.length; x++) {
            sums[x] += factor * row[from + x * stride];
        }
    }
}
