package io.github.tintype.compile;

import io.github.tintype.compile.SlabLayout.Buffer;
import io.github.tintype.device.Device;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.Spending;
import io.github.tintype.device.Tuning;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.Scope;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.ShapeException;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.Weight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Makes a {@link Plan} of a graph with fixed sizes: an unfused one, each op a kernel of the device or, for primitives that it lacks, of
 * {@code fallback}. Views cost nothing; where a kernel wants another layout a copy goes in between.
 */
public final class Planner {
    private final Device device;
    private final Device fallback;
    private final Spending spending;
    private final IdentityHashMap<Node, Value> values = new IdentityHashMap<>();
    private final List<PendingCall> calls = new ArrayList<>();
    private final List<Root> slabRoots = new ArrayList<>();
    private final List<BoundWeight> weights = new ArrayList<>();
    private final Map<Problem, Solution> solutions = new HashMap<>();
    private final Map<WeightForm, Root> weightRoots = new HashMap<>();
    private final List<HostTensor> constants = new ArrayList<>();
    private final List<Plan.ScalarValue> scalars = new ArrayList<>();

    /** Hears how far planning is, and may end it by an exception. */
    @FunctionalInterface
    public interface Progress {
        /** Hears nothing. */
        Progress NONE = (_, _) -> {};

        /** So many nodes have their kernel; {@code total} once, at the end. */
        void planned(int done, int total);
    }

    /* Memory that values are views of. */
    private static final class Root {
        final long bytes;
        Optional<Storage> fixed;
        Optional<Buffer> buffer = Optional.empty();
        Optional<BoundWeight> weight = Optional.empty();
        Optional<Root> overwritten = Optional.empty();
        final Map<CopyKey, Value> copies = new HashMap<>();

        Root(long bytes, Optional<Storage> fixed) {
            this.bytes = bytes;
            this.fixed = fixed;
        }

        /* Whose memory it has: that of what it was written over, or its own. */
        Root home() {
            return overwritten.map(Root::home).orElse(this);
        }
    }

    /* What a node is at run time; weight is set where the value is a weight's whole and untouched memory. */
    private record Value(TensorType type, Layout layout, Root root, long offset, Optional<Weight> weight) {
        Operand operand() {
            return new Operand(type, layout, weight.isPresent());
        }

        long offsetBytes() {
            return offset * type.dtype().bytes();
        }

        /* Whether this call is the last that reads this memory, which is in the slab. */
        boolean endsAt(int index) {
            Root home = root.home();
            return home.fixed.isEmpty()
                    && home.buffer.filter(buffer -> buffer.last == index).isPresent();
        }

        /* Whether both are the whole of their memory, element on element. */
        boolean coversSameAs(Value other) {
            return offset == 0
                    && other.offset == 0
                    && bytes() == root.bytes
                    && other.bytes() == other.root.bytes
                    && type.equals(other.type)
                    && layout.sameAs(other.layout, type.shape());
        }

        long bytes() {
            return layout.span(type.shape()) * type.dtype().bytes();
        }
    }

    private record CopyKey(TensorType type, Layout from, long offset, Layout to) {}

    private record WeightForm(Weight weight, String key) {}

    private record Problem(Op op, List<Operand> operands, TensorType output) {}

    /* How a problem is solved, wherever it comes up: a UNet has some 150 in a thousand places. agreed: operands as the kernel wants them. */
    private record Solution(List<Operand> agreed, Lowering lowering, List<Integer> inPlace, long flops) {}

    private record PendingCall(
            String name,
            Scope scope,
            Lowering lowering,
            List<Value> inputs,
            Value output,
            Optional<Root> scratch,
            List<Integer> inPlace,
            long flops) {}

    private Planner(Device device, Device fallback, Spending spending) {
        this.device = device;
        this.fallback = fallback;
        this.spending = spending;
    }

    /** As the method below with the least spending. */
    public static Plan plan(Graph graph, List<TensorType> argumentTypes, Device device, Device fallback) {
        return plan(graph, argumentTypes, device, fallback, Spending.LEAST, Progress.NONE);
    }

