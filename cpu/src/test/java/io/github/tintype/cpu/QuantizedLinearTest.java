package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.conformance.Oracle;
import io.github.tintype.device.Effort;
import io.github.tintype.device.Operand;
import io.github.tintype.device.SegmentArguments;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.QuantizedLinearOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.DenseWeight;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.QuantizationScheme;
import io.github.tintype.tensor.QuantizationScheme.Float8;
import io.github.tintype.tensor.QuantizationScheme.Int4;
import io.github.tintype.tensor.QuantizationScheme.Int8;
import io.github.tintype.tensor.QuantizedWeight;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import io.github.tintype.trace.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The kernel of quantised layers beside what they mean, which the reference device computes. */
final class QuantizedLinearTest {
    private static final CpuDevice DEVICE = CpuDevice.open(2);
    private static final Engine ENGINE = Engine.on(DEVICE);

    @AfterAll
    static void close() {
        ENGINE.close();
    }

    private static List<QuantizationScheme> schemes() {
        List<QuantizationScheme> all = new ArrayList<>(List.of(
                new Int8(true),
                new Int8(false),
                new Float8(true, false),
                new Float8(false, false),
                new Float8(true, true),
                new Float8(false, true)));
        for (Int4.Zero zero : Int4.Zero.values()) {
            all.add(new Int4(32, zero));
        }
        all.add(new Int4(64, Int4.Zero.INTEGER));
        return all;
    }

    /** x [m,k], weight [n,k]. */
    private record Sizes(long m, long n, long k) {}

    private static final List<Sizes> SIZES = List.of(
            new Sizes(1, 1, 64),
            new Sizes(3, 17, 64),
            new Sizes(33, 131, 96),
            new Sizes(5, 9, 2240),
            new Sizes(391, 18, 64),
            new Sizes(7, 19, 33),
            new Sizes(2, 3, 1),
            new Sizes(13, 200, 129));

    @TestFactory
    Stream<DynamicTest> theKernelComputesWhatTheOpMeans() {
        return schemes().stream()
                .flatMap(scheme -> Stream.of(DType.F32, DType.BF16, DType.F16)
                        .flatMap(dtype -> SIZES.stream()
                                .filter(sizes -> !(scheme instanceof Int4 int4) || sizes.k() % int4.groupSize() == 0)
                                .map(sizes -> DynamicTest.dynamicTest(
                                        "%s %s %s".formatted(scheme, dtype, sizes),
                                        () -> check(scheme, dtype, sizes, sizes.n() % 2 == 1)))));
    }

    private static HostTensor random(DType dtype, long seed, long... sizes) {
        SplittableRandom random = new SplittableRandom(seed);
        HostTensor values = HostTensor.allocate(TensorType.of(dtype, sizes));
        for (long i = 0; i < values.elements(); i++) {
            values.setDouble(i, random.nextGaussian());
        }
        return values;
    }

    /* With a row of zeros, if there are others. */
    private static HostTensor withZeros(HostTensor matrix) {
        long k = matrix.shape().size(1);
        if (matrix.shape().size(0) > 2) {
            LongStream.range(k, 2 * k).forEach(i -> matrix.setDouble(i, 0));
        }
        return matrix;
    }

