package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The device against the reference device: the same program, the same inputs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CpuDeviceTest {
    private static final Optional<Weight> NONE = Optional.empty();

    private Engine cpu;
    private Engine reference;

    @BeforeAll
    void open() {
        cpu = Engine.on(CpuDevice.open(2));
        reference = Engine.on(new ReferenceDevice());
    }

    @AfterAll
    void close() {
        cpu.close();
        reference.close();
    }

    private static HostTensor random(TensorType type, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        HostTensor values = HostTensor.allocate(type.with(DType.F32));
        for (long i = 0; i < type.shape().elements(); i++) {
            values.setDouble(i, random.nextGaussian());
        }
        return values.to(type.dtype());
    }

    private static Weight weight(DType stored, long... shape) {
        return new DenseWeight(
                "w" + List.of(stored, shape.length), DType.F32, random(TensorType.of(stored, shape), shape[0]));
    }

    private static Arguments one(String name, UnaryOperator<Tensor> op, long... shape) {
        return arguments(
                name, (UnaryOperator<List<Tensor>>) in -> List.of(op.apply(in.getFirst())), List.of(Shape.of(shape)));
    }

    private static Arguments two(String name, java.util.function.BinaryOperator<Tensor> op, Shape a, Shape b) {
        return arguments(
                name, (UnaryOperator<List<Tensor>>) in -> List.of(op.apply(in.get(0), in.get(1))), List.of(a, b));
    }

    static Stream<Arguments> programs() {
        Weight conv = weight(DType.F32, 6, 5, 3, 3);
        Weight halfConv = weight(DType.F16, 6, 5, 3, 3);
        Weight brainConv = weight(DType.BF16, 8, 5, 1, 1);
        Weight bias6 = weight(DType.F32, 6);
        Weight bias5 = weight(DType.F32, 5);
        Weight linear = weight(DType.F16, 7, 5);
        return Stream.of(
                one("conv", x -> x.conv2d(conv, Optional.of(bias6), 1, 1, 1, 1), 2, 5, 9, 7),
                one("conv f16 weight", x -> x.conv2d(halfConv, NONE, 2, 1, 1, 1), 1, 5, 8, 8),
                one("conv 1x1", x -> x.conv2d(brainConv, NONE, 1, 0, 1, 1), 2, 5, 9, 7),
                one(
                        "conv then norm",
                        x -> x.conv2d(conv, NONE, 1, 1, 1, 1)
                                .groupNorm(3, bias6, bias6, 1e-5)
                                .silu(),
                        2,
                        5,
                        33,
                        40),
                one("pad then conv", x -> x.pad(2, 0, 1, 0).pad(3, 0, 1, 0).conv2d(conv, NONE, 2, 0, 1, 1), 1, 5, 8, 8),
                one("linear", x -> x.linear(linear, NONE), 3, 4, 5),
                one("linear of a column slice", x -> x.slice(1, 1, 6).linear(linear, NONE), 9, 8),
                one("linear of a permuted image", x -> x.permute(0, 2, 3, 1).linear(linear, NONE), 2, 5, 3, 4),
                one("linear of a vector", x -> x.linear(linear, NONE), 5),
                two("matmul", Tensor::matmul, Shape.of(2, 3, 4, 5), Shape.of(2, 3, 5, 6)),
                two("matmul broadcast", Tensor::matmul, Shape.of(2, 1, 4, 5), Shape.of(3, 5, 6)),
                two("matmul transposed", (a, b) -> a.matmul(b.transpose(-1, -2)), Shape.of(2, 4, 5), Shape.of(2, 6, 5)),
                two("matmul of one row", Tensor::matmul, Shape.of(3, 1, 5), Shape.of(3, 5, 1)),
                one("group norm rank 3", x -> x.groupNorm(3, bias6, bias6, 1e-6), 2, 6, 50),
                one(
                        "group norm of many slices",
                        x -> x.mul(0.1).add(3).groupNorm(3, bias6, bias6, 1e-6),
                        2,
                        6,
                        150,
                        160),
                one("layer norm", x -> x.layerNorm(bias5, bias5, 1e-5), 3, 4, 5),
                one("layer norm plain", x -> x.layerNorm(1e-6), 40, 300),
                one("softmax", x -> x.softmax(-1), 3, 77),
                one("softmax of axis 0", x -> x.softmax(0), 3, 77),
                one(
                        "attention",
                        x -> heads(x).scaledDotProductAttention(
                                        heads(x.mul(2)), heads(x.add(1)), Optional.empty(), false, 0.3),
                        2,
                        19,
                        24),
                one(
                        "attention causal",
                        x -> heads(x).scaledDotProductAttention(heads(x), heads(x), Optional.empty(), true, 0.3),
                        2,
                        19,
                        24),
                one(
                        "attention of merged heads",
                        x -> heads(x).scaledDotProductAttention(heads(x), heads(x), Optional.empty(), false, 1)
                                .permute(0, 2, 1, 3)
                                .reshape(2, 19, 24),
                        2,
                        19,
                        24),
                one(
                        "geglu",
                        x -> x.chunk(2, -1).get(0).mul(x.chunk(2, -1).get(1).gelu()),
                        3,
                        5,
                        16),
                one(
                        "activations",
                        x -> x.silu()
                                .add(x.gelu())
                                .add(x.geluTanh())
                                .add(x.quickGelu())
                                .add(x.sigmoid())
                                .add(x.relu()),
                        1000,
                        7),
                one(
                        "unary",
                        x -> x.neg()
                                .add(x.abs().add(0.5).log())
                                .add(x.abs().sqrt())
                                .add(x.abs().add(1).rsqrt())
                                .add(x.tanh())
                                .add(x.exp()),
                        100),
                one("round", x -> x.mul(2).round(), 100),
                one("scalars", x -> x.add(2).mul(3).sub(1).div(7).clamp(-0.2, 0.4), 5, 6),
                two("add", Tensor::add, Shape.of(2, 3, 4, 5), Shape.of(2, 3, 4, 5)),
                two("add per channel", Tensor::add, Shape.of(2, 3, 40, 50), Shape.of(3, 1, 1)),
                two("sub of rows", Tensor::sub, Shape.of(2, 3, 5), Shape.of(2, 3, 1)),
                two("sub from a row", Tensor::sub, Shape.of(3, 5), Shape.of(4, 3, 5)),
                two("outer product", Tensor::mul, Shape.of(7, 1), Shape.of(1, 9)),
                two("div into a vector", Tensor::div, Shape.of(1), Shape.of(4, 9)),
                two("add transposed", (a, b) -> a.add(b.transpose(0, 1)), Shape.of(7, 9), Shape.of(9, 7)),
                two(
                        "embed time",
                        (a, b) -> a.conv2d(conv, NONE, 1, 1, 1, 1)
                                .add(b.unsqueeze(2).unsqueeze(3)),
                        Shape.of(2, 5, 6, 7),
                        Shape.of(2, 6)),
                two("cat", (a, b) -> Tensor.cat(1, List.of(a, b)), Shape.of(2, 3, 4), Shape.of(2, 1, 4)),
                two(
                        "cat of images",
                        (a, b) -> Tensor.cat(1, List.of(a.conv2d(conv, NONE, 1, 1, 1, 1), b)),
                        Shape.of(2, 5, 4, 6),
                        Shape.of(2, 5, 4, 6)),
                one("upsample", x -> x.upsampleNearest(Dim.of(14), Dim.of(15)), 2, 3, 7, 5),
                one("upsample by a half more", x -> x.upsampleNearest(Dim.of(9), Dim.of(6)), 1, 3, 6, 4),
                one("expand", x -> x.expand(Shape.of(3, 2, 5)).permute(1, 0, 2).reshape(2, 15), 2, 5),
                // Found by random graphs, seed 3095: a repeated axis was taken for one of size 1, and what lies behind
                // x was read.
                one("function of a permuted repetition", x -> repeated(x, 2).tanh(), 33),
                one("linear of a permuted repetition", x -> repeated(x, 3).linear(weight(DType.F32, 4, 1), NONE), 33),
                one("repeat", x -> x.repeatInterleave(0, 3).repeat(1, 2), 2, 5),
                one(
                        "cast",
                        x -> x.to(DType.BF16).to(DType.F32).add(x.to(DType.F16).to(DType.F32)),
                        9,
                        5),
                one("ids", x -> x.indexSelect(1, Tensor.arange(Dim.of(4), DType.I64)), 3, 9, 2),
                one("mean", x -> x.sub(x.mean(true, 1)).div(x.std(false, true, 1)), 4, 50));
    }

    private static Tensor repeated(Tensor x, long times) {
        return x.expand(Shape.of(times, 33)).permute(1, 0).unsqueeze(2);
    }

    private static Tensor heads(Tensor x) {
        return x.reshape(2, 19, 3, 8).permute(0, 2, 1, 3);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("programs")
    void agreesWithTheReferenceDevice(String name, UnaryOperator<List<Tensor>> forward, List<Shape> shapes) {
        HostTensor wanted = run(reference, name, forward, shapes);
        HostTensor got = run(cpu, name, forward, shapes);
        assertThat(got.type()).isEqualTo(wanted.type());
        for (long i = 0; i < wanted.type().shape().elements(); i++) {
            double want = wanted.getDouble(i);
            assertThat(got.getDouble(i))
                    .as("element %d", i)
                    .isCloseTo(want, org.assertj.core.data.Offset.offset(1e-5 * (1 + Math.abs(want))));
        }
    }

    private static HostTensor run(Engine engine, String name, UnaryOperator<List<Tensor>> forward, List<Shape> shapes) {
        try (Program program = engine.program(name, forward)) {
            List<Tensor> inputs = java.util.stream.IntStream.range(0, shapes.size())
                    .mapToObj(i -> engine.tensor(random(new TensorType(DType.F32, shapes.get(i)), 10 + i)))
                    .toList();
            return program.run(inputs, RunContext.none()).getFirst().toHost();
        }
    }
}
