package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The library multiplies numbers of 16 bits where the processor does, and results are the same wherever. */
class NarrowProductsTest {
    @Test
    void areThereWhereTheProcessorHasThem() {
        try (Cpu cpu = Cpu.open(2)) {
            NarrowProducts products = new NarrowProducts(cpu);
            assertThat(products.of(DType.BF16) != NarrowProducts.Speed.NONE)
                    .isEqualTo(FpMath.multipliesBf16(HostProcessor.target()));
            assertThat(products.of(DType.I8) != NarrowProducts.Speed.NONE)
                    .isEqualTo(HostProcessor.target().has("avx512vnni")
                            || HostProcessor.target().has("avxvnni"));
            assertThat(products.of(DType.F16)).isEqualTo(NarrowProducts.Speed.NONE);
            assertThat(products.of(DType.F32)).isEqualTo(NarrowProducts.Speed.NONE);
        }
    }

    static Stream<Arguments> problems() {
        return Stream.of(
                Arguments.of(new LinearOp(), List.of(List.of(133L, 70L), List.of(97L, 70L), List.of(97L))),
                Arguments.of(
                        new Conv2dOp(1, 1, 1, 1),
                        List.of(List.of(2L, 40L, 17L, 13L), List.of(48L, 40L, 3L, 3L), List.of(48L))),
                Arguments.of(
                        new Conv2dOp(2, 1, 1, 1),
                        List.of(List.of(1L, 40L, 17L, 13L), List.of(48L, 40L, 3L, 3L), List.of(48L))),
                Arguments.of(
                        new ScaledDotProductAttentionOp(false, 0.2),
                        List.of(List.of(1L, 2L, 301L, 40L), List.of(1L, 2L, 77L, 40L), List.of(1L, 2L, 77L, 40L))));
    }

    /* Uncompiled too: whatever computes BF16 here, and not the f32 kernel between conversions alone. */
    @ParameterizedTest
    @MethodSource("problems")
    void resultsAreThoseOfF32Rounded(Op op, List<List<Long>> shapes) {
        Random random = new Random(5);
        List<HostTensor> values = new ArrayList<>();
        for (List<Long> sizes : shapes) {
            HostTensor drawn = HostTensor.allocate(TensorType.of(
                    DType.BF16, sizes.stream().mapToLong(Long::longValue).toArray()));
            double scale = values.size() == 1 && !(op instanceof ScaledDotProductAttentionOp)
                    ? 1 / Math.sqrt((double) drawn.elements() / sizes.getFirst())
                    : 1;
            for (long i = 0; i < drawn.elements(); i++) {
                drawn.setDouble(i, random.nextGaussian() * scale);
            }
            values.add(drawn);
        }
        try (CpuDevice device = CpuDevice.open(2)) {
            List<HostTensor> wide =
                    values.stream().map(value -> value.to(DType.F32)).toList();
            float[] wanted = run(device, op, wide).toFloats();
            float[] got = run(device, op, values).toFloats();
            float[] rounded = roundedInside(device, op, wide);
            for (int i = 0; i < wanted.length; i++) {
                assertThat((double) got[i])
                        .as("result %d", i)
                        .isCloseTo(wanted[i], offset((Math.abs(wanted[i]) + rounded[i]) * 0x1p-8 + 1e-5));
            }
        }
    }

    /* By what results are off where numbers inside are rounded too: an attention's weights, and so what they make of the sizes of values. */
    private static float[] roundedInside(CpuDevice device, Op op, List<HostTensor> values) {
        if (!(op instanceof ScaledDotProductAttentionOp)) {
            return new float
                    [Math.toIntExact(
                            op.infer(values.stream().map(HostTensor::type).toList())
                                    .shape()
                                    .elements())];
        }
        HostTensor sizes = HostTensor.allocate(values.get(2).type());
        for (long i = 0; i < sizes.elements(); i++) {
            sizes.setDouble(i, Math.abs(values.get(2).getDouble(i)));
        }
        return run(device, op, List.of(values.get(0), values.get(1), sizes)).toFloats();
    }

    private static HostTensor run(CpuDevice device, Op op, List<HostTensor> values) {
        boolean attention = op instanceof ScaledDotProductAttentionOp;
        List<Operand> operands = LoweringRun.operands(values, !attention, attention ? Set.of() : Set.of(1, 2));
        TensorType output = op.infer(values.stream().map(HostTensor::type).toList());
        return LoweringRun.of(device.lower(op, operands, output, Spending.of(Effort.LIBRARY)), values, output);
    }
}
