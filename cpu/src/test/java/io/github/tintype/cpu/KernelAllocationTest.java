package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.TensorType;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Running a kernel takes nothing from the Java heap. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class KernelAllocationTest {
    private Cpu cpu;

    @BeforeAll
    void open() {
        cpu = Cpu.open(1); // all on the thread that is measured
    }

    @AfterAll
    void close() {
        cpu.close();
    }

    private static boolean never() {
        return false;
    }

    private static void allocatesNothing(Runnable kernel) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long runs = 3000;
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20 && least > 0; round++) { // the first rounds compile, which links call sites
            long before = threads.getCurrentThreadAllocatedBytes();
            for (long i = 0; i < runs; i++) {
                kernel.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes for %d runs", runs).isZero();
    }

    @Test
    void convolution() {
        Convolution byRows = new Convolution(cpu, Convolution.Spec.of(DType.F32, 1, 8, 40, 4, 8, 3, 1, 1, true));
        Convolution byChannels = new Convolution(cpu, Convolution.Spec.of(DType.F32, 1, 8, 4, 4, 256, 3, 1, 1, true));
        try (Floats x = Floats.random(8 * 40 * 4, 1);
                Floats weights = Floats.random(256 * 8 * 9 * 2, 2);
                Floats y = Floats.poisoned(256 * 40 * 4)) {
            assertThat(byChannels.implementation()).endsWith("by channels");
            allocatesNothing(() ->
                    byRows.run(x.address(), weights.address(), x.address(), y.address(), KernelAllocationTest::never));
            allocatesNothing(() -> byChannels.run(
                    x.address(), weights.address(), x.address(), y.address(), KernelAllocationTest::never));
        }
    }

    @Test
    void matmul() {
        MatMul kernel = new MatMul(cpu, MatMul.Spec.linear(DType.F32, 70, 64, 32, true));
        try (Floats x = Floats.random(70 * 32, 1);
                Floats w = Floats.random((int) kernel.packedBytes() / 4, 2);
                Floats y = Floats.poisoned(70 * 64)) {
            allocatesNothing(
                    () -> kernel.run(x.address(), w.address(), x.address(), y.address(), KernelAllocationTest::never));
        }
    }

    @Test
    void reduction() {
        TensorType type = TensorType.of(DType.F32, 70, 601);
        Operand rows = new Operand(type, Layout.contiguous(type.shape()), false);
        for (ReduceOp.Kind kind : ReduceOp.Kind.values()) {
            Reduction whole = new Reduction(cpu, new ReduceOp(kind, List.of(0, 1)), rows, Layout.of(1, 1));
            assertThat(whole.scratchBytes()).as("bytes for parts").isPositive();
            Reduction columns = new Reduction(cpu, new ReduceOp(kind, List.of(0)), rows, Layout.of(601, 1));
            try (Floats x = Floats.random(70 * 601, 1);
                    Floats y = Floats.poisoned(601);
                    Floats scratch = Floats.poisoned(64)) {
                FloatArguments arguments = new FloatArguments(List.of(x), y, scratch);
                allocatesNothing(() -> whole.run(arguments));
                allocatesNothing(() -> columns.run(arguments));
            }
        }
    }

    @Test
    void quantizedLinear() {
        for (DType dtype : List.of(DType.F32, DType.BF16)) {
            QuantizedLinear.Spec spec =
                    new QuantizedLinear.Spec(new QuantizationScheme.Int8(true), dtype, 70, 64, 32, 32, true, false);
            QuantizedLinear kernel = new QuantizedLinear(cpu, spec);
            try (Floats x = Floats.random(70 * 32, 1);
                    Floats y = Floats.poisoned(70 * 64);
                    Floats scratch = Floats.poisoned((int) kernel.scratchBytes() / 4)) {
                FloatArguments arguments = new FloatArguments(List.of(x, x, x, x), y, scratch);
                allocatesNothing(() -> kernel.run(arguments));
            }
        }
    }

    @Test
    void operandsOfPostOps() {
        PostOp sum = new PostOp.Operand(PostOp.BinaryOperation.ADD, PostOp.Reach.ELEMENT);
        Convolution.Spec image =
                new Convolution.Spec(DType.F32, 1, 8, 40, 4, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, true, List.of(sum));
        MatMul.Spec rows = new MatMul.Spec(
                DType.F32,
                DType.F32,
                1,
                70,
                64,
                32,
                MatMul.Matrix.dense(70, 32),
                new MatMul.Matrix(0, 1, 32),
                MatMul.Matrix.dense(70, 64),
                true,
                true,
                List.of(sum));
        Convolution convolution = new Convolution(cpu, image);
        MatMul product = new MatMul(cpu, rows);
        try (Floats x = Floats.random(70 * 64, 1);
                Floats weights =
                        Floats.random((int) Math.max(convolution.packedBytes(), product.packedBytes()) / 4, 2);
                Floats y = Floats.poisoned(70 * 64)) {
            long w = weights.address();
            allocatesNothing(() -> convolution.run(
                    x.address(), w, x.address(), y.address(), x.address(), KernelAllocationTest::never));
            allocatesNothing(() ->
                    product.run(x.address(), w, x.address(), y.address(), x.address(), KernelAllocationTest::never));
        }
    }

    @Test
    void attention() {
        attention(Optional.empty());
        attention(Optional.of(new Attention.Mask.Causal()));
        Attention.Strides everyRow = new Attention.Strides(0, 0, 0, 1);
        attention(Optional.of(new Attention.Mask.Added(everyRow)));
        attention(Optional.of(new Attention.Mask.AddedToRows(new Attention.Strides(0, 0, 1, 0))));
        attention(Optional.of(new Attention.Mask.Allowed(everyRow)));
    }

    private void attention(Optional<Attention.Mask> mask) {
        Attention.View view = Attention.View.interleaved(20, 2, 8);
        Attention.Spec spec = new Attention.Spec(DType.F32, 1, 2, 20, 20, 8, 8, 1, view, view, view, view, mask);
        Attention kernel = new Attention(cpu, spec);
        try (Floats x = Floats.random(20 * 16, 1);
                Floats y = Floats.poisoned(20 * 16)) {
            allocatesNothing(() -> kernel.run(
                    x.address(), x.address(), x.address(), x.address(), y.address(), KernelAllocationTest::never));
        }
    }

    @Test
    void generatedAttention() {
        TensorType type = TensorType.of(DType.F32, 1, 2, 20, 8);
        Operand operand = new Operand(type, Layout.contiguous(type.shape()), false);
        ScaledDotProductAttentionOp op = new ScaledDotProductAttentionOp(true, 1);
        try (CpuDevice device = CpuDevice.open(1)) {
            Lowering lowering = device.lower(op, List.of(operand, operand, operand), type, Spending.of(Effort.USUAL));
            assertThat(lowering.implementation()).startsWith("flash");
            try (Floats x = Floats.random(20 * 16, 1);
                    Floats y = Floats.poisoned(20 * 16);
                    Floats scratch = Floats.poisoned((int) lowering.scratchBytes() / 4)) {
                FloatArguments arguments = new FloatArguments(List.of(x, x, x), y, scratch);
                allocatesNothing(() -> lowering.kernel().run(arguments));
            }
        }
    }

    @Test
    void groupNorm() {
        PostOp.Eltwise silu = new PostOp.Eltwise(PostOp.Function.SWISH, 1, 0);
        GroupNorm kernel = new GroupNorm(cpu, new GroupNorm.Spec(1, 1200, 16, 4, 1e-5, List.of(silu)));
        try (Floats x = Floats.random(1200 * 16, 1);
                Floats scratch = Floats.poisoned((int) kernel.scratchBytes() / 4);
                Floats y = Floats.poisoned(1200 * 16)) {
            allocatesNothing(() -> kernel.run(
                    x.address(),
                    x.address(),
                    x.address(),
                    y.address(),
                    scratch.address(),
                    KernelAllocationTest::never));
        }
    }

    @Test
    void rows() {
        MemoryDesc all = MemoryDesc.dense(DType.F32, 100);
        RowKernel kernel = new RowKernel(
                cpu, 100, 100, 800, List.of(4L, 4L), count -> cpu.dnn().softmax(all, all, 0));
        try (Floats x = Floats.random(100, 1);
                Floats y = Floats.poisoned(100)) {
            allocatesNothing(() -> kernel.run(KernelAllocationTest::never, x.address(), y.address()));
        }
    }
}
