package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fused ops on this device: the values of their steps, the same bits for any number of threads, and only with a compiler of loops. */
final class LoopSupportTest {
    private static final BinaryOp ADD = new BinaryOp(BinaryOp.Kind.ADD);
    private static final BinaryOp MUL = new BinaryOp(BinaryOp.Kind.MUL);
    private static final ActivationOp SILU = new ActivationOp(ActivationOp.Kind.SILU);
    private static final ActivationOp GELU = new ActivationOp(ActivationOp.Kind.GELU);

    /** A kernel and the types of its arguments. */
    record Case(String name, FusedOp op, List<TensorType> types) {
        static Case of(String name, List<TensorType> types, Function<List<Node>, Node> body) {
            List<Node> arguments = new ArrayList<>();
            for (TensorType type : types) {
                arguments.add(Node.of(Scope.NONE, new LeafOp.Input(arguments.size(), type), List.of()));
            }
            return new Case(name, FusedOp.of(body.apply(arguments), arguments), types);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static TensorType f32(long... sizes) {
        return TensorType.of(DType.F32, sizes);
    }

    static List<Case> cases() {
        return List.of(
                Case.of(
                        "group norm and SiLU",
                        List.of(f32(2, 40, 33, 17), f32(40), f32(40)),
                        in -> in.get(0)
                                .then(new GroupNormOp(4, 1e-5), in.get(1), in.get(2))
                                .then(SILU)),
                Case.of(
                        "sum and layer norm",
                        List.of(f32(3, 50, 77), f32(3, 50, 77), f32(77), f32(77)),
                        in -> in.get(0).then(ADD, in.get(1)).then(new LayerNormOp(1e-5), in.get(2), in.get(3))),
                Case.of(
                        "softmax of rows",
                        List.of(f32(700, 129)),
                        in -> in.get(0)
                                .then(new SoftmaxOp(1))
                                .then(MUL, in.get(0).scalar(0.5))),
                Case.of(
                        "gated GELU",
                        List.of(f32(2, 300, 258)),
                        in -> in.get(0)
                                .then(new SliceOp(2, 0, 129))
                                .then(
                                        MUL,
                                        in.get(0).then(new SliceOp(2, 129, 258)).then(GELU))));
    }

    private static float[] run(Engine engine, Case one) {
        try (engine;
                Program program = engine.program(
                        "test",
                        in -> List.of(Tensor.over(
                                Node.of(
                                        Scope.NONE,
                                        one.op(),
                                        in.stream().map(Tensor::node).toList()),
                                Optional.empty())))) {
            List<Tensor> arguments = one.types().stream()
                    .map(type -> engine.tensor(values(type)))
                    .toList();
            return program.run(arguments, RunContext.none()).getFirst().toHost().toFloats();
        }
    }

    private static HostTensor values(TensorType type) {
        HostTensor values = HostTensor.allocate(type);
        for (long i = 0; i < values.elements(); i++) {
            values.setDouble(
                    i,
                    type.dtype() == DType.I64
                            ? i
                            : 2 * Math.sin(1.3 * i + type.shape().rank()));
        }
        return values;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isWhatItsStepsAre(Case one) {
        float[] wanted = run(Engine.on(new ReferenceDevice()), one);
        float[] got = run(Engine.on(CpuDevice.open(3)), one);
        for (int i = 0; i < wanted.length; i++) {
            assertThat(got[i]).isCloseTo(wanted[i], offset(2e-5f));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void threadsChangeNoBit(Case one) {
        assertThat(run(Engine.on(CpuDevice.open(3)), one)).containsExactly(run(Engine.on(CpuDevice.open(1)), one));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isSupportedWithACompilerOnly(Case one) {
        TensorType output = one.op().infer(one.types());
        try (CpuDevice with = CpuDevice.open(1);
                CpuDevice without =
                        CpuDevice.open(CpuDevice.Settings.here().withThreads(1).withLoopCompiler(Optional.empty()))) {
            assertThat(with.supports(one.op(), one.types(), output)).isTrue();
            assertThat(without.supports(one.op(), one.types(), output)).isFalse();
        }
    }

    @Test
    void anIndexOutOfRangeIsAnError() {
        Case one = Case.of(
                "look-up",
                List.of(f32(5, 64), TensorType.of(DType.I64, 9)),
                in -> in.get(0).then(new IndexSelectOp(0), in.get(1)).then(SILU));
        assertThatThrownBy(() -> run(Engine.on(CpuDevice.open(2)), one))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("index out of range");
    }
}
