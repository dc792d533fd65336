package io.github.tintype.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommonSubexpressionsTest {
    private static PassAssert on(String text) {
        return PassAssert.on(new CommonSubexpressions(), text);
    }

    @Test
    void whatModulesShareBelongsToTheCallAroundThem() {
        on("""
                in0: f32[b,4]
                net.a.weight: f32[4,4]
                net.b.weight: f32[4,4]
                # net.a
                %0 = silu(in0): f32[b,4]
                %1 = linear(%0, net.a.weight): f32[b,4]
                # net.b
                %2 = silu(in0): f32[b,4]
                %3 = linear(%2, net.b.weight): f32[b,4]
                # net
                %4 = add(%1, %3): f32[b,4]
                return %4
                """).becomes("""
                # net
                %0 = silu(in0): f32[b,4]
                # net.a
                %1 = linear(%0, weight): f32[b,4]
                # net.b
                %2 = linear(%0, weight): f32[b,4]
                # net
                %3 = add(%1, %2): f32[b,4]
                return %3
                """);
    }

    @Test
    void chainsMergeFromTheInputsOn() {
        on("""
                in0: f32[b,h*w]
                %0 = mul(in0, 2): f32[b,h*w]
                %1 = reshape(%0): f32[b,h,w]
                %2 = mul(in0, 2): f32[b,h*w]
                %3 = reshape(%2): f32[b,h,w]
                return %1, %3
                """).becomes("""
                %0 = mul(in0, 2.0): f32[b,h*w]
                %1 = reshape(%0): f32[b,h,w]
                return %1, %1
                """);
    }

    @Test
    void parametersAreOneIfTheirWeightIs() {
        DenseWeight weight = new DenseWeight("w", DType.F32, HostTensor.ofFloats(new float[] {1}, 1));
        DenseWeight twin = new DenseWeight("w", DType.F32, weight.source());
        assertThat(leavesOf(weight, weight)).isEqualTo(1);
        assertThat(leavesOf(weight, twin)).isEqualTo(2);
    }

    private static long leavesOf(DenseWeight a, DenseWeight b) {
        Node sum = parameter(a)
                .then(new io.github.tintype.graph.BinaryOp(io.github.tintype.graph.BinaryOp.Kind.ADD), parameter(b));
        Graph graph = new CommonSubexpressions()
                .apply(Graph.of(List.of(sum)), new PassContext(new ReferenceDevice(), CompileFlags.DEFAULT));
        return graph.nodes().stream()
                .filter(node -> node.op() instanceof LeafOp)
                .count();
    }

    private static Node parameter(DenseWeight weight) {
        return Node.of(Scope.NONE, new LeafOp.Parameter(weight), List.of());
    }

    @Test
    void doesNotFireOnAnotherOrderOfOperands() {
        on("""
                in0: f32[2]
                in1: f32[2]
                %0 = sub(in0, in1): f32[2]
                %1 = sub(in1, in0): f32[2]
                return %0, %1
                """).doesNotFire();
    }

    @Test
    void doesNotFireOnZerosOfTwoSigns() {
        on("""
                in0: f32[2]
                %0 = div(in0, 0.0): f32[2]
                %1 = div(in0, -0.0): f32[2]
                return %0, %1
                """).doesNotFire();
    }

    @Test
    void doesNotFireOnOtherAttributes() {
        on("""
                in0: f32[2,2]
                %0 = permute[0,1](in0): f32[2,2]
                %1 = permute[1,0](in0): f32[2,2]
                return %0, %1
                """).doesNotFire();
    }
}
