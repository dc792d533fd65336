package io.github.tintype.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.device.Device;
import io.github.tintype.device.Layout;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.ArgMaxOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.CompareOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.graph.WhereOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The abstract test of a device: each op that it supports, on odd sizes, strides, extremes and types, against the op's
 * decomposition computed in double. A device's test extends this and gives the device.
 *
 * <p>Ops that round are held to {@link Tolerance}; ops that only move, choose or count have to give the same bits as the reference
 * device does.
 */
public abstract class DeviceConformance {
    /** The device under test. Asked for many times; the subclass closes it. */
    protected abstract Device device();

    /**
     * How many times the usual tolerance the device may use for {@code op}: more than 1 only with a measurement beside it, e.g. for
     * a Winograd convolution.
     */
    protected double slack(Op op) {
        return 1;
    }

    /** Whether the device rounds weights of an attention of this type to it before it multiplies values by them, as PyTorch does. */
    protected boolean roundsWeights(DType dtype) {
        return false;
    }

    /** Whether the device may give NaN where {@code op} is infinite. Never the reverse, and never a finite value. */
    protected boolean infinityMayBecomeNaN(Op op) {
        return false;
    }

    @TestFactory
    Stream<DynamicTest> elementwise() {
        return tests(ElementwiseCases.all());
    }

    @TestFactory
    Stream<DynamicTest> casts() {
        return tests(MovementCases.casts());
    }

    @TestFactory
    Stream<DynamicTest> movement() {
        return tests(MovementCases.all());
    }

    @TestFactory
    Stream<DynamicTest> reductions() {
        return tests(ReductionCases.all());
    }

    @TestFactory
    Stream<DynamicTest> products() {
        return tests(ProductCases.all());
    }

    @TestFactory
    Stream<DynamicTest> convolutions() {
        return tests(ProductCases.convolutions());
    }

    @TestFactory
    Stream<DynamicTest> composites() {
        return tests(CompositeCases.all());
    }

    @TestFactory
    Stream<DynamicTest> epilogues() {
        return tests(EpilogueCases.all());
    }

    @TestFactory
    Stream<DynamicTest> copies() {
        List<DynamicTest> tests = new ArrayList<>();
        for (DType dtype : List.of(DType.F32, DType.F16, DType.I64, DType.U8)) {
            for (Arrangement from : Arrangement.values()) {
                for (Arrangement to :
                        List.of(Arrangement.CONTIGUOUS, Arrangement.CHANNELS_LAST, Arrangement.REVERSED)) {
                    TensorType type = TensorType.of(dtype, 2, 3, 5, 7);
                    String name = "%s from %s to %s".formatted(type, from, to);
                    tests.add(DynamicTest.dynamicTest(name, () -> copy(type, from, to)));
                }
            }
        }
        return tests.stream();
    }

    private void copy(TensorType type, Arrangement from, Arrangement to) {
        Layout source = from.of(type.shape());
        HostTensor value = Harness.shared(Values.SIGNED.fill(type, 1), source);
        HostTensor copied = Harness.copy(device(), value, source, to.of(type.shape()));
        assertThat(copied.data().mismatch(value.data())).isEqualTo(-1);
    }

    private Stream<DynamicTest> tests(List<Case> cases) {
        return cases.stream()
                .filter(test -> device().supports(test.op(), test.inputs(), test.output()))
                .map(test -> DynamicTest.dynamicTest(test.toString(), () -> named(test)));
    }

    /* Reports number tests of a factory and don't name them. */
    private void named(Case test) {
        try {
            check(test);
        } catch (AssertionError e) {
            throw new AssertionError(test + ": " + e.getMessage(), e);
        }
    }

    private void check(Case test) {
        List<HostTensor> values = new ArrayList<>();
        List<Layout> layouts = new ArrayList<>();
        List<Boolean> weights = new ArrayList<>();
        for (Argument argument : test.arguments()) {
            Layout layout = argument.arrangement().of(argument.type().shape());
            layouts.add(layout);
            values.add(Harness.shared(argument.values().fill(argument.type(), 7L + values.size()), layout));
            weights.add(argument.weight());
        }
        HostTensor actual = Harness.run(device(), test.op(), values, layouts, weights, test.output());
        assertThat(Harness.runInPlace(device(), test.op(), values, layouts, weights, test.output()))
                .as("written over an input")
                .allSatisfy(inPlace ->
                        assertThat(inPlace.data().mismatch(actual.data())).isEqualTo(-1));
        if (moves(test.op()) || !test.output().dtype().isFloat()) {
            HostTensor expected = Oracle.evaluate(test.op(), values);
            Tolerance.check(actual, expected, 0);
            return;
        }
        double tolerance = Tolerance.of(test.op(), test.inputs(), test.output().dtype());
        HostTensor expected = Oracle.inDouble(test.op(), values);
        if (infinityMayBecomeNaN(test.op())) {
            nanWhereBothAreNotFinite(expected, actual);
        }
        Tolerance.check(actual, expected, tolerance * slack(test.op()), rounded(test, values));
    }

    /* By what else each result may be off, before it is rounded. */
    private HostTensor rounded(Case test, List<HostTensor> values) {
        if (!(test.op() instanceof ScaledDotProductAttentionOp)
                || !roundsWeights(test.output().dtype())) {
            return HostTensor.allocate(test.output().with(DType.F64));
        }
        List<HostTensor> sizes = new ArrayList<>(values);
        HostTensor size = HostTensor.allocate(values.get(2).type());
        for (long i = 0; i < size.elements(); i++) {
            size.setDouble(i, Math.abs(values.get(2).getDouble(i)));
        }
        sizes.set(2, size);
        return Oracle.inDouble(test.op(), sizes);
    }

    private static void nanWhereBothAreNotFinite(HostTensor expected, HostTensor actual) {
        for (long i = 0; i < expected.elements(); i++) {
            if (Double.isInfinite(expected.getDouble(i)) && Double.isNaN(actual.getDouble(i))) {
                expected.setDouble(i, Double.NaN);
            }
        }
    }

    /* Ops whose result is of a type of their own, or that round in one defined way: the oracle keeps their types. */
    private static boolean moves(Op op) {
        return switch (op) {
            case CastOp _, FullOp _, ArangeOp _, PadOp _, CompareOp _, ArgMaxOp _, WhereOp() -> true;
            case ReshapeOp _, PermuteOp _, ExpandOp _, SliceOp _, CatOp _, IndexSelectOp _, UpsampleNearestOp _ -> true;
            default -> false;
        };
    }
}
