package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.capture.CompileListener;
import io.github.tintype.capture.CompileOptions;
import io.github.tintype.capture.Compiled;
import io.github.tintype.capture.Compiler;
import io.github.tintype.capture.Dynamic;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Op;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Ops on bf16 and f16: the bits of the f32 kernel's result rounded once, with weights of half the size. How near they come to the truth is
 * {@link CpuConformanceTest}'s.
 */
final class HalfSupportTest {
    private static final Engine ENGINE = Engine.on(CpuDevice.open(2));

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    private static HostTensor random(DType dtype, long... sizes) {
        SplittableRandom random = new SplittableRandom(sizes[0]);
        HostTensor values = HostTensor.allocate(TensorType.of(dtype, sizes));
        for (long i = 0; i < values.elements(); i++) {
            values.setDouble(i, random.nextDouble(-1, 1));
        }
        return values;
    }

    /* Stored in one type, seen by the graph as another. */
    private static Weight weight(DType stored, DType seen, long... sizes) {
        return new DenseWeight("w" + List.of(stored, seen, sizes.length, sizes[0]), seen, random(stored, sizes));
    }

    private static HostTensor run(UnaryOperator<Tensor> function, HostTensor x) {
        try (Program program = ENGINE.program("test", in -> List.of(function.apply(in.getFirst())))) {
            return program.run(List.of(ENGINE.tensor(x)), RunContext.none())
                    .getFirst()
                    .toHost();
        }
    }

    /** A computation that may use weights that the graph sees in a type. */
    private interface Computation {
        Tensor apply(Tensor x, DType seen);
    }

    private static void roundsOnce(DType half, Computation computation, long... sizes) {
        Results results = Results.of(half, computation, sizes);
        assertThat(results.got.data().mismatch(results.wanted.data())).isEqualTo(-1);
    }

    /* Where the processor multiplies such numbers, sums of F32 have another order, and results may be neighbours. */
    private static void multipliesAndRoundsOnce(DType half, Computation computation, long... sizes) {
        if (half != DType.BF16 || !FpMath.multipliesBf16(HostProcessor.target())) {
            roundsOnce(half, computation, sizes);
            return;
        }
        Results results = Results.of(half, computation, sizes);
        for (long i = 0; i < results.wanted.elements(); i++) {
            double wanted = results.wanted.getDouble(i);
            assertThat(results.got.getDouble(i)).isCloseTo(wanted, offset(Math.abs(wanted) * 0x1p-7 + 1e-6));
        }
    }

    /* Where the processor multiplies such numbers, an attention's weights are rounded too. */
    private static void attends(DType half, boolean causal) {
        Computation attention = (x, _) -> attention(x, heads(x), causal);
        if (half != DType.BF16 || !FpMath.multipliesBf16(HostProcessor.target())) {
            roundsOnce(half, attention, 2, 77, 24);
            return;
        }
        Results results = Results.of(half, attention, 2, 77, 24);
        HostTensor sizes =
                run(in -> attention(in.to(DType.F32), heads(in.to(DType.F32)).abs(), causal), random(half, 2, 77, 24));
        for (long i = 0; i < results.wanted.elements(); i++) {
            double wanted = results.wanted.getDouble(i);
            double allowed = (2 * Math.abs(wanted) + sizes.getDouble(i)) * 0x1p-8;
            assertThat(results.got.getDouble(i)).isCloseTo(wanted, offset(allowed));
        }
    }

    private static Tensor attention(Tensor x, Tensor values, boolean causal) {
        return heads(x).scaledDotProductAttention(heads(x), values, Optional.empty(), causal, 0.3);
    }

