package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import io.github.tintype.compile.Planner;
import io.github.tintype.compile.RequestSplit;
import io.github.tintype.device.Device;
import io.github.tintype.device.Effort;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Spending;
import io.github.tintype.device.Tuning;
import io.github.tintype.graph.Graph;
import io.github.tintype.graph.LeafOp;
import io.github.tintype.graph.Node;
import io.github.tintype.graph.Scope;
import io.github.tintype.reference.ReferenceDevice;
import io.github.tintype.runtime.PreparationListener.Stage;
import io.github.tintype.tensor.DeviceException;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.trace.Evaluator;
import io.github.tintype.trace.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * A device with its memory, and what is planned and bound on it. Usable from several threads.
 *
 * <p>Tensors made by {@link #tensor} record what is done to them; it is computed when one is read or given to a {@link Program}.
 * Recorded graphs of equal structure share one plan, whatever numbers they hold.
 */
public final class Engine implements AutoCloseable {
    /* Steps of a scheduler, guidance, conversions: a pipeline has a few dozen. */
    private static final int MOST_LAZY_PLANS = 256;
    /*
     * Operations that each further byte of a weight has to serve: usually 50, for which a convolution of 8² pixels goes without larger filters (1 % of the time of Stable Diffusion
     * 1.5's UNet for 700 MB), and more where the budget is short: then those of 16², 32², 64², 128² go without, and at last all.
     */
    private static final long USUAL = 50;
    private static final long[] THRIFT = {100, 300, 1000, 5000, Long.MAX_VALUE};

    private final Device device;
    private final Device fallback = new ReferenceDevice();
    private final NativeMemory memory;
    private final WeightCache weights;
    private final SlabPool slabs;
    private final List<RequestStage> requestStages = new CopyOnWriteArrayList<>();
    private final Cleaner cleaner = Cleaner.create();
    private final Evaluator evaluator = this::read;
    private final AtomicLong reads = new AtomicLong();
    private final LinkedHashMap<LazyGraph.Key, Binding> lazyPlans = new LinkedHashMap<>(16, 0.75f, true);

    private Engine(Device device) {
        this.device = device;
        this.memory = device.memory();
        this.slabs = new SlabPool(memory, this::giveBackIdle);
        this.weights = new WeightCache(memory, this::giveBackIdle);
    }

    /** An engine whose memory only the machine bounds. It closes the device when it is closed. */
    public static Engine on(Device device) {
        return new Engine(device);
    }

    /** @param memoryBudget most bytes of the device's memory for weights, intermediates, results and what kernels work with */
    public static Engine on(Device device, long memoryBudget) {
        device.memory().limit(memoryBudget);
        return new Engine(device);
    }

    public Device device() {
        return device;
    }

    /** What is in use of the device's memory. */
    public NativeMemory memory() {
        return memory;
    }

    /** How many times a value was read: each is a synchronisation. */
    public long reads() {
        return reads.get();
    }

    /** A plan with its weights, which {@link Binding#close} releases. */
    Binding bind(Plan plan, SlabUse slabUse, Cancellation cancellation) {
        return new Binding(plan, weights, slabs, slabUse, _ -> cancellation.check());
    }

    WeightCache weights() {
        return weights;
    }

    /** A copy of {@code data} as a tensor of this engine. */
    public Tensor tensor(HostTensor data) {
        return over(upload(data));
    }

    private Tensor over(DeviceBuffer buffer) {
        return over(new LeafOp.Value(buffer));
    }

    Tensor over(LeafOp.Value value) {
        return Tensor.over(Node.of(Scope.NONE, value, List.of()), Optional.of(evaluator));
    }

    private DeviceBuffer upload(HostTensor data) {
        DeviceBuffer buffer = allocate(data.type(), "a tensor");
        MemorySegment.copy(data.data(), 0, buffer.segment(), 0, data.data().byteSize());
        return buffer;
    }

    private DeviceBuffer allocate(TensorType type, String what) {
        String use = what + " " + type;
        NativeMemory.Block block;
        try {
            block = memory.allocate(type.bytes(), use);
        } catch (DeviceException e) {
            giveBackIdle();
            block = memory.allocate(type.bytes(), use);
        }
        return new DeviceBuffer(type, block, cleaner);
    }

    /* What only a next run would have a use for. */
    private void giveBackIdle() {
        slabs.close();
        requestStages.forEach(RequestStage::forgetIdle);
    }

    /** Runs {@code action} when nothing refers to {@code buffer} any more; the action must not. */
    Cleaner.Cleanable whenUnreachable(DeviceBuffer buffer, Runnable action) {
        return cleaner.register(buffer, action);
    }

    /** A stage whose results are given back when room is missing. */
    void add(RequestStage stage) {
        requestStages.add(stage);
    }

    void remove(RequestStage stage) {
        requestStages.remove(stage);
    }

    /** A forward to be traced and run on this engine. */
    public Program program(String name, UnaryOperator<List<Tensor>> forward) {
        return new Program(name, this, forward);
    }

    /** The plan of a graph with fixed sizes, with the least effort. Binds nothing, and reads no weight. */
    public Plan plan(Graph graph, List<TensorType> arguments) {
        return plan(graph, arguments, Effort.LIBRARY);
    }

    /**
     * The plan of a graph with fixed sizes, by what tables say. Binds nothing, and reads no weight. Kernels may want larger forms of weights than are stored: as many as the memory budget
     * has room for, those first that serve most operations for a byte.
     */
    public Plan plan(Graph graph, List<TensorType> arguments, Effort effort) {
        return plan(graph, arguments, effort, Optional.empty(), Planner.Progress.NONE);
    }

    /**
     * Likewise, with kernels that may be measured.
     *
     * @param name for who hears of it
     * @throws java.util.concurrent.CancellationException if the context asks to stop
     */
    public Plan plan(String name, Graph graph, List<TensorType> arguments, ProgramUse use, RunContext context) {
        Cancellation cancellation = context.cancellation();
        PreparationListener listener = context.preparation();
        return plan(graph, arguments, use.effort(), use.tuning(cancellation), (done, total) -> {
            cancellation.check();
            listener.onPreparation(name, Stage.PLAN, done, total);
        });
    }

    private Plan plan(
            Graph graph,
            List<TensorType> arguments,
            Effort effort,
            Optional<Tuning> tuning,
            Planner.Progress progress) {
        Plan plan = Planner.plan(graph, arguments, device, fallback, new Spending(effort, USUAL, tuning), progress);
        for (int i = 0; i < THRIFT.length && effort != Effort.LIBRARY && !fits(plan); i++) {
            Spending thrift = new Spending(effort, THRIFT[i], tuning);
            plan = Planner.plan(graph, arguments, device, fallback, thrift, progress);
        }
        return plan;
    }

    private boolean fits(Plan plan) {
        return weights.hasRoom(plan.weights(), plan.slabBytes());
    }

    /** The plans of a split graph with fixed sizes: the request's and the step's. {@code arguments} are those of the whole. */
    public List<Plan> plans(
            String name, RequestSplit split, List<TensorType> arguments, ProgramUse use, RunContext context) {
        return List.of(
                plan(requestName(name), split.request(), arguments, use, context),
                plan(name, split.step(), stepArguments(split, arguments), use, context));
    }

    private static String requestName(String name) {
        return name + ".request";
    }

    private static List<TensorType> stepArguments(RequestSplit split, List<TensorType> arguments) {
        List<TensorType> all = new ArrayList<>(arguments);
        all.addAll(split.carried());
        return all;
    }

    /**
     * Plans a graph with fixed sizes and binds its weights.
     *
     * @param name for profiles and errors
     * @param arguments the types of its inputs, used or not
     * @param use how it is planned and held
     * @throws java.util.concurrent.CancellationException if the context asks to stop
     * @throws DeviceException if memory is short
     */
    public LoadedProgram load(
            String name, Graph graph, List<TensorType> arguments, ProgramUse use, RunContext context) {
        return new LoadedProgram(name, this, bind(name, graph, arguments, use, context), Optional.empty());
    }

    /**
     * Plans a split graph with fixed sizes and binds its weights. The part that belongs to a request runs when its arguments are other
     * tensors than at the last calls; its results are kept while those exist.
     *
     * @param arguments the types of the whole graph's inputs, used or not
     * @param use how it is planned and held; the memory of a request's intermediates is always shared
     * @throws java.util.concurrent.CancellationException if the context asks to stop
     * @throws DeviceException if memory is short
     */
    public LoadedProgram load(
            String name, RequestSplit split, List<TensorType> arguments, ProgramUse use, RunContext context) {
        String requestName = requestName(name);
        Binding request = bind(requestName, split.request(), arguments, use.withSlab(SlabUse.SHARED), context);
        try {
            Binding step = bind(name, split.step(), stepArguments(split, arguments), use, context);
            RequestStage stage = new RequestStage(requestName, this, request, split.requestInputs());
            return new LoadedProgram(name, this, step, Optional.of(stage));
        } catch (RuntimeException e) {
            request.close();
            throw e;
        }
    }

    private Binding bind(String name, Graph graph, List<TensorType> arguments, ProgramUse use, RunContext context) {
        Optional<PlanEvent> event = FlightEvents.beginPlan();
        PreparationListener listener = context.preparation();
        Plan plan = plan(name, graph, arguments, use, context);
        int total = Math.max(1, plan.weights().size());
        Binding bound = new Binding(plan, weights, slabs, use.slab(), done -> {
            context.cancellation().check();
            listener.onPreparation(name, Stage.WEIGHTS, done, total);
        });
        listener.onPreparation(name, Stage.WEIGHTS, total, total);
        if (event.isPresent()) { // no lambda, which would load the class to be linked
            event.get().commit(name, plan);
        }
        return bound;
    }

    /** The same tensors, computed. */
    public List<Tensor> evaluate(List<Tensor> lazy) {
        return evaluate(lazy, RunContext.none());
    }

    /** The same tensors, computed. @throws java.util.concurrent.CancellationException if the context asks to stop */
    public List<Tensor> evaluate(List<Tensor> lazy, RunContext context) {
        List<Tensor> open = lazy.stream().filter(tensor -> !isComputed(tensor)).toList();
        if (open.isEmpty()) {
            return lazy;
        }
        LazyGraph recorded = LazyGraph.of(open.stream().map(Tensor::node).toList());
        Binding binding = lazyBinding(recorded, context);
        List<Tensor> computed;
        try {
            computed = new ArrayList<>(run("tensor code", binding, recorded.buffers(this::upload), context));
        } finally {
            if (!isKept(binding)) {
                binding.close();
            }
        }
        return lazy.stream()
                .map(tensor -> isComputed(tensor) ? tensor : computed.removeFirst())
                .toList();
    }

    private synchronized Binding lazyBinding(LazyGraph recorded, RunContext context) {
        Binding known = lazyPlans.get(recorded.key());
        if (known != null) {
            return known;
        }
        Plan plan = plan(recorded.graph(), recorded.inputTypes());
        Binding binding = bind(plan, SlabUse.SHARED, context.cancellation());
        if (isKept(binding)) {
            lazyPlans.put(recorded.key(), binding);
            if (lazyPlans.size() > MOST_LAZY_PLANS) {
                lazyPlans.pollFirstEntry();
            }
        }
        return binding;
    }

    /* One with weights would keep them alive: it serves one evaluation. */
    private static boolean isKept(Binding binding) {
        return binding.plan().weights().isEmpty();
    }

    private static boolean isComputed(Tensor tensor) {
        return tensor.node().op() instanceof LeafOp.Value;
    }

    static DeviceBuffer buffer(Tensor computed) {
        if (computed.node().op() instanceof LeafOp.Value(LeafOp.Buffer buffer)
                && buffer instanceof DeviceBuffer known) {
            return known;
        }
        throw new IllegalStateException("not computed: " + computed);
    }

    List<Tensor> run(String name, Binding binding, List<DeviceBuffer> inputs, RunContext context) {
        return compute(name, binding, inputs, context).stream().map(this::over).toList();
    }

    List<DeviceBuffer> compute(String name, Binding binding, List<DeviceBuffer> inputs, RunContext context) {
        binding.lease();
        try {
            List<DeviceBuffer> outputs = binding.plan().outputs().stream()
                    .map(type -> allocate(type, name))
                    .toList();
            Executable executable = binding.executables().take("intermediates of " + name);
            try {
                executable.run(name, segments(inputs), segments(outputs), context);
            } finally {
                binding.executables().giveBack(executable);
                Reference.reachabilityFence(inputs);
            }
            return outputs;
        } finally {
            binding.endLease();
        }
    }

    private static MemorySegment[] segments(List<DeviceBuffer> buffers) {
        return buffers.stream().map(DeviceBuffer::segment).toArray(MemorySegment[]::new);
    }

    private HostTensor read(Tensor tensor) {
        reads.incrementAndGet();
        DeviceBuffer buffer = buffer(evaluate(List.of(tensor)).getFirst());
        try {
            HostTensor copy = HostTensor.allocate(buffer.type());
            MemorySegment.copy(buffer.segment(), 0, copy.data(), 0, copy.data().byteSize());
            return copy;
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    /** Frees what is cached and closes the device. Tensors that are still referred to keep their memory; programs are closed by their owners. */
    @Override
    public void close() {
        synchronized (this) {
            lazyPlans.values().forEach(Binding::close);
            lazyPlans.clear();
        }
        slabs.close();
        device.close();
    }
}
