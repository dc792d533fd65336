package io.github.tintype.runtime;

import io.github.tintype.compile.Plan;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.io.Json;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.nn.Weights;
import io.github.tintype.random.TorchGenerator;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One run of the embedded model's UNet on the CPU device, by its executable. With {@code -prof gc}: 0 bytes of Java heap a run. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 4)
@Measurement(iterations = 5, time = 4)
public class ExecutableBenchmark {
    private record Bound(Engine engine, Checkpoint checkpoint, Binding binding) {}

    /** Where the component is, from the current folder. */
    @Param("models/tiny-cartoon-sdxl/pipeline/unet")
    public String folder = "";

    /** Whether the plan keeps its slab between runs. */
    @Param({"false", "true"})
    public boolean keepsSlab;

    @Param("2")
    public int threads;

    private Optional<Bound> bound = Optional.empty();
    private MemorySegment[] arguments = {};
    private MemorySegment[] results = {};
    private final RunContext context = RunContext.none();

    /** Plans and binds. */
    @Setup
    public void bind() {
        Path unetFolder = Path.of(folder);
        Engine engine = Engine.on(CpuDevice.open(threads));
        Checkpoint checkpoint = Checkpoint.open(unetFolder, Optional.empty());
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(Json.read(unetFolder.resolve("config.json")));
        UNet2DConditionModel unet = Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config));
        TorchGenerator noise = new TorchGenerator(0);
        List<HostTensor> inputs = List.of(
                noise.randn(2, 4, 16, 16),
                HostTensor.ofFloats(new float[] {601}, 1),
                noise.randn(2, 77, 128),
                noise.randn(2, 64),
                HostTensor.ofFloats(new float[] {128, 128, 0, 0, 128, 128, 128, 128, 0, 0, 128, 128}, 2, 6));
        List<TensorType> types = inputs.stream().map(HostTensor::type).toList();
        Plan plan = engine.plan(
                Program.trace(
                        types,
                        in -> List.of(unet.call(new UNet2DConditionModel.Input(
                                in.get(0),
                                in.get(1),
                                in.get(2),
                                Optional.of(new UNet2DConditionModel.AddedCond(in.get(3), in.get(4))))))),
                types);
        bound = Optional.of(new Bound(
                engine, checkpoint, engine.bind(plan, keepsSlab ? SlabUse.KEPT : SlabUse.SHARED, new Cancellation())));
        arguments = segments(inputs);
        results = segments(plan.outputs().stream().map(HostTensor::allocate).toList());
    }

    private static MemorySegment[] segments(List<HostTensor> tensors) {
        return tensors.stream().map(HostTensor::data).toArray(MemorySegment[]::new);
    }

    /** One forward. */
    @Benchmark
    public void run() {
        ExecutablePool executables = bound.orElseThrow().binding().executables();
        Executable executable = executables.take("unet");
        executable.run("unet", arguments, results, context);
        executables.giveBack(executable);
    }

    /** As long as a forward, without one: what measuring itself takes from the heap. */
    @Benchmark
    public void nothing() {
        long end = System.nanoTime() + 50_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    /** Frees all. */
    @TearDown
    public void close() {
        Bound all = bound.orElseThrow();
        all.binding().close();
        all.checkpoint().close();
        all.engine().close();
    }
}
