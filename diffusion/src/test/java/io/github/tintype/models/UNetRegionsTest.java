package io.github.tintype.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.compile.CompileFlags;
import io.github.tintype.compile.Optimizer;
import io.github.tintype.compile.PassListener;
import io.github.tintype.compile.RegionPolicy;
import io.github.tintype.compile.RequestSplit;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.graph.Graph;
import io.github.tintype.io.Json;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.nn.Weights;
import io.github.tintype.runtime.Program;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the SDXL UNet of true size has in common with itself. Its weights have no data. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UNetRegionsTest {
    /* What parse reads of stabilityai/stable-diffusion-xl-base-1.0 unet/config.json. */
    private static final String SDXL = """
            {"_class_name": "UNet2DConditionModel", "act_fn": "silu", "addition_embed_type": "text_time",
             "addition_time_embed_dim": 256, "attention_head_dim": [5, 10, 20], "block_out_channels": [320, 640, 1280],
             "center_input_sample": false, "cross_attention_dim": 2048,
             "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
             "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 4, "layers_per_block": 2,
             "mid_block_type": "UNetMidBlock2DCrossAttn", "norm_eps": 1e-05, "norm_num_groups": 32, "out_channels": 4,
             "projection_class_embeddings_input_dim": 2816, "sample_size": 128,
             "transformer_layers_per_block": [1, 2, 10],
             "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
             "upcast_attention": false, "use_linear_projection": true}
            """;

    private UNet2DConditionModel unet;
    private CpuDevice device;

    @BeforeAll
    void load() {
        device = CpuDevice.open(1);
        unet = UNet2DConditionModel.load(
                new Weights.Recorder(DType.F32), UNet2DConditionConfig.parse(Json.parse(SDXL, "sdxl")));
    }

    @AfterAll
    void close() {
        device.close();
    }

    private static TensorType type(Dim... dims) {
        return new TensorType(DType.F32, Shape.of(dims));
    }

    private Graph trace(Dim b, Dim h, Dim w) {
        List<TensorType> types = List.of(
                type(b, Dim.of(4), h, w),
                type(Dim.ONE),
                type(b, Dim.of(77), Dim.of(2048)),
                type(b, Dim.of(1280)),
                type(b, Dim.of(6)));
        return Program.trace(
                types,
                in -> List.of(unet.call(new UNet2DConditionModel.Input(
                        in.get(0),
                        in.get(1),
                        in.get(2),
                        Optional.of(new UNet2DConditionModel.AddedCond(in.get(3), in.get(4)))))));
    }

    private Optimizer.Result optimize(Graph graph, RegionPolicy policy) {
        return Optimizer.optimize(graph, policy, CompileFlags.DEFAULT, device, PassListener.NONE);
    }

    private static List<String> programs(Optimizer.Result result) {
        return result.programs().stream()
                .map(program -> program.module() + " " + program.occurrences())
                .toList();
    }

    @Test
    void fullCompilation() {
        Optimizer.Result fixed = optimize(trace(Dim.of(2), Dim.of(128), Dim.of(128)), new RegionPolicy.WholeGraph());
        assertThat(programs(fixed))
                .containsExactly(
                        "ResnetBlock2D 2",
                        "BasicTransformerBlock 10",
                        "Transformer2DModel 5",
                        "BasicTransformerBlock 60",
                        "Transformer2DModel 6",
                        "ResnetBlock2D 3",
                        "ResnetBlock2D 2",
                        "ResnetBlock2D 2",
                        "UNet2DConditionModel 1");
    }

    @Test
    void symbolicSizesShareAsMuch() {
        Graph fixed = trace(Dim.of(2), Dim.of(128), Dim.of(128));
        Graph symbolic = trace(Dim.symbol("b"), Dim.symbol("h"), Dim.symbol("w"));
        assertThat(programs(optimize(symbolic, new RegionPolicy.WholeGraph())))
                .isEqualTo(programs(optimize(fixed, new RegionPolicy.WholeGraph())));
    }

    @Test
    void regionalCompilation() {
        Graph graph = trace(Dim.of(2), Dim.of(128), Dim.of(128));
        assertThat(programs(optimize(graph, new RegionPolicy.RepeatedBlocks(unet.repeatedBlocks()))))
                .containsExactly("BasicTransformerBlock 10", "BasicTransformerBlock 60");
        List<Optimizer.Program> lists =
                optimize(graph, new RegionPolicy.ModuleLists()).programs();
        assertThat(lists).hasSize(25);
        assertThat(lists.stream().filter(program -> program.module().equals("Transformer2DModel")))
                .extracting(Optimizer.Program::occurrences)
                .containsExactly(5, 6);
    }

    @Test
    void keysValuesAndTheSecondConditioningAreComputedOncePerRequest() {
        Graph graph = optimize(trace(Dim.of(2), Dim.of(128), Dim.of(128)), new RegionPolicy.WholeGraph())
                .graph();
        RequestSplit split = RequestSplit.of(graph, 5, Set.of(2, 3, 4)).orElseThrow();
        assertThat(linears(split.request())).isEqualTo(70 + 2);
        assertThat(linears(split.step())).isEqualTo(linears(graph) - 72);
        assertThat(split.carried()).hasSize(71);
    }

    /* Whatever they do to their results. */
    private static long linears(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> node.op().name().startsWith("linear"))
                .count();
    }
}
