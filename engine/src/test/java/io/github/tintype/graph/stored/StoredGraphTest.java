package io.github.tintype.graph.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CompositeOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.GraphText;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PrimitiveOp;
import io.github.tintype.graph.QuantizedLinearOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.tensor.CatWeight;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.DerivedWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizedPart;
import io.github.tintype.tensor.ReshapedWeight;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.SdpaChoice;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.SliceWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StoredGraphTest {
    private static final Dim H = Dim.symbol("h");
    private static final Scope BLOCK = new Scope("blocks.0", "Block", Scope.NONE);
    private static final Scope PROJECTION = new Scope("blocks.0.proj", "Linear", BLOCK);

    private static DenseWeight weight(String name, long... sizes) {
        return new DenseWeight(name, DType.F32, HostTensor.allocate(TensorType.of(DType.F32, sizes)));
    }

    private static Node leaf(LeafOp op) {
        return Node.of(Scope.NONE, op, List.of());
    }

    /* Symbolic sizes, derived weights, constants, nested ops, scopes in each other, a node that is read twice. */
    private static Graph graph() {
        Node x = leaf(new LeafOp.Input(
                0, new TensorType(DType.F32, Shape.of(H.plus(1).floorDiv(2), Dim.of(6)))));
        DenseWeight q = weight("q.weight", 4, 6);
        DenseWeight k = weight("k.weight", 2, 6);
        Weight both = new SliceWeight(new CatWeight(List.of(q, k), 0), 0, 1, 6);
        Node product = Node.of(PROJECTION, new LinearOp(), List.of(x, leaf(new LeafOp.Parameter(both))));
        Node twice = Node.of(
                BLOCK,
                EpilogueOp.of(
                        EpilogueOp.of(new LinearOp(), new EpilogueOp.Step.Add()),
                        new EpilogueOp.Step.MulScalar(Double.longBitsToDouble(0x7ff8000000000001L))),
                List.of(x, leaf(new LeafOp.Parameter(both)), product));
        Node gate = FusedOp.of(
                        twice.then(new ActivationOp(ActivationOp.Kind.SILU))
                                .then(new BinaryOp(BinaryOp.Kind.MUL), twice.scalar(-0.0)),
                        List.of(twice))
                .decompose(List.of(twice));
        Node fused = Node.of(BLOCK, FusedOp.of(gate, List.of(twice)), List.of(twice));
        Node row = leaf(new LeafOp.Constant(HostTensor.ofFloats(new float[] {1, Float.NaN, 3, 4, 5}, 5)));
        Node sum = fused.then(new BinaryOp(BinaryOp.Kind.ADD), row).then(new PadOp(1, 1, 2, Double.NEGATIVE_INFINITY));
        Node flat = leaf(new LeafOp.Parameter(new ReshapedWeight(k, Shape.of(3, 4))));
        QuantizationScheme int8 = new QuantizationScheme.Int8(true);
        Node quantized = Node.of(
                BLOCK,
                new QuantizedLinearOp(int8),
                List.of(
                        x,
                        leaf(new LeafOp.Parameter(new QuantizedPart(k, int8, QuantizedPart.Part.VALUES))),
                        leaf(new LeafOp.Parameter(new QuantizedPart(k, int8, QuantizedPart.Part.SCALES)))));
        Node count = Node.of(Scope.NONE, new ArangeOp(H.times(2), DType.I64), List.of())
                .then(new CastOp(DType.BF16));
        return Graph.of(List.of(sum, flat, count, quantized, sum));
    }

    private static byte[] written(Graph graph) {
        return StoredGraph.write(graph, StoredGraph.weights(graph)).orElseThrow();
    }

    @Test
    void whatWasWrittenIsReadOverOtherWeightsOfTheSameNames() {
        Graph graph = graph();
        byte[] bytes = written(graph);
        List<DenseWeight> others = List.of(weight("q.weight", 4, 6), weight("k.weight", 2, 6));
        Graph read = StoredGraph.read(ByteBuffer.wrap(bytes), others);
        assertThat(GraphText.of(read)).isEqualTo(GraphText.of(graph));
        assertThat(StoredGraph.weights(read)).hasSize(2).allMatch(others::contains);
        assertThat(StoredGraph.write(read, others))
                .hasValueSatisfying(again -> assertThat(again).isEqualTo(bytes));
        assertThat(read.outputs().getFirst()).isSameAs(read.outputs().getLast());
        Scope scope = read.nodes().stream()
                .map(Node::scope)
                .filter(found -> found.path().equals(PROJECTION.path()))
                .findFirst()
                .orElseThrow();
        assertThat(scope.module()).isEqualTo("Linear");
        assertThat(scope.parent().module()).isEqualTo("Block");
        assertThat(scope.parent().parent()).isSameAs(Scope.NONE);
    }

    @Test
    void equalGraphsHaveEqualBytesAndOthersOtherBytes() {
        assertThat(written(graph())).isEqualTo(written(graph()));
        assertThat(written(graph())).isNotEqualTo(written(graph().substitute(_ -> Dim.of(8))));
    }

    @Test
    void theChoiceOfBackEndsIsPartOfAGraph() {
        SdpaChoice choice = new SdpaChoice(List.of(SdpBackend.EFFICIENT_ATTENTION, SdpBackend.MATH), true);
        Graph chosen = attention(new ScaledDotProductAttentionOp(true, 0.5, choice, 3));
        Graph read = StoredGraph.read(ByteBuffer.wrap(written(chosen)), List.of());
        assertThat(read.outputs().getFirst().op())
                .isEqualTo(chosen.outputs().getFirst().op());
        assertThat(written(chosen)).isNotEqualTo(written(attention(new ScaledDotProductAttentionOp(true, 0.5))));
    }

    private static Graph attention(ScaledDotProductAttentionOp op) {
        Node x = leaf(new LeafOp.Input(0, TensorType.of(DType.F32, 1, 6, 5, 4)));
        return Graph.of(List.of(x.then(op, x, x)));
    }

    @Test
    void weightsOfOtherNamesOrTypesAreRefused() {
        byte[] bytes = written(graph());
        DenseWeight q = weight("q.weight", 4, 6);
        assertThatThrownBy(() -> StoredGraph.read(ByteBuffer.wrap(bytes), List.of(q)))
                .isInstanceOf(GraphFormatException.class)
                .hasMessage("got 2 weights, wanted 1");
        assertThatThrownBy(() -> StoredGraph.read(ByteBuffer.wrap(bytes), List.of(q, weight("k.weight", 6, 2))))
                .isInstanceOf(GraphFormatException.class)
                .hasMessage("got weight k.weight: f32[2,6], wanted k.weight:f32[6,2]");
        assertThatThrownBy(() -> StoredGraph.read(ByteBuffer.wrap(bytes), List.of(q, weight("v.weight", 2, 6))))
                .isInstanceOf(GraphFormatException.class)
                .hasMessage("got weight k.weight: f32[2,6], wanted v.weight:f32[2,6]");
    }

    /** An op of a user's. */
    private record Twice() implements CompositeOp {
        @Override
        public String name() {
            return "twice";
        }

        @Override
        public TensorType infer(List<TensorType> inputs) {
            return inputs.getFirst();
        }

        @Override
        public Node decompose(List<Node> inputs) {
            return inputs.getFirst().then(new BinaryOp(BinaryOp.Kind.ADD), inputs.getFirst());
        }
    }

    @Test
    void whatTheEngineDoesNotKnowIsNotStored() {
        Node x = leaf(new LeafOp.Input(0, TensorType.of(DType.F32, 2)));
        Graph own = Graph.of(List.of(x.then(new Twice())));
        assertThat(StoredGraph.write(own, List.of())).isEmpty();
        Graph held = Graph.of(List.of(leaf(new LeafOp.Value(() -> TensorType.of(DType.F32, 2)))));
        assertThat(StoredGraph.write(held, List.of())).isEmpty();
        assertThat(StoredGraph.write(graph(), List.of())).isEmpty();
    }

    /* Checksums are others' affair: whatever the bytes, it is a graph or one exception. */
    @Test
    void everyBitFlippedAndEveryTruncationIsReadOrRefused() {
        Graph graph = graph();
        byte[] bytes = written(graph);
        List<DenseWeight> weights = StoredGraph.weights(graph);
        int refused = 0;
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                StoredGraph.read(ByteBuffer.wrap(flipped), weights);
            } catch (GraphFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(bytes.length);
        for (int length = 0; length < bytes.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> StoredGraph.read(cut, weights)).isInstanceOf(GraphFormatException.class);
        }
        ByteBuffer more = ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 1));
        assertThatThrownBy(() -> StoredGraph.read(more, weights)).hasMessage("got 1 bytes after the graph");
    }

    /* A new op that is forgotten in the table would silently not be kept. */
    @Test
    void everyOpOfTheEngineHasAPlace() {
        List<Class<?>> missing = new ArrayList<>();
        Stream.of(PrimitiveOp.class, DerivedWeight.class, EpilogueOp.Step.class, LeafOp.class)
                .flatMap(StoredGraphTest::permitted)
                .filter(type -> type != LeafOp.Value.class && Records.of(type).isEmpty())
                .forEach(missing::add);
        for (Class<?> composite :
                List.of(ActivationOp.class, LinearOp.class, QuantizedLinearOp.class, EpilogueOp.class, FusedOp.class)) {
            assertThat(Records.of(composite)).isPresent();
        }
        assertThat(missing).isEmpty();
        assertThat(Records.of(Conv2dOp.class)).isNotEqualTo(Records.of(MatMulOp.class));
        assertThat(Records.of(ReshapeOp.class)).isPresent();
    }

    private static Stream<Class<?>> permitted(Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses()).flatMap(StoredGraphTest::permitted)
                : Stream.of(type);
    }
}
