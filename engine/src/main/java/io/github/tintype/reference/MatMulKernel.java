package io.github.tintype.reference;

import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Operand;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.Arrays;

/**
 * Batched matrix product. Rows are widened to double once per block, so that the inner loop is plain arithmetic on arrays; each
 * element is still the sum over k in ascending order.
 */
final class MatMulKernel implements Kernel {
    private static final int BLOCK = 16;

    private final Operand a;
    private final Operand b;
    private final TensorType output;
    private final Shape batch;
    private final Layout batchOfA;
    private final Layout batchOfB;
    private final int m;
    private final int k;
    private final int n;

    MatMulKernel(Operand a, Operand b, TensorType output) {
        this.a = a;
        this.b = b;
        this.output = output;
        batch = leading(output.shape());
        batchOfA = leading(a);
        batchOfB = leading(b);
        m = Math.toIntExact(output.shape().size(-2));
        n = Math.toIntExact(output.shape().size(-1));
        k = Math.toIntExact(a.type().shape().size(-1));
    }

    private static Shape leading(Shape shape) {
        return new Shape(shape.dims().subList(0, shape.rank() - 2));
    }

    private Layout leading(Operand operand) {
        Shape shape = leading(operand.type().shape());
        return new Layout(operand.layout().strides().subList(0, shape.rank())).expand(shape, batch);
    }

    @Override
    public void run(KernelArguments arguments) {
        Walk matrices = new Walk(batch, batchOfA, batchOfB);
        double[][] left = new double[BLOCK][k];
        double[][] sums = new double[BLOCK][n];
        double[] right = new double[n];
        for (long i = 0; i < matrices.count(); i++, matrices.next()) {
            for (int row = 0; row < m; row += BLOCK) {
                int rows = Math.min(BLOCK, m - row);
                for (int r = 0; r < rows; r++) {
                    long offset = matrices.offset(0) + (row + r) * stride(a, -2);
                    Elements.gather(a.type().dtype(), arguments.input(0), offset, stride(a, -1), left[r], 0, k);
                    Arrays.fill(sums[r], 0);
                }
                if (!multiply(arguments, matrices.offset(1), left, right, sums, rows)) {
                    return;
                }
                store(arguments, (i * m + row) * n, sums, rows);
            }
        }
    }

    private static long stride(Operand operand, int axis) {
        return operand.layout().stride(operand.layout().strides().size() + axis);
    }

    /* false when cancelled */
    private boolean multiply(
            KernelArguments arguments, long offset, double[][] left, double[] right, double[][] sums, int rows) {
        for (int step = 0; step < k; step++) {
            if ((step & 63) == 0 && arguments.cancelled().getAsBoolean()) {
                return false;
            }
            long from = offset + step * stride(b, -2);
            Elements.gather(b.type().dtype(), arguments.input(1), from, stride(b, -1), right, 0, n);
            for (int r = 0; r < rows; r++) {
                addScaled(sums[r], left[r][step], right);
            }
        }
        return true;
    }

    private static void addScaled(double[] sum, double factor, double[] row) {
        for (int j = 0; j < sum.length; j++) {
            sum[j] += factor * row[j];
        }
    }

    private void store(KernelArguments arguments, long offset, double[][] sums, int rows) {
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < n; j++) {
                Elements.set(output.dtype(), arguments.output(), offset + (long) r * n + j, sums[r][j]);
            }
        }
    }
}