    /**
     * @param argumentTypes the types of the program's arguments, used or not
     * @param spending that the device takes for its kernels
     * @throws ShapeException if a size is symbolic
     */
    public static Plan plan(
            Graph graph,
            List<TensorType> argumentTypes,
            Device device,
            Device fallback,
            Spending spending,
            Progress progress) {
        return new Planner(device, fallback, spending).plan(Lowerer.lower(graph, device), argumentTypes, progress);
    }

    private Plan plan(Graph graph, List<TensorType> argumentTypes, Progress progress) {
        int total = Math.max(1, graph.nodes().size());
        for (int i = 0; i < graph.nodes().size(); i++) {
            progress.planned(i, total);
            Node node = graph.nodes().get(i);
            if (!node.shape().isFixed()) {
                throw new ShapeException("plan: got %s, wanted fixed sizes".formatted(node));
            }
            values.put(node, node.op() instanceof LeafOp leaf ? leaf(leaf) : computed(node));
        }
        List<TensorType> outputTypes = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            Node output = graph.outputs().get(i);
            outputTypes.add(output.type());
            deliver(value(output), i);
        }
        for (int i = 0; i < calls.size(); i++) {
            writeInPlace(calls.get(i), i);
        }
        List<Buffer> buffers = slabRoots.stream()
                .filter(root -> root.fixed.isEmpty() && root.overwritten.isEmpty())
                .flatMap(root -> root.buffer.stream())
                .toList();
        long slab = SlabLayout.place(buffers);
        long live = SlabLayout.live(buffers);
        List<Call> placed = calls.stream().map(this::placed).toList();
        progress.planned(total, total);
        return new Plan(
                placed,
                argumentTypes,
                outputTypes,
                weights,
                constants,
                scalars,
                slab,
                live,
                spending.tuning().map(Tuning::report));
    }

    private Value value(Node node) {
        Value value = values.get(node);
        if (value == null) {
            throw new IllegalStateException("read before it is computed: " + node);
        }
        return value;
    }

    private Value leaf(LeafOp leaf) {
        TensorType type = leaf.type();
        Layout layout = Layout.contiguous(type.shape());
        return switch (leaf) {
            case LeafOp.Input(int index, TensorType _) ->
                new Value(type, layout, fixedRoot(type, new Storage.Input(index)), 0, Optional.empty());
            case LeafOp.Parameter(Weight weight) ->
                new Value(type, layout, weightRoot(weight, dense(weight)), 0, Optional.of(weight));
            case LeafOp.Constant(HostTensor data) -> {
                constants.add(data);
                yield new Value(
                        type, layout, fixedRoot(type, new Storage.Constant(constants.size() - 1)), 0, Optional.empty());
            }
            case LeafOp.Scalar(double number, DType dtype) -> {
                scalars.add(new Plan.ScalarValue(dtype, number));
                yield new Value(
                        type, layout, fixedRoot(type, new Storage.Scalar(scalars.size() - 1)), 0, Optional.empty());
            }
            case LeafOp.Value value -> throw new IllegalStateException("a plan's values are its inputs: " + value);
        };
    }

    private static Root fixedRoot(TensorType type, Storage storage) {
        return new Root(type.bytes(), Optional.of(storage));
    }

    /* Not part of the plan before a call reads it, see use. */
    private Root weightRoot(Weight weight, Packing packing) {
        return weightRoots.computeIfAbsent(new WeightForm(weight, packing.key()), _ -> {
            Root root = new Root(packing.bytes(), Optional.empty());
            root.weight = Optional.of(new BoundWeight(weight, packing));
            return root;
        });
    }

    private void use(Root root) {
        root.weight.filter(_ -> root.fixed.isEmpty()).ifPresent(weight -> {
            root.fixed = Optional.of(new Storage.Bound(weights.size()));
            weights.add(weight);
        });
    }

    /** The weight row-major in its graph type. */
    static Packing dense(Weight weight) {
        TensorType type = weight.type();
        return new Packing(
                "dense:" + type.dtype(),
                type.bytes(),
                (source, packed) -> HostTensor.convert(
                        source.data(),
                        source.dtype(),
                        packed,
                        type.dtype(),
                        type.shape().elements()));
    }

    private Value computed(Node node) {
        List<Value> in = node.inputs().stream().map(this::value).toList();
        return switch (node.op()) {
            case PermuteOp(List<Integer> order) ->
                view(node, in.getFirst().layout().permute(order), in.getFirst(), 0);
            case ExpandOp(Shape shape) ->
                view(node, in.getFirst().layout().expand(in.getFirst().type().shape(), shape), in.getFirst(), 0);
            case SliceOp(int axis, long from, long _) -> {
                Value x = in.getFirst();
                int front = x.type().shape().axis(axis);
                yield view(node, x.layout(), x, from * x.layout().stride(front));
            }
            case ReshapeOp(Shape shape) -> reshape(node, in.getFirst(), shape);
            default -> call(node, in);
        };
    }

    private static Value view(Node node, Layout layout, Value of, long offset) {
        return new Value(node.type(), layout, of.root(), of.offset() + offset, Optional.empty());
    }

    private Value reshape(Node node, Value x, Shape shape) {
        Optional<Layout> free = Views.reshape(x.type().shape(), x.layout(), shape);
        if (free.isPresent()) {
            return view(node, free.get(), x, 0);
        }
        Value moved = copy(x, Layout.contiguous(x.type().shape()), node.scope());
        return view(node, Layout.contiguous(shape), moved, 0);
    }

    private Value call(Node node, List<Value> in) {
        List<Operand> given = in.stream().map(Value::operand).toList();
        Solution solution = solutions.computeIfAbsent(new Problem(node.op(), given, node.type()), this::solve);
        List<Value> operands = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            Value x = in.get(i);
            Layout agreed = solution.agreed().get(i).layout();
            operands.add(agreed.sameAs(x.layout(), x.type().shape()) ? x : copy(x, agreed, node.scope()));
        }
        Lowering lowering = solution.lowering();
        for (Map.Entry<Integer, Packing> packing : lowering.packings().entrySet()) {
            Value x = operands.get(packing.getKey());
            Weight weight = x.weight().orElseThrow(() -> new IllegalStateException("a packing for what is no weight"));
            Root packed = weightRoot(weight, packing.getValue());
            Layout flat = Layout.of(new long[x.type().shape().rank()]);
            operands.set(packing.getKey(), new Value(x.type(), flat, packed, 0, x.weight()));
        }
        return emit(
                node.op().name(), node.scope(), lowering, operands, node.type(), solution.inPlace(), solution.flops());
    }

    private Solution solve(Problem problem) {
        Op op = problem.op();
        List<Operand> given = problem.operands();
        TensorType output = problem.output();
        List<TensorType> types = given.stream().map(Operand::type).toList();
        Device target = device.supports(op, types, output) ? device : fallback;
        List<Layout> wanted = target.inputLayouts(op, given, output);
        List<Operand> agreed = IntStream.range(0, given.size())
                .mapToObj(i -> agreed(given.get(i), wanted.get(i)))
                .toList();
        List<Integer> inPlace = IntStream.range(0, agreed.size())
                .filter(i -> target.computesInPlace(op, i, agreed, output))
                .boxed()
                .toList();
        return new Solution(agreed, target.lower(op, agreed, output, spending), inPlace, op.flops(types, output));
    }

    /* As it is, or copied: then it is no weight any more. */
    private static Operand agreed(Operand given, Layout wanted) {
        boolean fits = given.layout().sameAs(wanted, given.type().shape());
        return fits ? given : new Operand(given.type(), wanted, false);
    }

    private Value copy(Value x, Layout to, Scope scope) {
        CopyKey key = new CopyKey(x.type(), x.layout(), x.offset(), to);
        Value known = x.root().copies.get(key);
        if (known != null) {
            return known;
        }
        Lowering lowering = device.copy(x.type(), x.layout(), to);
        Value copied = emit("copy", scope, lowering, List.of(x), x.type(), List.of(), 0);
        x.root().copies.put(key, copied);
        return copied;
    }

    private Value emit(
            String name,
            Scope scope,
            Lowering lowering,
            List<Value> operands,
            TensorType type,
            List<Integer> inPlace,
            long flops) {
        operands.forEach(operand -> use(operand.root()));
        Root root = slabRoot(type.bytes());
        Value output = new Value(type, lowering.output(), root, 0, Optional.empty());
        Optional<Root> scratch =
                lowering.scratchBytes() > 0 ? Optional.of(slabRoot(lowering.scratchBytes())) : Optional.empty();
        calls.add(new PendingCall(name, scope, lowering, operands, output, scratch, inPlace, flops));
        int index = calls.size() - 1;
        root.buffer = Optional.of(new Buffer(root.bytes, index));
        scratch.ifPresent(memory -> memory.buffer = Optional.of(new Buffer(memory.bytes, index)));
        operands.forEach(operand -> operand.root().buffer.ifPresent(buffer -> buffer.last = index));
        return output;
    }

    private Root slabRoot(long bytes) {
        Root root = new Root(bytes, Optional.empty());
        slabRoots.add(root);
        return root;
    }

    /* Makes a result: computed in place where its memory is its own, otherwise copied. */
    private void deliver(Value value, int index) {
        boolean own = value.root().buffer.isPresent()
                && value.root().fixed.isEmpty()
                && value.offset() == 0
                && value.root().bytes == value.type().bytes()
                && value.layout().isContiguous(value.type().shape());
        Value result = value;
        if (!own) {
            Lowering lowering = device.copy(
                    value.type(), value.layout(), Layout.contiguous(value.type().shape()));
            result = emit("copy", Scope.NONE, lowering, List.of(value), value.type(), List.of(), 0);
        }
        result.root().fixed = Optional.of(new Storage.Output(index));
    }

    /* Where the device can, and an input that lies like the output dies here, the output takes over its memory. */
    private static void writeInPlace(PendingCall call, int index) {
        call.inPlace().stream()
                .map(call.inputs()::get)
                .filter(input -> input.endsAt(index) && input.coversSameAs(call.output()) && isOnlyReader(input, call))
                .findFirst()
                .ifPresent(input -> overwrite(input.root().home(), call.output().root()));
    }

    /* No other operand is another view of the same memory, and none is the same view that may not be overwritten. */
    private static boolean isOnlyReader(Value input, PendingCall call) {
        return IntStream.range(0, call.inputs().size())
                .allMatch(
                        i -> call.inputs().get(i).root().home() != input.root().home()
                                || (call.inputs().get(i).coversSameAs(input)
                                        && call.inPlace().contains(i)));
    }

    private static void overwrite(Root input, Root output) {
        output.overwritten = Optional.of(input);
        input.fixed = output.fixed;
        Buffer written = output.buffer.orElseThrow();
        input.buffer.orElseThrow().last = written.last;
    }

    private Call placed(PendingCall call) {
        List<Reference> operands = call.inputs().stream().map(this::reference).toList();
        Reference output = reference(call.output());
        Reference scratch = call.scratch()
                .map(root -> new Reference(storage(root), 0, root.bytes))
                .orElse(new Reference(new Storage.Slab(0), 0, 0));
        long bytes =
                output.bytes() + operands.stream().mapToLong(Reference::bytes).sum();
        return new Call(
                call.name(),
                call.scope().path(),
                call.lowering().implementation(),
                call.lowering().kernel(),
                operands,
                output,
                scratch,
                call.flops(),
                bytes);
    }

    private Reference reference(Value value) {
        boolean packed =
                value.weight().isPresent() && value.layout().strides().stream().allMatch(stride -> stride == 0);
        long bytes = packed ? value.root().bytes : value.bytes();
        return new Reference(storage(value.root()), value.offsetBytes(), bytes);
    }

    private static Storage storage(Root root) {
        Root home = root.home();
        return home.fixed.orElseGet(() -> new Storage.Slab(
                home.buffer.orElseThrow(() -> new IllegalStateException("memory without a place")).offset));
    }
}
