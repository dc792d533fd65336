package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Epilogues with an operand over products whose weights are cut into tiles of columns. */
final class EpilogueKernelsTest {
    private static TensorType f32(long... sizes) {
        return TensorType.of(DType.F32, sizes);
    }

    private static Operand input(TensorType type) {
        Layout layout = type.shape().rank() == 4 ? Layout.channelsLast(type.shape()) : Layout.contiguous(type.shape());
        return new Operand(type, layout, false);
    }

    private static Operand weight(TensorType type) {
        return new Operand(type, Layout.contiguous(type.shape()), true);
    }

    /* The library takes such an operand in, by scalar code that is 100 times as slow as a pass of its own. */
    @ParameterizedTest
    @CsvSource({"4096,1280,320", "1024,640,2560", "1024,2560,640", "256,1280,1280", "77,320,320", "1,1280,320"})
    void noneIsTheLibrarysReference(int m, int n, int k) {
        try (CpuDevice device = CpuDevice.open(2)) {
            for (Step step : List.of(new Step.Add(), new Step.Mul())) {
                List<Operand> rows =
                        List.of(input(f32(1, m, k)), weight(f32(n, k)), weight(f32(n)), input(f32(1, m, n)));
                assertFast(device, EpilogueOp.of(new LinearOp(), step), rows, f32(1, m, n));
                List<Operand> pixels = List.of(
                        input(f32(1, k, 1, m)), weight(f32(n, k, 1, 1)), weight(f32(n)), input(f32(1, n, 1, m)));
                assertFast(device, EpilogueOp.of(new Conv2dOp(1, 0, 1, 1), step), pixels, f32(1, n, 1, m));
            }
        }
    }

    private static void assertFast(CpuDevice device, Op op, List<Operand> inputs, TensorType output) {
        assertThat(device.supports(op, inputs.stream().map(Operand::type).toList(), output))
                .isTrue();
        Lowering lowering = device.lower(op, inputs, output);
        assertThat(lowering.implementation()).doesNotContain("ref");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsDoneAfterwardsIsWhatTheStepsSay(boolean sum) {
        int m = 5;
        int n = 640;
        int k = 640;
        EpilogueOp op = EpilogueOp.of(new LinearOp(), new Step.MulScalar(0.5));
        op = EpilogueOp.of(op, sum ? new Step.Add() : new Step.Mul());
        op = EpilogueOp.of(op, new Step.AddScalar(-1));
        float[] x = values(m * k, 1);
        float[] w = values(n * k, 2);
        float[] other = values(m * n, 3);
        float[] got;
        try (Engine engine = Engine.on(CpuDevice.open(2));
                Program program = engine.program("test", tail(op, HostTensor.ofFloats(w, n, k)))) {
            got = program.run(
                            List.of(
                                    engine.tensor(HostTensor.ofFloats(x, 1, m, k)),
                                    engine.tensor(HostTensor.ofFloats(other, 1, m, n))),
                            RunContext.none())
                    .getFirst()
                    .toHost()
                    .toFloats();
        }
        for (int i = 0; i < got.length; i++) {
            double product = 0;
            for (int j = 0; j < k; j++) {
                product += (double) x[i / n * k + j] * w[i % n * k + j];
            }
            double wanted = (sum ? 0.5 * product + other[i] : 0.5 * product * other[i]) - 1;
            assertThat((double) got[i]).isCloseTo(wanted, offset(2e-5));
        }
    }

    private static UnaryOperator<List<Tensor>> tail(EpilogueOp op, HostTensor weight) {
        Node leaf = Node.of(Scope.NONE, new LeafOp.Parameter(new DenseWeight("w", DType.F32, weight)), List.of());
        return in -> List.of(Tensor.over(
                Node.of(
                        Scope.NONE,
                        op,
                        new ArrayList<>(
                                List.of(in.get(0).node(), leaf, in.get(1).node()))),
                Optional.empty()));
    }

    private static float[] values(int count, int seed) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Math.sin(seed + 1.7 * i) / 4;
        }
        return values;
    }
}
