package io.github.tintype.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.conformance.Oracle;
import io.github.tintype.device.Layout;
import io.github.tintype.graph.ArangeOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.FullOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.Scope;
import io.github.tintype.loop.lower.LoopLowerer;
import io.github.tintype.loop.lower.LoopLowering;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.loop.lower.Schedule;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Lowers a fused op, runs it on memory with guards around, and compares with the op's own meaning. */
public final class LoopHarness {
    private static final int GUARD = 64;
    private static final byte FILL = (byte) 0xff; // NaN in every float type: an element that isn't written shows

    private LoopHarness() {}

    /** Runs a program: the interpreter, or compiled code. */
    @FunctionalInterface
    public interface Runner {
        /** One segment for each buffer of the program. */
        void run(LoopPlan plan, List<MemorySegment> buffers);
    }

    /** The meaning of a program. */
    public static void interpret(LoopPlan plan, List<MemorySegment> buffers) {
        new LoopInterpreter(plan.program(), buffers, plan.sizes(), plan.scalars()).run();
    }

    /** A fused op on values that lie in layouts. */
    public record Case(FusedOp op, List<HostTensor> values, List<Layout> layouts, Layout output) {
        /** All dense and row-major. */
        public static Case of(FusedOp op, HostTensor... values) {
            List<HostTensor> list = List.of(values);
            List<TensorType> types = list.stream().map(HostTensor::type).toList();
            return new Case(
                    op,
                    list,
                    types.stream().map(type -> Layout.contiguous(type.shape())).toList(),
                    Layout.contiguous(op.infer(types).shape()));
        }

        /** Tensors of rank 4 dense with channels innermost. */
        public Case channelsLast() {
            return new Case(
                    op,
                    values,
                    values.stream()
                            .map(value -> Layout.channelsLast(value.shape()))
                            .toList(),
                    Layout.channelsLast(type().shape()));
        }

        public List<TensorType> inputs() {
            return values.stream().map(HostTensor::type).toList();
        }

        /** The type of the result. */
        public TensorType type() {
            return op.infer(inputs());
        }

        public LoopLowering lower() {
            return lower(Schedule.PROCESSOR);
        }

        public LoopLowering lower(Schedule schedule) {
            return LoopLowerer.lower(op, inputs(), layouts, output, schedule);
        }

        /** The plan for a processor. Fails if it is refused. */
        public LoopPlan plan() {
            return plan(Schedule.PROCESSOR);
        }

        /** The plan. Fails if it is refused. */
        public LoopPlan plan(Schedule schedule) {
            return switch (lower(schedule)) {
                case LoopLowering.Lowered(LoopPlan plan) -> plan;
                case LoopLowering.Refused(String reason) ->
                    throw new AssertionError("%s: refused: %s".formatted(op, reason));
            };
        }

        /** What the op gives in double. */
        public HostTensor expected() {
            return inDouble(op, values);
        }

        /** What the op gives in its own types, each step rounded. */
        public HostTensor unfused() {
            return Oracle.evaluate(op, values);
        }

        /** The program's result, row-major; checks that nothing else is written and that its bounds are proved. */
        public HostTensor run(Runner runner) {
            return run(runner, -1);
        }

        /** The result, written over an input of the same layout; −1 for none. */
        public HostTensor run(Runner runner, int inPlace) {
            return run(plan(), runner, inPlace);
        }

        /** What the interpreter makes of the program for a GPU. */
        public HostTensor runAsGpu() {
            return run(plan(Schedule.GPU), LoopHarness::interpret, -1);
        }