    private static void check(QuantizationScheme scheme, DType dtype, Sizes sizes, boolean withBias) {
        HostTensor x = withZeros(random(dtype, 1, sizes.m(), sizes.k()));
        HostTensor plain = withZeros(random(dtype, 2, sizes.n(), sizes.k()));
        QuantizedWeight weight = QuantizedWeight.of(new DenseWeight("w", dtype, plain), scheme);
        Optional<HostTensor> bias = withBias ? Optional.of(random(dtype, 3, sizes.n())) : Optional.empty();
        Optional<Weight> biasWeight = bias.map(values -> new DenseWeight("b", dtype, values));
        HostTensor got = run(in -> in.linear(weight, biasWeight), x);
        HostTensor wanted = meaning(weight, x, bias);
        assertThat(got.type()).isEqualTo(wanted.type());
        if (scheme instanceof Int8(boolean dynamic) && dynamic) {
            assertThat(got.data().mismatch(wanted.data())).isEqualTo(-1);
            HostTensor generated = generated(weight, x, bias);
            assertThat(generated.data().mismatch(wanted.data())).isEqualTo(-1);
            return;
        }
        near(got, wanted, sizes.k());
        HostTensor spaced = random(dtype, 4, sizes.m(), sizes.k() + 5);
        HostTensor part = run(in -> in.slice(1, 3, 3 + sizes.k()), spaced);
        HostTensor spacedGot = run(in -> in.slice(1, 3, 3 + sizes.k()).linear(weight, biasWeight), spaced);
        near(spacedGot, meaning(weight, part, bias), sizes.k());
    }

    private static HostTensor run(UnaryOperator<Tensor> function, HostTensor x) {
        try (Program program = ENGINE.program("test", in -> List.of(function.apply(in.getFirst())))) {
            return program.run(List.of(ENGINE.tensor(x)), RunContext.none())
                    .getFirst()
                    .toHost();
        }
    }

    /* By the kernel that is generated, also where tables choose another. */
    private static HostTensor generated(QuantizedWeight weight, HostTensor x, Optional<HostTensor> bias) {
        List<HostTensor> values = values(weight, x, bias);
        List<Operand> operands = LoweringRun.operands(values, false, Set.of(1, 2, 3));
        QuantizedLinearOp op = new QuantizedLinearOp(weight.scheme());
        TensorType output = op.infer(values.stream().map(HostTensor::type).toList());
        Candidate int8 = DEVICE.candidates(op, operands, output, Spending.of(Effort.USUAL)).stream()
                .filter(candidate -> candidate.name().equals("int8"))
                .findFirst()
                .orElseThrow();
        return LoweringRun.of(int8.lowering().get(), values, output);
    }

    private static List<HostTensor> values(QuantizedWeight weight, HostTensor x, Optional<HostTensor> bias) {
        List<HostTensor> values = new ArrayList<>(List.of(x));
        weight.components().forEach(component -> values.add(component.source(Arena.ofAuto())));
        bias.ifPresent(values::add);
        return values;
    }

    private static HostTensor meaning(QuantizedWeight weight, HostTensor x, Optional<HostTensor> bias) {
        List<Node> leaves = values(weight, x, bias).stream()
                .map(value -> Node.of(Scope.NONE, new LeafOp.Constant(value), List.of()))
                .toList();
        return Oracle.evaluate(Node.of(Scope.NONE, new QuantizedLinearOp(weight.scheme()), leaves));
    }

    /* Sums in another order; results of 16 bits are rounded up to three times by the one, once by the other. */
    private static void near(HostTensor got, HostTensor wanted, long k) {
        double largest = 0;
        for (long i = 0; i < wanted.elements(); i++) {
            largest = Math.max(largest, Math.abs(wanted.getDouble(i)));
        }
        double rounding = switch (got.dtype()) {
            case BF16 -> 3 * 0x1p-8;
            case F16 -> 3 * 0x1p-11;
            default -> 2e-6 * Math.max(1, Math.sqrt(k / 64.0));
        };
        for (long i = 0; i < wanted.elements(); i++) {
            assertThat(Math.abs(got.getDouble(i) - wanted.getDouble(i)))
                    .as("element %d: got %s, wanted %s", i, got.getDouble(i), wanted.getDouble(i))
                    .isLessThanOrEqualTo(rounding * largest);
        }
    }

