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
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The UNet of the model that comes along, planned and bound on the CPU device with arguments and results in place. */
final class EmbeddedUnet implements AutoCloseable {
    private static final Path FOLDER = Path.of("../models/tiny-cartoon-sdxl/pipeline/unet");

    private final Engine engine;
    private final Checkpoint checkpoint = Checkpoint.open(FOLDER, Optional.empty());
    private final Binding binding;
    private final List<HostTensor> arguments;
    private final List<HostTensor> results;
    private final MemorySegment[] from;
    private final MemorySegment[] to;
    private final RunContext context = RunContext.none();

    EmbeddedUnet(int threads, SlabUse slabUse) {
        engine = Engine.on(CpuDevice.open(threads));
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(Json.read(FOLDER.resolve("config.json")));
        UNet2DConditionModel unet = Weights.load(checkpoint, DType.F32, w -> UNet2DConditionModel.load(w, config));
        TorchGenerator noise = new TorchGenerator(0);
        arguments = List.of(
                noise.randn(2, 4, 16, 16),
                HostTensor.ofFloats(new float[] {601}, 1),
                noise.randn(2, 77, 128),
                noise.randn(2, 64),
                HostTensor.ofFloats(new float[] {128, 128, 0, 0, 128, 128, 128, 128, 0, 0, 128, 128}, 2, 6));
        Plan plan = engine.plan(
                Program.trace(
                        arguments.stream().map(HostTensor::type).toList(),
                        in -> List.of(unet.call(new UNet2DConditionModel.Input(
                                in.get(0),
                                in.get(1),
                                in.get(2),
                                Optional.of(new UNet2DConditionModel.AddedCond(in.get(3), in.get(4))))))),
                arguments.stream().map(HostTensor::type).toList());
        binding = engine.bind(plan, slabUse, new Cancellation());
        results = plan.outputs().stream().map(HostTensor::allocate).toList();
        from = segments(arguments);
        to = segments(results);
    }

    private static MemorySegment[] segments(List<HostTensor> tensors) {
        return tensors.stream().map(HostTensor::data).toArray(MemorySegment[]::new);
    }

    Engine engine() {
        return engine;
    }

    Binding binding() {
        return binding;
    }

    /** Runs it so many times, one after the other. */
    void run(int runs) {
        for (int i = 0; i < runs; i++) {
            Executable executable = binding.executables().take("unet");
            run(executable);
            binding.executables().giveBack(executable);
        }
    }

    void run(Executable executable) {
        executable.run("unet", from, to, context);
    }

    float[] result() {
        return results.getFirst().toFloats();
    }

    @Override
    public void close() {
        binding.close();
        checkpoint.close();
        engine.close();
    }
}