    private record Results(HostTensor got, HostTensor wanted) {
        static Results of(DType half, Computation computation, long... sizes) {
            HostTensor x = random(half, sizes);
            HostTensor got = run(in -> computation.apply(in, half), x);
            HostTensor wanted =
                    run(in -> computation.apply(in.to(DType.F32), DType.F32).to(half), x);
            assertThat(got.type()).isEqualTo(wanted.type());
            return new Results(got, wanted);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void areTheF32KernelsResultsRounded(DType half) {
        Optional<Weight> none = Optional.empty();
        multipliesAndRoundsOnce(
                half, (x, t) -> x.linear(weight(half, t, 130, 70), Optional.of(weight(half, t, 130))), 3, 50, 70);
        multipliesAndRoundsOnce(half, (x, t) -> x.conv2d(weight(half, t, 40, 9, 3, 3), none, 1, 1, 1, 1), 2, 9, 33, 31);
        multipliesAndRoundsOnce(
                half, (x, t) -> x.conv2d(weight(half, t, 256, 65, 3, 3), none, 1, 1, 1, 1), 1, 65, 5, 5);
        multipliesAndRoundsOnce(half, (x, t) -> x.conv2d(weight(half, t, 40, 9, 1, 1), none, 1, 0, 1, 1), 2, 9, 33, 31);
        multipliesAndRoundsOnce(half, (x, t) -> x.matmul(x.transpose(-1, -2)), 3, 50, 70);
        roundsOnce(half, (x, t) -> x.groupNorm(3, weight(half, t, 9), weight(half, t, 9), 1e-5), 2, 9, 33, 31);
        roundsOnce(half, (x, t) -> x.layerNorm(weight(half, t, 70), weight(half, t, 70), 1e-5), 50, 70);
        roundsOnce(half, (x, t) -> x.softmax(-1), 50, 70);
        roundsOnce(half, (x, t) -> x.gelu(), 50, 70);
        roundsOnce(half, (x, t) -> x.exp(), 50, 70);
        roundsOnce(half, (x, t) -> x.mul(0.3), 50, 70); // the scalar is f32 and stays it
        roundsOnce(half, (x, t) -> x.slice(1, 10, 50).add(x.slice(1, 0, 40)), 50, 70);
        attends(half, false);
        attends(half, true);
    }

    private static Tensor heads(Tensor x) {
        return x.reshape(2, 77, 3, 8).permute(0, 2, 1, 3);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void weightsOfAnotherTypeAreRoundedToTheGraphs(DType half) {
        Weight stored = weight(DType.F32, half, 130, 70);
        HostTensor x = random(half, 5, 70);
        HostTensor rounded = random(DType.F32, 130, 70).to(half);
        HostTensor got = run(in -> in.linear(stored, Optional.empty()), x);
        HostTensor wanted = run(in -> in.linear(new DenseWeight("rounded", half, rounded), Optional.empty()), x);
        assertThat(got.data().mismatch(wanted.data())).isEqualTo(-1);
    }

    private static Lowering lower(CpuDevice device, Op op, DType dtype, long[] x, long[] weight) {
        List<Operand> operands = new ArrayList<>();
        for (long[] sizes : List.of(x, weight)) {
            TensorType type = TensorType.of(dtype, sizes);
            operands.add(new Operand(type, Layout.contiguous(type.shape()), !operands.isEmpty()));
        }
        TensorType output = op.infer(operands.stream().map(Operand::type).toList());
        List<Layout> layouts = device.inputLayouts(op, operands, output);
        List<Operand> agreed = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            agreed.add(new Operand(
                    operands.get(i).type(), layouts.get(i), operands.get(i).weight()));
        }
        return device.lower(op, agreed, output);
    }

    @Test
    void packedWeightsTakeHalfTheMemory() {
        try (CpuDevice device = CpuDevice.open(2)) {
            check(device, new LinearOp(), new long[] {40, 640}, new long[] {1280, 640});
            check(device, new Conv2dOp(1, 1, 1, 1), new long[] {1, 64, 16, 16}, new long[] {96, 64, 3, 3});
        }
    }

    private static void check(CpuDevice device, Op op, long[] x, long[] weight) {
        long wide = packedBytes(device, op, DType.F32, x, weight);
        for (DType half : List.of(DType.BF16, DType.F16)) {
            assertThat(packedBytes(device, op, half, x, weight)).isEqualTo(wide / 2);
        }
    }

    private static long packedBytes(CpuDevice device, Op op, DType dtype, long[] x, long[] weight) {
        Lowering lowering = lower(device, op, dtype, x, weight);
        assertThat(lowering.packings()).containsOnlyKeys(1);
        return lowering.packings().values().iterator().next().bytes();
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16"})
    void aSymbolicSizeIsOneLikeOthers(DType half) {
        Weight w = weight(half, half, 8, 5, 3, 3);
        Weight affine = weight(half, half, 8);
        Function<Tensor, Tensor> block = x -> x.conv2d(w, Optional.empty(), 1, 1, 1, 1)
                .groupNorm(2, affine, affine, 1e-5)
                .silu()
                .add(x.slice(1, 0, 1));
        Compiler compiler = new Compiler(ENGINE, CompileListener.NONE);
        Compiled<Tensor, Tensor> compiled =
                compiler.compile("block", block, CompileOptions.DEFAULT.withDynamic(Dynamic.ALWAYS));
        for (long size = 7; size < 11; size++) {
            HostTensor x = random(half, 2, 5, size, size + 3);
            HostTensor got = compiled.call(ENGINE.tensor(x)).toHost();
            HostTensor wanted = run(block::apply, x);
            for (long i = 0; i < wanted.elements(); i++) {
                double unit = half == DType.BF16 ? 0x1p-6 : 0x1p-9; // eager rounds four times
                assertThat(got.getDouble(i))
                        .isCloseTo(
                                wanted.getDouble(i),
                                org.assertj.core.data.Offset.offset(unit * (1 + Math.abs(wanted.getDouble(i)))));
            }
        }
        assertThat(compiled.explain().graphs()).hasSize(1);
    }
}
