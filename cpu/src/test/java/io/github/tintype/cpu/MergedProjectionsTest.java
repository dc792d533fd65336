package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.compile.CompileFlags;
import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.PassListener;
import io.github.tintype.compile.Plan;
import io.github.tintype.compile.Planner;
import io.github.tintype.graph.Graph;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What merging of projections promises of this device: attention takes the spaced rows of its q, k and v as they lie. */
final class MergedProjectionsTest {
    private static final List<TensorType> TYPES =
            List.of(TensorType.of(DType.F32, 2, 9, 32), TensorType.of(DType.F32, 2, 7, 48));

    private static HostTensor values(TensorType type) {
        HostTensor values = HostTensor.allocate(type);
        for (long i = 0; i < values.elements(); i++) {
            values.setDouble(i, Math.sin((double) i + 1));
        }
        return values;
    }

    private static Weight weight(long out, long in) {
        return new DenseWeight(out + "x" + in, DType.F32, values(TensorType.of(DType.F32, out, in)));
    }

    private static Tensor heads(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1), Dim.of(4), Dim.of(8)).transpose(1, 2);
    }

    /* Self attention, then attention to the second argument; causal, with a mask or neither. */
    private static Graph attention(String mask) {
        Weight out = weight(32, 32);
        List<Weight> self = List.of(weight(32, 32), weight(32, 32), weight(32, 32));
        List<Weight> cross = List.of(weight(32, 32), weight(32, 48), weight(32, 48));
        return Program.trace(TYPES, in -> {
            Tensor x = attend(in.get(0), in.get(0), self, mask).linear(out, Optional.empty());
            return List.of(attend(x, in.get(1), cross, mask));
        });
    }

    private static Tensor attend(Tensor x, Tensor context, List<Weight> weights, String mask) {
        Tensor q = heads(x.linear(weights.get(0), Optional.empty()));
        Tensor k = heads(context.linear(weights.get(1), Optional.empty()));
        Tensor v = heads(context.linear(weights.get(2), Optional.empty()));
        Optional<Tensor> added = mask.equals("mask")
                ? Optional.of(Tensor.full(
                        new TensorType(
                                DType.F32,
                                k.shape().with(1, Dim.ONE).with(2, Dim.ONE).with(3, k.dim(2))),
                        0))
                : Optional.empty();
        return q.scaledDotProductAttention(k, v, added, mask.equals("causal"), 0.3)
                .transpose(1, 2)
                .reshape(x.shape());
    }

    private static long count(Plan plan, String name) {
        return plan.calls().stream().filter(call -> call.name().equals(name)).count();
    }

    private static float[] run(CpuDevice device, Graph graph) {
        try (Engine engine = Engine.on(device);
                Program program = engine.program(
                        "attention",
                        _ -> graph.outputs().stream()
                                .map(node -> Tensor.over(node, Optional.empty()))
                                .toList())) {
            List<Tensor> arguments =
                    TYPES.stream().map(type -> engine.tensor(values(type))).toList();
            return program.run(arguments, RunContext.none()).getFirst().toHost().toFloats();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "causal", "mask"})
    void sixProductsBecomeThreeWithoutACopyMore(String mask) {
        Graph traced = attention(mask);
        Graph merged;
        try (CpuDevice device = CpuDevice.open(2)) {
            merged = Optimizer.optimize(traced, CompileFlags.DEFAULT, device, PassListener.NONE)
                    .graph();
            Plan before = Planner.plan(traced, TYPES, device, new ReferenceDevice());
            Plan after = Planner.plan(merged, TYPES, device, new ReferenceDevice());
            assertThat(count(before, "linear")).isEqualTo(7);
            assertThat(count(after, "linear")).isEqualTo(4);
            assertThat(count(after, "copy")).isEqualTo(count(before, "copy"));
            assertThat(after.weightBytes())
                    .as("each packed weight is rounded up to whole blocks: one is less than three")
                    .isLessThanOrEqualTo(before.weightBytes());
        }
        float[] wanted = run(CpuDevice.open(2), traced);
        float[] got = run(CpuDevice.open(2), merged);
        for (int i = 0; i < wanted.length; i++) {
            assertThat(got[i]).isCloseTo(wanted[i], org.assertj.core.data.Offset.offset(1e-5f));
        }
    }

    @Test
    void doesNotFireWhereAKernelWantsDenseRows() {
        List<Weight> weights = List.of(weight(32, 32), weight(32, 32));
        Graph traced = Program.trace(
                TYPES,
                in -> List.of(in.get(0)
                        .linear(weights.get(0), Optional.empty())
                        .mul(in.get(0).linear(weights.get(1), Optional.empty()))));
        try (CpuDevice device = CpuDevice.open(2)) {
            assertThat(Optimizer.optimize(traced, CompileFlags.DEFAULT, device, PassListener.NONE)
                            .steps())
                    .filteredOn(step -> step.pass().equals("merge_projections"))
                    .singleElement()
                    .satisfies(step -> assertThat(step.changed()).isFalse());
        }
    }
}
