package io.github.tintype.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class RegionsTest {
    private static final RegionPolicy WHOLE = new RegionPolicy.WholeGraph();

    private static DenseWeight weight(String name, long... shape) {
        TensorType type = TensorType.of(DType.F32, shape);
        HostTensor values = HostTensor.allocate(type);
        for (int i = 0; i < values.elements(); i++) {
            values.setDouble(i, Math.sin(name.hashCode() + i) / shape[0]);
        }
        return new DenseWeight(name, DType.F32, values);
    }

    /** Attention of one head; merging of its projections is what the passes find to do. */
    private record Attention(String path, Weight q, Weight k, Weight v) implements Module.Of1<Tensor, Tensor> {
        static Attention of(String path, int channels) {
            return new Attention(
                    path,
                    weight(path + ".q", channels, channels),
                    weight(path + ".k", channels, channels),
                    weight(path + ".v", channels, channels));
        }

        @Override
        public Tensor forward(Tensor x) {
            return head(x, q)
                    .scaledDotProductAttention(head(x, k), head(x, v), Optional.empty(), false, 0.5)
                    .reshape(x.shape());
        }

        private static Tensor head(Tensor x, Weight weight) {
            return x.linear(weight, Optional.empty()).unsqueeze(1);
        }
    }

    private record Block(String path, Attention attention, Weight out) implements Module.Of1<Tensor, Tensor> {
        static Block of(String path, int channels) {
            return new Block(path, Attention.of(path + ".attn", channels), weight(path + ".out", channels, channels));
        }

        @Override
        public Tensor forward(Tensor x) {
            return attention.call(x).linear(out, Optional.empty()).add(x);
        }
    }

    private record Transformer(String path, List<Block> blocks) implements Module.Of1<Tensor, Tensor> {
        static Transformer of(String path, int channels, int layers) {
            List<Block> blocks = new ArrayList<>();
            for (int i = 0; i < layers; i++) {
                blocks.add(Block.of(path + ".blocks." + i, channels));
            }
            return new Transformer(path, blocks);
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor hidden = x.silu();
            for (Block block : blocks) {
                hidden = block.call(hidden);
            }
            return hidden.silu().add(x);
        }
    }

    private record Model(String path, List<Transformer> transformers, Attention last)
            implements Module.Of1<Tensor, Tensor> {
        static Model of(int layers, int... channels) {
            List<Transformer> transformers = new ArrayList<>();
            for (int i = 0; i < channels.length; i++) {
                transformers.add(Transformer.of("transformers." + i, channels[i], layers));
            }
            return new Model("", transformers, Attention.of("last", channels[channels.length - 1]));
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor hidden = x;
            for (Transformer transformer : transformers) {
                long channels = ((DenseWeight) transformer.blocks().getFirst().out())
                        .type()
                        .shape()
                        .size(0);
                hidden = transformer.call(hidden.slice(2, 0, channels));
            }
            return last.call(hidden);
        }
    }

    private static Graph trace(int channels, UnaryOperator<List<Tensor>> forward) {
        TensorType type = new TensorType(DType.F32, Shape.of(Dim.symbol("b"), Dim.symbol("t"), Dim.of(channels)));
        return Traces.trace(List.of(type, type), forward);
    }

    private static Graph trace(int channels, Module.Of1<Tensor, Tensor> module) {
        return trace(channels, in -> List.of(module.call(in.getFirst())));
    }

    private static Optimizer.Result optimize(Graph graph, RegionPolicy policy) {
        return Optimizer.optimize(graph, policy, CompileFlags.DEFAULT, new ReferenceDevice(), PassListener.NONE);
    }

    /* Runs both graphs, traced again for fixed sizes. */
    private static void assertSameResults(int channels, RegionPolicy policy, UnaryOperator<List<Tensor>> forward) {
        List<HostTensor> arguments = List.of(
                Traces.values(TensorType.of(DType.F32, 2, 3, channels)),
                Traces.values(TensorType.of(DType.F32, 2, 3, channels)));
        Graph traced = Traces.trace(arguments.stream().map(HostTensor::type).toList(), forward);
        Graph optimized = optimize(traced, policy).graph();
        assertThat(optimized).isNotEqualTo(traced);
        List<HostTensor> wanted = Traces.run(traced, arguments);
        List<HostTensor> got = Traces.run(optimized, arguments);
        for (int i = 0; i < wanted.size(); i++) {
            assertThat(got.get(i).toFloats()).containsExactly(wanted.get(i).toFloats());
        }
    }

    private static List<String> programs(Optimizer.Result result) {
        return result.programs().stream()
                .map(program -> "%s %d: %d to %d"
                        .formatted(
                                program.module(), program.occurrences(), program.nodesBefore(), program.nodesAfter()))
                .toList();
    }

    private static List<String> weights(Graph graph) {
        return graph.nodes().stream()
                .map(Node::op)
                .filter(LeafOp.Parameter.class::isInstance)
                .map(op -> ((LeafOp.Parameter) op).weight().name())
                .toList();
    }

    @Test
    void equalBlocksShareAProgram() {
        Transformer transformer = Transformer.of("t", 4, 3);
        Optimizer.Result result = optimize(trace(4, transformer), WHOLE);
        assertThat(programs(result)).containsExactly("Block 3: 15 to 14", "Transformer 1: 19 to 19");
        assertThat(weights(result.graph()))
                .containsExactly(
                        "cat(t.blocks.0.attn.q, t.blocks.0.attn.k, t.blocks.0.attn.v, 0)",
                        "t.blocks.0.out",
                        "cat(t.blocks.1.attn.q, t.blocks.1.attn.k, t.blocks.1.attn.v, 0)",
                        "t.blocks.1.out",
                        "cat(t.blocks.2.attn.q, t.blocks.2.attn.k, t.blocks.2.attn.v, 0)",
                        "t.blocks.2.out");
        assertThat(result.steps())
                .extracting(Optimizer.Step::pass, Optimizer.Step::changed)
                .contains(tuple("merge_projections", true));
        assertSameResults(4, WHOLE, in -> List.of(transformer.call(in.getFirst())));
    }

    @Test
    void nodesKeepTheScopesOfTheirOwnCalls() {
        Graph graph = optimize(trace(4, Transformer.of("t", 4, 2)), WHOLE).graph();
        assertThat(graph.nodes())
                .filteredOn(node -> node.op().name().equals("scaled_dot_product_attention"))
                .extracting(node ->
                        node.scope().path() + " in " + node.scope().parent().path())
                .containsExactly("t.blocks.0.attn in t.blocks.0", "t.blocks.1.attn in t.blocks.1");
        assertThat(graph.nodes())
                .filteredOn(node -> node.op().name().equals("linear"))
                .extracting(node -> node.scope().path())
                .containsExactly("t.blocks.0", "t.blocks.0", "t.blocks.1", "t.blocks.1");
    }

    /* As time_emb_proj in a resnet. */
    private record Shifted(String path, Weight proj, Weight out) implements Module.Of2<Tensor, Tensor, Tensor> {
        static Shifted of(String path) {
            return new Shifted(path, weight(path + ".proj", 4, 4), weight(path + ".out", 4, 4));
        }

        @Override
        public Tensor forward(Tensor x, Tensor temb) {
            return x.add(temb.silu().linear(proj, Optional.empty())).linear(out, Optional.empty());
        }
    }

    private static List<Tensor> shifted(List<Tensor> in) {
        Tensor temb = in.get(1);
        Tensor hidden = Shifted.of("resnets.0").call(in.get(0), temb);
        return List.of(Shifted.of("resnets.1").call(hidden, temb));
    }

    @Test
    void whatSeveralRegionsMakeOfOneInputIsComputedOnce() {
        Optimizer.Result result = optimize(trace(4, RegionsTest::shifted), new RegionPolicy.WholeGraph());
        assertThat(programs(result)).containsExactly("Shifted 2: 8 to 8", " 1: 8 to 8");
        assertThat(Traces.text(result.graph()).lines().filter(line -> line.contains("silu")))
                .containsExactly("%0 = silu(in1): f32[b,t,4]");
        assertThat(Traces.text(optimize(
                                        trace(4, RegionsTest::shifted),
                                        new RegionPolicy.RepeatedBlocks(List.of("Shifted")))
                                .graph())
                        .lines()
                        .filter(line -> line.contains("silu")))
                .as("regions alone are compiled")
                .hasSize(2);
        assertSameResults(4, new RegionPolicy.WholeGraph(), RegionsTest::shifted);
    }

    @Test
    void theRestIsNamedByTheOneModuleThatTheGraphIsACallOf() {
        assertThat(rest(in -> List.of(Block.of("block", 4).call(in.getFirst()))))
                .isEqualTo("Block");
        assertThat(rest(in -> List.of(Block.of("block", 4).call(in.getFirst()).square())))
                .isEmpty();
        assertThat(rest(in -> List.of(Block.of("a", 4).call(Attention.of("b", 4).call(in.getFirst())))))
                .isEmpty();
    }

    private static String rest(UnaryOperator<List<Tensor>> forward) {
        return optimize(trace(4, forward), new RegionPolicy.WholeGraph())
                .programs()
                .getLast()
                .module();
    }

    @Test
    void otherSizesAreOtherPrograms() {
        Model model = Model.of(1, 6, 4);
        Optimizer.Result result = optimize(trace(6, model), WHOLE);
        assertThat(result.programs())
                .extracting(Optimizer.Program::module, Optimizer.Program::occurrences)
                .as("transformers and blocks of two widths; the last attention is as wide as that of the second")
                .containsExactly(tuple("Attention", 2), tuple("Model", 1));
        assertThat(weights(result.graph()))
                .contains("cat(last.q, last.k, last.v, 0)")
                .hasSize(2 + 2 + 1);
    }

    @Test
    void repeatsInsideOfRepeatsShareToo() {
        Model model = Model.of(2, 4, 4, 4);
        Optimizer.Result result = optimize(trace(4, model), WHOLE);
        assertThat(result.programs())
                .extracting(Optimizer.Program::module, Optimizer.Program::occurrences)
                .containsExactly(tuple("Attention", 7), tuple("Block", 6), tuple("Transformer", 3), tuple("Model", 1));
        assertThat(result.programs()).extracting(Optimizer.Program::key).doesNotHaveDuplicates();
        assertThat(weights(result.graph())).hasSize(6 * 2 + 1).doesNotHaveDuplicates();
        assertSameResults(4, WHOLE, in -> List.of(model.call(in.getFirst())));
    }

    @Test
    void aBlockCalledTwiceIsOneProgramWithTheSameWeights() {
        Block block = Block.of("block", 4);
        UnaryOperator<List<Tensor>> forward = in -> List.of(block.call(block.call(in.get(0))), block.call(in.get(1)));
        Optimizer.Result result = optimize(trace(4, forward), WHOLE);
        assertThat(result.programs())
                .extracting(Optimizer.Program::module, Optimizer.Program::occurrences)
                .containsExactly(tuple("Block", 3), tuple("", 1));
        assertThat(weights(result.graph()))
                .containsOnly("cat(block.attn.q, block.attn.k, block.attn.v, 0)", "block.out");
        assertSameResults(4, WHOLE, forward);
    }

    @Test
    void aWeightThatOthersReadStaysAsItIs() {
        Block first = Block.of("first", 4);
        Block second = Block.of("second", 4);
        UnaryOperator<List<Tensor>> forward = in -> List.of(
                second.call(first.call(in.get(0))),
                in.get(1).linear(second.attention().k(), Optional.empty()));
        Optimizer.Result result = optimize(trace(4, forward), WHOLE);
        assertThat(weights(result.graph())).noneMatch(name -> name.startsWith("cat"));
        // The same weights in two programs: one block of two calls with different sizes.
        UnaryOperator<List<Tensor>> two = in -> List.of(
                second.call(first.call(in.get(0))),
                second.call(first.call(in.get(1).slice(1, 0, 2))));
        Optimizer.Result shared = optimize(trace(4, two), WHOLE);
        assertThat(shared.programs()).extracting(Optimizer.Program::occurrences).containsExactly(2, 2, 1);
        assertThat(weights(shared.graph())).noneMatch(name -> name.startsWith("cat"));
    }

    /** Hands out what it computes on the way. */
    private record Leaky(String path, Block block) implements Module.Of1<Tensor, List<Tensor>> {
        @Override
        public List<Tensor> forward(Tensor x) {
            Tensor half = block.call(x);
            return List.of(half.silu(), half, half.add(x).silu());
        }
    }

    @Test
    void resultsOfTheGraphMayLieInsideARegion() {
        Leaky first = new Leaky("a", Block.of("a.block", 4));
        Leaky second = new Leaky("b", Block.of("b.block", 4));
        UnaryOperator<List<Tensor>> forward = in -> {
            List<Tensor> one = first.call(in.get(0));
            List<Tensor> two = second.call(one.get(2));
            return List.of(one.get(1), two.get(0).add(one.get(0)), two.get(1), two.get(2));
        };
        Optimizer.Result result = optimize(trace(4, forward), WHOLE);
        assertThat(result.programs())
                .extracting(Optimizer.Program::module, Optimizer.Program::occurrences)
                .containsExactly(tuple("Leaky", 2), tuple("", 1));
        assertSameResults(4, WHOLE, forward);
    }

    /** Adds a constant and a number. */
    private record Shift(String path, HostTensor by, double number) implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return x.add(Tensor.of(by)).mul(number);
        }
    }

    private static Shift shift(double number, float... by) {
        return new Shift("shift", HostTensor.ofFloats(by, by.length), number);
    }

    private static long shared(Module.Of1<Tensor, Tensor> a, Module.Of1<Tensor, Tensor> b) {
        Graph graph = trace(4, in -> List.of(b.call(a.call(in.getFirst()))));
        return optimize(graph, WHOLE).programs().stream()
                .filter(program -> program.occurrences() == 2)
                .count();
    }

    @Test
    void constantsAndNumbersAreComparedByValue() {
        assertThat(shared(shift(2, 1, 2, 3, 4), shift(2, 1, 2, 3, 4))).isEqualTo(1);
        assertThat(shared(shift(2, 1, 2, 3, 4), shift(2, 1, 2, 3, 5))).isZero();
        assertThat(shared(shift(2, 1, 2, 3, 4), shift(3, 1, 2, 3, 4))).isZero();
    }

    @Test
    void whichWeightsAreTheSameIsPartOfTheStructure() {
        Attention plain = Attention.of("plain", 4);
        Attention tied = new Attention("tied", plain.q(), plain.q(), plain.v());
        Attention alsoTied = new Attention("also", plain.k(), plain.k(), plain.v());
        assertThat(shared(plain, tied)).isZero();
        assertThat(shared(tied, alsoTied)).isEqualTo(1);
    }

    @Test
    void aSingleKernelIsNoRegion() {
        record Silu(String path) implements Module.Of1<Tensor, Tensor> {
            @Override
            public Tensor forward(Tensor x) {
                return x.silu();
            }
        }
        assertThat(shared(new Silu("a"), new Silu("b"))).isZero();
    }

    @Test
    void repeatedBlocksLeavesTheRestAsTraced() {
        Model model = Model.of(2, 4, 4);
        RegionPolicy blocks = new RegionPolicy.RepeatedBlocks(List.of("Block"));
        Optimizer.Result result = optimize(trace(4, model), blocks);
        assertThat(programs(result)).containsExactly("Block 4: 15 to 14");
        assertThat(weights(result.graph())).contains("last.q", "last.k", "last.v");
        assertSameResults(4, blocks, in -> List.of(model.call(in.getFirst())));
    }

    @Test
    void repeatedBlocksWantsNamesThatTheModelHas() {
        assertThatThrownBy(() -> new RegionPolicy.RepeatedBlocks(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("`repeatedBlocks` is empty");
        Graph graph = trace(4, Model.of(1, 4));
        assertThatThrownBy(() -> optimize(graph, new RegionPolicy.RepeatedBlocks(List.of("FluxBlock", "DiTBlock"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("regional compilation failed: there is no module of class FluxBlock or DiTBlock in Model");
    }

    @Test
    void moduleListsCompilesTheirModulesAndEachOtherPart() {
        RegionPolicy lists = new RegionPolicy.ModuleLists();
        Model model = Model.of(2, 4, 4);
        Optimizer.Result result = optimize(trace(4, model), lists);
        assertThat(result.programs())
                .extracting(Optimizer.Program::module, Optimizer.Program::occurrences)
                .containsExactly(tuple("Transformer", 2), tuple("Attention", 1));
        assertSameResults(4, lists, in -> List.of(model.call(in.getFirst())));
        // A module without lists is a part of its own.
        Optimizer.Result whole = optimize(trace(4, Block.of("block", 4)), lists);
        assertThat(whole.programs()).extracting(Optimizer.Program::module).containsExactly("Block");
    }

    private record Mixed(String path, Module.Of1<Tensor, Tensor> first, Module.Of1<Tensor, Tensor> second)
            implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return second.call(first.call(x)).silu();
        }
    }

    @Test
    void modulesOfSeveralClassesAreNoList() {
        Mixed mixed = new Mixed("m", Transformer.of("m.parts.0", 4, 2), Block.of("m.parts.1", 4));
        Optimizer.Result result = optimize(trace(4, mixed), new RegionPolicy.ModuleLists());
        assertThat(result.programs())
                .extracting(Optimizer.Program::module, Optimizer.Program::occurrences)
                .containsExactly(tuple("Block", 3));
    }

    @Test
    void numberedNamesAreNoList() {
        Mixed mixed = new Mixed("m", Block.of("m.block1", 4), Block.of("m.block2", 4));
        Optimizer.Result result = optimize(trace(4, mixed), new RegionPolicy.ModuleLists());
        assertThat(result.programs()).extracting(Optimizer.Program::module).containsExactly("Mixed");
    }

    @Test
    void listenersAreToldWhichProgramAPassWorkedOn() {
        List<String> heard = new ArrayList<>();
        Optimizer.Result result = Optimizer.optimize(
                trace(4, Transformer.of("t", 4, 2)),
                WHOLE,
                CompileFlags.DEFAULT,
                new ReferenceDevice(),
                (pass, _, _) -> heard.add(pass));
        assertThat(heard)
                .containsExactly("merge_projections@Block#"
                        + result.programs().getFirst().key());
    }

    @Test
    void keysDoNotDependOnWhatIsAround() {
        String inOne = optimize(trace(4, Transformer.of("t", 4, 2)), WHOLE)
                .programs()
                .getFirst()
                .key();
        String inOther = optimize(trace(4, Transformer.of("other", 4, 3)), WHOLE)
                .programs()
                .getFirst()
                .key();
        assertThat(inOne).isEqualTo(inOther).matches("[0-9a-f]{16}");
    }
}
