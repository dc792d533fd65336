package io.github.tintype.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.nn.Conv2d;
import io.github.tintype.nn.Embedding;
import io.github.tintype.nn.GroupNorm;
import io.github.tintype.nn.Linear;
import io.github.tintype.quantization.QuantizationConfig.Float8DynamicActivationFloat8Weight;
import io.github.tintype.quantization.QuantizationConfig.Float8WeightOnly;
import io.github.tintype.quantization.QuantizationConfig.Int4WeightOnly;
import io.github.tintype.quantization.QuantizationConfig.Int4WeightOnly.Mapping;
import io.github.tintype.quantization.QuantizationConfig.Int8DynamicActivationInt8Weight;
import io.github.tintype.quantization.QuantizationConfig.Int8WeightOnly;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.CatWeight;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.ReshapedWeight;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.SliceWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Module;
import io.github.tintype.trace.ModuleTree;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizationTest {
    private static final Int8WeightOnly INT8 = new Int8WeightOnly();

    /** Every sort of layer: a linear, a pointwise convolution, another one, a norm. */
    private record Model(String path, Linear linear, Conv2d pointwise, Conv2d conv, GroupNorm norm)
            implements Module.Of1<Tensor, Tensor> {
        @Override
        public Tensor forward(Tensor x) {
            return conv.call(pointwise.call(norm.call(x)));
        }
    }

    private static Weight weight(String name, long... sizes) {
        SplittableRandom random = new SplittableRandom(name.hashCode());
        HostTensor values = HostTensor.allocate(TensorType.of(DType.F32, sizes));
        for (long i = 0; i < values.elements(); i++) {
            values.setDouble(i, random.nextDouble(-1, 1));
        }
        return new DenseWeight(name, DType.F32, values);
    }

    private static Linear linear(String path, long in, long out) {
        return new Linear(path, weight(path + ".weight", out, in), Optional.of(weight(path + ".bias", out)));
    }

    private static Conv2d conv(String path, long in, long out, int kernel, int stride, int padding) {
        return new Conv2d(
                path,
                weight(path + ".weight", out, in, kernel, kernel),
                Optional.of(weight(path + ".bias", out)),
                stride,
                padding);
    }

    private static Model model() {
        return new Model(
                "",
                linear("linear", 64, 48),
                conv("pointwise", 128, 24, 1, 1, 0),
                conv("conv", 24, 8, 3, 1, 1),
                new GroupNorm("norm", 2, weight("norm.weight", 128), weight("norm.bias", 128), 1e-5));
    }

    private static List<String> lines(Quantization quantization, Object model) {
        return quantization.report(ModuleTree.modules(model)).layers().stream()
                .map(Object::toString)
                .toList();
    }

    @Test
    void onlyWhatTheFilterChoosesChangesAndTheReportSaysWhy() {
        Quantization all = new Quantization(INT8, LayerFilter.all());
        Model before = model();
        Model after = all.apply(before);
        assertThat(lines(all, after))
                .containsExactly("linear (64,48): int8-weight-only", "pointwise: not a linear", "conv: not a linear");
        assertThat(all.report(ModuleTree.modules(after)).text()).isEqualTo("""
                        1 of 3 layers quantised
                          linear (64,48): int8-weight-only
                          pointwise: not a linear
                          conv: not a linear
                        """);
        assertThat(after.norm()).isSameAs(before.norm());
        assertThat(after.conv()).isSameAs(before.conv());
        assertThat(after.linear().bias()).isSameAs(before.linear().bias());
        assertThat(lines(all, before)).startsWith("linear (64,48): kept: it hasn't been quantised");
    }

    @Test
    void aSwappedConvolutionIsALinearLayer() {
        Model swapped = Quantization.swapConv1x1ToLinear(model(), LayerFilter.convFilter());
        assertThat(swapped.pointwise().isLinear()).isTrue();
        assertThat(swapped.conv().isLinear()).isFalse();
        Quantization all = new Quantization(INT8, LayerFilter.all());
        assertThat(lines(all, all.apply(swapped)))
                .containsExactly(
                        "linear (64,48): int8-weight-only",
                        "pointwise (128,24): int8-weight-only",
                        "conv: not a linear");
        Conv2d strided = conv("strided", 128, 24, 1, 2, 0);
        assertThat(Quantization.swapConv1x1ToLinear(strided, (_, _) -> Optional.empty()))
                .isSameAs(strided);
    }

    @Test
    void swappingChangesNoResult() {
        Model before = model();
        Model after = Quantization.swapConv1x1ToLinear(before, LayerFilter.convFilter());
        HostTensor x = ((DenseWeight) weight("x", 2, 128, 5, 7)).source();
        try (Engine engine = Engine.on(CpuDevice.open(1))) {
            assertThat(run(engine, after, x).toFloats())
                    .usingComparatorWithPrecision(1e-5f)
                    .containsExactly(run(engine, before, x).toFloats());
        }
    }

    private static HostTensor run(Engine engine, Model model, HostTensor x) {
        try (Program program = engine.program("test", in -> List.of(model.call(in.getFirst())))) {
            return program.run(List.of(engine.tensor(x)), RunContext.none())
                    .getFirst()
                    .toHost();
        }
    }

    @Test
    void filtersChooseBySizeAndByName() {
        LayerFilter guide = LayerFilter.dynamicQuantFilter();
        assertThat(guide.refusal(linear("a", 1280, 10240), "a")).isEmpty();
        assertThat(guide.refusal(linear("a", 640, 640), "a")).contains("filtered: (640,640)");
        assertThat(guide.refusal(linear("a", 16, 640), "a")).contains("filtered: 16 inputs, 16 or fewer");
        assertThat(guide.refusal(linear("a", 17, 640), "a")).isEmpty();
        assertThat(guide.refusal(conv("c", 64, 64, 1, 1, 0), "c")).contains("not a linear");
        assertThat(guide.refusal(conv("c", 256, 128, 1, 1, 0).asLinear(), "c")).contains("filtered: (256,128)");
        LayerFilter conv = LayerFilter.convFilter();
        assertThat(conv.refusal(conv("c", 128, 64, 1, 1, 0), "c")).isEmpty();
        assertThat(conv.refusal(conv("c", 64, 128, 1, 1, 0), "c")).isEmpty();
        assertThat(conv.refusal(conv("c", 64, 64, 1, 1, 0), "c")).isPresent();
        assertThat(conv.refusal(conv("c", 128, 64, 3, 1, 1), "c")).isPresent();
        assertThat(conv.refusal(linear("l", 128, 64), "l")).isPresent();
        LayerFilter names = LayerFilter.paths("mid\\..*");
        assertThat(names.refusal(linear("mid.a", 4, 4), "mid.a")).isEmpty();
        assertThat(names.refusal(linear("up.mid.a", 4, 4), "up.mid.a"))
                .contains("filtered: its path doesn't match mid\\..*");
        LayerFilter own = LayerFilter.of((module, path) -> module instanceof Linear && path.endsWith("_q"));
        assertThat(own.refusal(linear("to_q", 4, 4), "to_q")).isEmpty();
        assertThat(own.refusal(linear("to_k", 4, 4), "to_k")).contains("filtered");
        LayerFilter both = own.and(LayerFilter.inputsDivisibleBy(32));
        assertThat(both.refusal(linear("to_q", 48, 4), "to_q")).contains("filtered: 48 inputs, no multiple of 32");
        assertThat(both.refusal(linear("to_q", 64, 4), "to_q")).isEmpty();
    }

    @Test
    void configurationsHaveTorchaosDefaultsAndTheCommandLinesNames() {
        assertThat(new Int4WeightOnly()).isEqualTo(new Int4WeightOnly(128, Mapping.TINYGEMM));
        assertThat(new Float8DynamicActivationFloat8Weight())
                .isEqualTo(new Float8DynamicActivationFloat8Weight(
                        Float8DynamicActivationFloat8Weight.Granularity.PER_TENSOR));
        assertThat(QuantizationConfig.all())
                .extracting(config -> config.scheme().toString())
                .containsExactly(
                        "int8-dynamic",
                        "int8-weight-only",
                        "int4-weight-only[128,float]",
                        "float8-weight-only[per_row]",
                        "float8-dynamic[per_tensor]");
        for (QuantizationConfig config : QuantizationConfig.all()) {
            assertThat(QuantizationConfig.parse(config.label(), OptionalInt.empty()))
                    .isEqualTo(config);
        }
    }

    private static DenseWeight cast(DenseWeight part) {
        return new DenseWeight(part.name(), DType.BF16, part.source());
    }

    private static QuantizedWeight quantized() {
        return QuantizedWeight.of(weight("w", 8, 64), INT8.scheme());
    }

    /** What is tried, and what is said about it. */
    static Stream<Arguments> errors() {
        Function<String, QuantizationConfig> parse = label -> QuantizationConfig.parse(label, OptionalInt.empty());
        return Stream.of(
                error(
                        () -> parse.apply("int8"),
                        "quantisation: got \"int8\", wanted one of int8-dynamic, int8-weight-only, int4-weight-only, float8-weight-only, float8-dynamic"),
                error(() -> parse.apply("INT8-DYNAMIC"), "quantisation: got \"INT8-DYNAMIC\""),
                error(
                        () -> QuantizationConfig.parse("int4-weight-only", OptionalInt.of(16)),
                        "group size: got 16, wanted one of [32, 64, 128, 256]"),
                error(
                        () -> QuantizationConfig.parse("int8-dynamic", OptionalInt.of(32)),
                        "group size: got 32 for int8-dynamic, wanted none: only int4-weight-only has groups"),
                error(
                        () -> new Int4WeightOnly(0, Mapping.SYMMETRIC),
                        "group size: got 0, wanted one of [32, 64, 128, 256]"),
                error(() -> new Int4WeightOnly(-32, Mapping.SYMMETRIC), "group size: got -32"),
                error(() -> LayerFilter.paths("["), "filter: got \"[\", wanted a regular expression: "),
                error(
                        () -> Quantization.quantize(
                                linear("l", 48, 8), new Int4WeightOnly(32, Mapping.SYMMETRIC), LayerFilter.all()),
                        "l: int4: got a weight [8,48], wanted a multiple of 32 inputs, the size of a group"),
                error(
                        () -> Quantization.quantize(linear("l", 64, 8), new Int4WeightOnly(), LayerFilter.all()),
                        "l: int4: got a weight [8,64], wanted a multiple of 128 inputs"),
                error(
                        () -> Quantization.quantize(conv("c", 8, 8, 3, 1, 1), INT8, LayerFilter.of((_, _) -> true)),
                        "c: got a Conv2d, wanted a linear layer; 1×1 convolutions become that by swapConv1x1ToLinear"),
                error(
                        () -> Quantization.quantize(conv("c", 8, 8, 1, 1, 0), INT8, LayerFilter.of((_, _) -> true)),
                        "c: got a Conv2d, wanted a linear layer"),
                error(
                        () -> Quantization.quantize(
                                Quantization.quantize(linear("l", 64, 8), INT8, LayerFilter.all()),
                                new Float8WeightOnly(),
                                LayerFilter.all()),
                        "l: got a layer that is quantised already, as int8-weight-only, wanted one that isn't"),
                error(
                        () -> Quantization.quantize(
                                new Linear(
                                        "l",
                                        new DenseWeight(
                                                "w", DType.I8, HostTensor.allocate(TensorType.of(DType.I8, 8, 8))),
                                        Optional.empty()),
                                INT8,
                                LayerFilter.all()),
                        "l: quantisation: got w:i8[8,8], wanted f32, bf16 or f16"),
                error(
                        () -> conv("c", 8, 8, 3, 1, 1).asLinear(),
                        "c: got a convolution f32[8,8,3,3] with stride 1 and padding 1, wanted a 1×1 one of stride 1"),
                error(() -> conv("c", 8, 8, 1, 2, 0).asLinear(), "c: got a convolution f32[8,8,1,1] with stride 2"),
                // another type
                error(
                        () -> quantized().withParts(QuantizationTest::cast),
                        "quantised weight w, int8-weight-only: got w:bf16[8,64] for w:f32[8,64], wanted the same type: quantised weights can't be cast"),
                error(
                        () -> new QuantizedWeight(
                                "w",
                                TensorType.of(DType.F32, 8, 64),
                                INT8.scheme(),
                                List.of(weight("values", 8, 64), weight("scales", 8, 1))),
                        "quantised weight w, int8-weight-only: got [f32[8,64], f32[8,1]], wanted [i8[8,64], f32[8,1]]"),
                error(
                        () -> new QuantizedWeight(
                                "w",
                                TensorType.of(DType.F64, 8, 64),
                                INT8.scheme(),
                                quantized().components()),
                        "quantised weight w: got F64, wanted f32, bf16 or f16"),
                // fusing comes first
                error(
                        () -> new CatWeight(List.of(quantized(), quantized()), 0),
                        "cat of weights: got int8-weight-only(w):f32[8,64], wanted a weight that isn't quantised: what changes weights comes before quantising"),
                error(
                        () -> new SliceWeight(quantized(), 0, 0, 4),
                        "slice of a weight: got int8-weight-only(w):f32[8,64]"),
                error(
                        () -> new ReshapedWeight(quantized(), Shape.of(64, 8)),
                        "reshape of a weight: got int8-weight-only(w):f32[8,64]"),
                // where a quantised weight can't be
                error(
                        () -> new Embedding("e", quantized()).forward(Tensor.placeholder(TensorType.of(DType.I64, 3))),
                        "parameter: got int8-weight-only(w):f32[8,64], wanted a weight that isn't quantised: only linear layers take those"),
                error(
                        () -> Tensor.placeholder(TensorType.of(DType.BF16, 3, 64))
                                .linear(quantized(), Optional.empty()),
                        "quantized_linear: got bf16[3,64] and int8-weight-only(w):f32[8,64], wanted one type"),
                error(
                        () -> Tensor.placeholder(TensorType.of(DType.F32, 3, 32))
                                .linear(quantized(), Optional.empty()),
                        "quantized_linear: got x with a last size of 32, wanted 64"));
    }

    private static Arguments error(ThrowingCallable tried, String said) {
        return Arguments.of(said, tried);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("errors")
    void eachMistakeIsOneClearError(String said, ThrowingCallable tried) {
        assertThatThrownBy(tried)
                .isInstanceOfAny(QuantizationException.class, ShapeException.class)
                .hasMessageStartingWith(said);
    }

    @Test
    void fusedProjectionsAreQuantisedAsOneLayer() {
        Weight fused = new CatWeight(List.of(weight("q", 8, 64), weight("k", 4, 64)), 0);
        Linear layer = new Linear("to_qk", fused, Optional.empty());
        Quantization all = new Quantization(new Int8DynamicActivationInt8Weight(), LayerFilter.all());
        assertThat(lines(all, all.apply(layer))).containsExactly("to_qk (64,12): int8-dynamic");
    }
}