        /** Likewise, by a plan of this case. */
        public HostTensor run(LoopPlan plan, Runner runner, int inPlace) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment scratch =
                        arena.allocate(plan.scratchBytes() + GUARD, 64).fill(FILL);
                TensorType type = type();
                MemorySegment result = arena.allocate(type.bytes() + GUARD, 64).fill(FILL);
                if (inPlace >= 0) {
                    MemorySegment.copy(
                            place(arena, values.get(inPlace), layouts.get(inPlace)), 0, result, 0, type.bytes());
                }
                List<MemorySegment> buffers = new ArrayList<>();
                for (int i = 0; i < plan.buffers().size(); i++) {
                    buffers.add(
                            switch (plan.buffers().get(i)) {
                                case LoopPlan.Place.Input(int index) ->
                                    index == inPlace
                                            ? result.asSlice(0, type.bytes())
                                            : place(arena, values.get(index), layouts.get(index));
                                case LoopPlan.Place.Output() -> result.asSlice(0, type.bytes());
                                case LoopPlan.Place.Scratch(long offset) ->
                                    scratch.asSlice(offset, end(plan, offset) - offset);
                                case LoopPlan.Place.Faults(long offset) ->
                                    scratch.asSlice(offset, Integer.BYTES).fill((byte) 0);
                            });
                }
                assertThat(LoopBounds.check(
                                plan.program(),
                                plan::size,
                                buffer ->
                                        buffers.get(plan.program().word(buffer)).byteSize()
                                                / buffer.dtype().bytes()))
                        .as("bounds of %s", plan.program())
                        .isEmpty();
                runner.run(plan, buffers);
                for (int i = 0; i < GUARD; i++) {
                    assertThat(result.get(ValueLayout.JAVA_BYTE, type.bytes() + i))
                            .as("written past the result")
                            .isEqualTo(FILL);
                    assertThat(scratch.get(ValueLayout.JAVA_BYTE, plan.scratchBytes() + i))
                            .as("written past the scratch memory")
                            .isEqualTo(FILL);
                }
                return read(type, output, result);
            }
        }

        private static long end(LoopPlan plan, long offset) {
            long end = plan.scratchBytes();
            for (LoopPlan.Place place : plan.buffers()) {
                long other = switch (place) {
                    case LoopPlan.Place.Scratch(long at) -> at;
                    case LoopPlan.Place.Faults(long at) -> at;
                    case LoopPlan.Place.Input _, LoopPlan.Place.Output _ -> 0;
                };
                end = other > offset ? Math.min(end, other) : end;
            }
            return end;
        }
    }

    /* Each step in double; what a cast makes narrower is rounded to that. */
    private static HostTensor inDouble(FusedOp op, List<HostTensor> values) {
        List<Node> known = new ArrayList<>();
        values.forEach(value -> known.add(constant(value.dtype().isFloat() ? value.to(DType.F64) : value)));
        for (FusedOp.Step step : op.steps()) {
            List<Node> inputs = step.inputs().stream().map(known::get).toList();
            known.add(
                    switch (step.op()) {
                        case LeafOp.Scalar(double value, DType dtype)
                        when dtype == DType.F32 -> node(new LeafOp.Scalar((float) value, DType.F64), inputs);
                        case CastOp(DType to)
                        when to.isFloat() -> node(step.op(), inputs).then(new CastOp(DType.F64));
                        case FullOp(TensorType type, double value)
                        when type.dtype().isFloat() -> node(new FullOp(type.with(DType.F64), value), inputs);
                        case ArangeOp(Dim count, DType dtype)
                        when dtype.isFloat() -> node(new ArangeOp(count, DType.F64), inputs);
                        default -> node(step.op(), inputs);
                    });
        }
        return Oracle.evaluate(known.getLast());
    }

    private static Node node(Op op, List<Node> inputs) {
        return Node.of(Scope.NONE, op, inputs);
    }

    private static Node constant(HostTensor value) {
        return node(new LeafOp.Constant(value), List.of());
    }

    /** Whether two tensors have the same bits, where NaN is NaN. */
    public static void assertSameBits(HostTensor actual, HostTensor expected) {
        assertThat(actual.type()).isEqualTo(expected.type());
        for (long i = 0; i < expected.elements(); i++) {
            double got = actual.getDouble(i);
            double wanted = expected.getDouble(i);
            if (expected.dtype() == DType.I64
                    ? actual.getLong(i) != expected.getLong(i)
                    : Double.compare(got, wanted) != 0) {
                throw new AssertionError("element %d: got %s, wanted %s".formatted(i, got, wanted));
            }
        }
    }

    /** Whether the result is as near to the op's meaning in double as {@code ulps} units in the last place of its type, or of the largest element. */
    public static void assertNear(HostTensor actual, HostTensor expected, double ulps) {
        assertNear(actual, expected, ulps, 0);
    }

    /** Likewise, where results may be what is left of numbers of size {@code least} that cancel. */
    public static void assertNear(HostTensor actual, HostTensor expected, double ulps, double least) {
        double unit = ulps
                * switch (actual.dtype()) {
                    case F64 -> 0x1p-52;
                    case F32 -> 0x1p-23;
                    case F16 -> 0x1p-10;
                    case BF16 -> 0x1p-7;
                    case F8_E4M3 -> 0x1p-3;
                    case F8_E5M2 -> 0x1p-2;
                    case I64, I32, I16, I8, U8, BOOL -> 0;
                };
        double largest = least;
        for (long i = 0; i < expected.elements(); i++) {
            double value = Math.abs(expected.getDouble(i));
            largest = Double.isFinite(value) ? Math.max(largest, value) : largest;
        }
        HostTensor rounded = expected.to(actual.dtype());
        for (long i = 0; i < expected.elements(); i++) {
            double got = actual.getDouble(i);
            double wanted = expected.getDouble(i);
            if (!Double.isFinite(rounded.getDouble(i))) {
                if (Double.compare(got, rounded.getDouble(i)) != 0) {
                    throw new AssertionError("element %d: got %s, wanted %s".formatted(i, got, wanted));
                }
                continue;
            }
            double allowed =
                    unit * Math.max(Math.abs(wanted), Math.min(1, largest)) + (unit == 0 ? 0 : Float.MIN_NORMAL);
            if (!(Math.abs(got - wanted) <= allowed)) {
                throw new AssertionError("element %d: got %s, wanted %s".formatted(i, got, wanted));
            }
        }
    }

    private static MemorySegment place(Arena arena, HostTensor value, Layout layout) {
        int bytes = value.dtype().bytes();
        MemorySegment memory =
                arena.allocate(layout.span(value.shape()) * bytes, 64).fill(FILL);
        for (long i = 0; i < value.elements(); i++) {
            MemorySegment.copy(value.data(), i * bytes, memory, offset(value.shape(), layout, i) * bytes, bytes);
        }
        return memory;
    }

    private static HostTensor read(TensorType type, Layout layout, MemorySegment memory) {
        HostTensor value = HostTensor.allocate(type);
        int bytes = type.dtype().bytes();
        for (long i = 0; i < value.elements(); i++) {
            MemorySegment.copy(memory, offset(type.shape(), layout, i) * bytes, value.data(), i * bytes, bytes);
        }
        return value;
    }

    private static long offset(Shape shape, Layout layout, long element) {
        long offset = 0;
        long rest = element;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            offset += rest % shape.size(axis) * layout.stride(axis);
            rest /= shape.size(axis);
        }
        return offset;
    }
}
