package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel that a search may come to, whatever its parameters, beside the one that uncompiled code has. */
class CandidatesTest {
    private static final Conv2dOp CONV = new Conv2dOp(1, 1, 1, 1);
    private static final Conv2dOp HALVES = new Conv2dOp(2, 1, 1, 1);
    private static final Op ADD = EpilogueOp.of(new LinearOp(), new Step.Add());
    private static final Op CONV_ADD = EpilogueOp.of(CONV, new Step.Add());

    /*
     * Rows, columns and steps, pixels and channels, queries and keys that are no multiple of any tile or block, and enough of them for all sizes of blocks to differ. What is large is
     * one size of each problem, so that none takes long.
     */
    static Stream<Arguments> problems() {
        return Stream.of(
                Arguments.of(ADD, DType.F32, List.of(of(1601, 37), of(50, 37), of(50), of(1601, 50)), 15),
                Arguments.of(new LinearOp(), DType.F32, List.of(of(23, 5437), of(41, 5437), of(41)), 5),
                Arguments.of(new LinearOp(), DType.BF16, List.of(of(23, 5437), of(41, 5437), of(41)), 2),
                Arguments.of(ADD, DType.BF16, List.of(of(1601, 37), of(50, 37), of(50), of(1601, 50)), 15),
                Arguments.of(
                        CONV_ADD,
                        DType.F32,
                        List.of(of(1, 35, 131, 93), of(45, 35, 3, 3), of(45), of(1, 45, 131, 93)),
                        10),
                Arguments.of(
                        CONV_ADD,
                        DType.BF16,
                        List.of(of(2, 33, 27, 29), of(67, 33, 3, 3), of(67), of(2, 67, 27, 29)),
                        4),
                Arguments.of(
                        EpilogueOp.of(new UpsampleConv2dOp(CONV), new Step.Add()),
                        DType.F32,
                        List.of(of(1, 35, 33, 27), of(45, 35, 3, 3), of(45), of(1, 45, 66, 54)),
                        10),
                Arguments.of(
                        new UpsampleConv2dOp(CONV), DType.BF16, List.of(of(2, 33, 13, 9), of(67, 33, 3, 3), of(67)), 4),
                Arguments.of(
                        EpilogueOp.of(HALVES, new Step.Add()),
                        DType.F32,
                        List.of(of(1, 150, 41, 39), of(45, 150, 3, 3), of(45), of(1, 45, 21, 20)),
                        15),
                Arguments.of(HALVES, DType.BF16, List.of(of(2, 33, 27, 29), of(67, 33, 3, 3), of(67)), 5),
                Arguments.of(
                        CONV_ADD, DType.F32, List.of(of(2, 61, 75, 23), of(5, 61, 3, 3), of(5), of(2, 5, 75, 23)), 10),
                Arguments.of(CONV, DType.F16, List.of(of(1, 61, 75, 23), of(3, 61, 3, 3), of(3)), 8),
                Arguments.of(
                        new ScaledDotProductAttentionOp(false, 0.2),
                        DType.F32,
                        List.of(of(1, 1, 601, 21), of(1, 1, 1103, 21), of(1, 1, 1103, 27)),
                        20),
                Arguments.of(
                        new ScaledDotProductAttentionOp(true, 0.2),
                        DType.F32,
                        List.of(of(2, 1, 401, 8), of(2, 1, 401, 8), of(2, 1, 401, 8)),
                        12),
                Arguments.of(
                        new ScaledDotProductAttentionOp(false, 0.2),
                        DType.F16,
                        List.of(of(1, 2, 301, 16), of(1, 2, 77, 16), of(1, 2, 77, 16)),
                        5));
    }

    private static long[] of(long... sizes) {
        return sizes;
    }

    @ParameterizedTest
    @MethodSource("problems")
    void allComputeTheSame(Op op, DType dtype, List<long[]> shapes, int atLeast) {
        Random random = new Random(3);
        boolean attention = op instanceof ScaledDotProductAttentionOp;
        List<HostTensor> values = new ArrayList<>();
        for (long[] sizes : shapes) {
            boolean weight = values.size() == 1 && !attention;
            HostTensor drawn = HostTensor.allocate(TensorType.of(dtype, sizes));
            double scale = weight ? 1 / Math.sqrt((double) drawn.elements() / sizes[0]) : 1;
            for (long i = 0; i < drawn.elements(); i++) {
                drawn.setDouble(i, random.nextGaussian() * scale);
            }
            values.add(drawn);
        }
        List<Operand> operands = LoweringRun.operands(values, !attention, attention ? Set.of() : Set.of(1));
        TensorType output = op.infer(values.stream().map(HostTensor::type).toList());
        try (CpuDevice device = CpuDevice.open(2)) {
            HostTensor wanted = LoweringRun.of(device.lower(op, operands, output), values, output);
            List<Candidate> candidates =
                    Candidate.reachable(device.candidates(op, operands, output, Spending.of(Effort.USUAL)));
            assertThat(candidates).hasSizeGreaterThanOrEqualTo(atLeast);
            assertThat(candidates).extracting(Candidate::name).doesNotHaveDuplicates();
            for (Candidate candidate : candidates) {
                HostTensor got = LoweringRun.of(candidate.lowering().get(), values, output);
                assertThat(farthest(got, wanted)).as(candidate.name()).isLessThan(tolerance(dtype));
            }
        }
    }

    /* Of results of size 1. In 16 bits both are rounded, and filters before. */
    private static double tolerance(DType dtype) {
        return switch (dtype) {
            case BF16 -> 0.06;
            case F16 -> 0.01;
            default -> 3e-5;
        };
    }

    private static double farthest(HostTensor got, HostTensor wanted) {
        double farthest = 0;
        for (long i = 0; i < wanted.elements(); i++) {
            double distance = Math.abs(got.getDouble(i) - wanted.getDouble(i));
            farthest = Double.isNaN(distance) ? Double.POSITIVE_INFINITY : Math.max(farthest, distance);
        }
        return farthest;
    }
}