    @Test
    void integersAreExactUpToSumsOf24Bits() {
        long k = 1024;
        HostTensor x = HostTensor.allocate(TensorType.of(DType.F32, 1, k));
        HostTensor plain = HostTensor.allocate(TensorType.of(DType.F32, 16, k));
        LongStream.range(0, k).forEach(i -> x.setDouble(i, -1));
        LongStream.range(0, 16 * k).forEach(i -> plain.setDouble(i, i % 2 == 0 ? 1 : 0.99));
        QuantizedWeight weight = QuantizedWeight.of(new DenseWeight("w", DType.F32, plain), new Int8(true));
        HostTensor got = run(in -> in.linear(weight, Optional.empty()), x);
        assertThat(got.data().mismatch(meaning(weight, x, Optional.empty()).data()))
                .isEqualTo(-1);
    }

    /* What the library's products of bytes give where no two of them saturate: on processors that have no exact ones, small weights. */
    @Test
    void theLibrarysBytesGiveTheSameBits() {
        long m = 391;
        long n = 83;
        long k = 129;
        SplittableRandom random = new SplittableRandom(7);
        HostTensor x = random(DType.F32, 8, m, k);
        HostTensor values = HostTensor.allocate(TensorType.of(DType.I8, n, k));
        LongStream.range(0, n * k).forEach(i -> values.setDouble(i, random.nextInt(-60, 61)));
        HostTensor scales = random(DType.F32, 9, n, 1);
        try (Cpu cpu = Cpu.open(2);
                Arena arena = Arena.ofConfined()) {
            QuantizedLinear bytes = new QuantizedLinear(cpu, spec(m, n, k, true));
            QuantizedLinear floats = new QuantizedLinear(cpu, spec(m, n, k, false));
            MemorySegment packed = arena.allocate(bytes.packedBytes(), 64);
            bytes.pack(copy(arena, values).address(), DType.I8, packed.address());
            MemorySegment x0 = copy(arena, x);
            MemorySegment s0 = copy(arena, scales);
            MemorySegment byBytes = run(arena, bytes, List.of(x0, packed, s0), m * n);
            MemorySegment byFloats = run(arena, floats, List.of(x0, copy(arena, values), s0), m * n);
            assertThat(byBytes.mismatch(byFloats)).isEqualTo(-1);
        }
    }

    private static QuantizedLinear.Spec spec(long m, long n, long k, boolean integers) {
        return new QuantizedLinear.Spec(new Int8(true), DType.F32, m, n, k, k, false, integers);
    }

    private static MemorySegment copy(Arena arena, HostTensor tensor) {
        return arena.allocate(tensor.data().byteSize(), 64).copyFrom(tensor.data());
    }

    private static MemorySegment run(Arena arena, QuantizedLinear kernel, List<MemorySegment> inputs, long results) {
        MemorySegment y = arena.allocate(results * Float.BYTES, 64);
        kernel.run(new SegmentArguments(inputs, y, arena.allocate(kernel.scratchBytes(), 64)));
        return y;
    }

    @Test
    void vectorsAndBatchesAreRows() {
        QuantizedWeight weight =
                QuantizedWeight.of(new DenseWeight("w", DType.F32, random(DType.F32, 5, 20, 24)), new Int8(true));
        HostTensor rows = random(DType.F32, 6, 6, 24);
        float[] together = run(in -> in.linear(weight, Optional.empty()), rows).toFloats();
        assertThat(run(in -> in.reshape(2, 3, 24).linear(weight, Optional.empty()), rows)
                        .toFloats())
                .containsExactly(together);
        assertThat(run(in -> in.slice(0, 0, 1).reshape(24).linear(weight, Optional.empty()), rows)
                        .toFloats())
                .containsExactly(Arrays.copyOf(together, 20));
    }

    @Test
    void noTokensAreNoWork() {
        QuantizedWeight weight =
                QuantizedWeight.of(new DenseWeight("w", DType.F32, random(DType.F32, 5, 20, 24)), new Int8(false));
        HostTensor none = HostTensor.allocate(TensorType.of(DType.F32, 0, 24));
        assertThat(run(in -> in.linear(weight, Optional.empty()), none).type())
                .isEqualTo(TensorType.of(DType.F32, 0, 20));
    }
}
