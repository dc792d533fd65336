package io.github.tintype.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Device;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final TensorType TYPE = TensorType.of(DType.F32, 4, 8); // 128 bytes

    /* The reference device, whose elementwise kernels write each element after they have read it. */
    private record InPlace(Device device) implements Device {
        @Override
        public NativeMemory memory() {
            return device.memory();
        }

        @Override
        public String name() {
            return device.name();
        }

        @Override
        public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
            return device.supports(op, inputs, output);
        }

        @Override
        public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
            return device.inputLayouts(op, inputs, output);
        }

        @Override
        public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
            return device.lower(op, inputs, output);
        }

        @Override
        public boolean computesInPlace(Op op, int index, List<Operand> inputs, TensorType output) {
            return op instanceof UnaryOp || op instanceof BinaryOp;
        }

        @Override
        public Lowering copy(TensorType type, Layout from, Layout to) {
            return device.copy(type, from, to);
        }

        @Override
        public void close() {
            device.close();
        }
    }

    private static Plan plan(Device device, UnaryOperator<Tensor> forward) {
        Node input = Node.of(Scope.NONE, new LeafOp.Input(0, TYPE), List.of());
        Tensor output = forward.apply(Tensor.over(input, Optional.empty()));
        return Planner.plan(Graph.of(List.of(output.node())), List.of(TYPE), device, new ReferenceDevice());
    }

    private static Plan inPlace(UnaryOperator<Tensor> forward) {
        return plan(new InPlace(new ReferenceDevice()), forward);
    }

    private static String outputs(Plan plan) {
        return String.join(
                " ", plan.calls().stream().map(call -> call.output().toString()).toList());
    }

    @Test
    void equalProblemsHaveOneKernel() {
        Plan plan = inPlace(x -> x.neg().abs().neg().add(x.neg()).neg());
        assertThat(plan.calls()).hasSize(6);
        assertThat(plan.calls().stream().map(Call::kernel).distinct()).hasSize(3);
    }

    @Test
    void elementwiseChainsStayWhereTheirResultWillBe() {
        UnaryOperator<Tensor> chain = x -> x.neg().abs().tanh();
        assertThat(outputs(inPlace(chain))).isEqualTo("output0@0:128 output0@0:128 output0@0:128");
        assertThat(inPlace(chain).slabBytes()).isZero();
        assertThat(outputs(plan(new ReferenceDevice(), chain))).isEqualTo("slab@0:128 slab@128:128 output0@0:128");
    }

    @Test
    void argumentsAreNeverOverwritten() {
        Plan plan = inPlace(x -> x.neg());
        assertThat(plan.calls().getFirst().inputs().toString()).isEqualTo("[input0@0:128]");
        assertThat(outputs(plan)).isEqualTo("output0@0:128");
    }

    @Test
    void whatIsReadLaterIsKept() {
        Plan plan = inPlace(x -> {
            Tensor y = x.neg();
            return y.abs().add(y);
        });
        assertThat(outputs(plan)).isEqualTo("slab@0:128 output0@0:128 output0@0:128");
    }

    @Test
    void anotherViewOfTheSameMemoryIsKept() {
        Plan plan = inPlace(x -> {
            Tensor y = x.neg();
            return y.add(y.slice(0, 0, 1));
        });
        assertThat(outputs(plan)).isEqualTo("slab@0:128 output0@0:128");
    }

    @Test
    void bothOperandsMayBeTheSame() {
        Plan plan = inPlace(x -> {
            Tensor y = x.neg();
            return y.mul(y);
        });
        assertThat(outputs(plan)).isEqualTo("output0@0:128 output0@0:128");
    }

    @Test
    void aSmallerOperandIsNotOverwritten() {
        Plan plan = inPlace(x -> x.slice(0, 0, 1).neg().add(x));
        assertThat(outputs(plan)).isEqualTo("slab@0:32 output0@0:128");
    }

    @Test
    void theTextSaysWhatIsNeeded() {
        Plan plan = plan(new ReferenceDevice(), x -> x.neg().abs());
        assertThat(plan).hasToString("""
                slab@0:128 = neg[reference](input0@0:128)
                output0@0:128 = abs[reference](slab@0:128)
                slab 128 bytes (128 live), weights 0 bytes, outputs 128 bytes, scratch 0 bytes
                """);
    }
}
