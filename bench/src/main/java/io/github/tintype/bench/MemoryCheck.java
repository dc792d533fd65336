package io.github.tintype.bench;

import io.github.tintype.benchmark.BenchmarkModel;
import io.github.tintype.benchmark.Residence;
import io.github.tintype.compile.Plan;
import io.github.tintype.cpu.CpuDevice;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.io.Checkpoint;
import io.github.tintype.nn.Weights;
import io.github.tintype.runtime.Engine;
import io.github.tintype.runtime.Program;
import io.github.tintype.runtime.RunContext;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares the memory that plans state with what is counted and what is resident: both text encoders, one step of the UNet with guidance
 * at 512² and a decode at 1024², from a folder that {@link TrueSizeFolder} wrote. Resident are pages that belong to no file, less those
 * that were there at the start, which the heap must be among: {@code -Xms512m -Xmx512m -XX:+AlwaysPreTouch}. Native code that the kernel library generates
 * is in it, and is not counted.
 */
public final class MemoryCheck {
    private static final int STEP_SIZE = 512;
    private static final int DECODE_SIZE = 1024;

    private final Engine engine;
    private final Path folder;
    private final List<AutoCloseable> open = new ArrayList<>();
    private final long start = Residence.now().anonymous();
    private long stated;

    private MemoryCheck(Engine engine, Path folder) {
        this.engine = engine;
        this.folder = folder;
    }

    /** {@code --folder FOLDER [--threads N]}; see {@code bench/README.md}. */
    public static void main(String[] args) throws Exception {
        Options options = new Options(args);
        Path folder = Path.of(options.required("--folder"));
        int threads = options.integer("--threads", Runtime.getRuntime().availableProcessors());
        options.requireAllRead();
        try (Engine engine = Engine.on(CpuDevice.open(threads))) {
            MemoryCheck check = new MemoryCheck(engine, folder);
            System.out.printf("%-30s %12s %12s %12s%n", "after", "stated", "counted", "resident");
            check.run(BenchmarkModel.SDXL_TEXT_ENCODER, "text_encoder", STEP_SIZE, 1);
            check.run(BenchmarkModel.SDXL_TEXT_ENCODER_2, "text_encoder_2", STEP_SIZE, 1);
            check.run(BenchmarkModel.SDXL_UNET, "unet", STEP_SIZE, 2);
            check.run(BenchmarkModel.SDXL_VAE_DECODE, "vae", DECODE_SIZE, 1);
            System.out.printf(
                    "counted peak %s, resident peak %s%n",
                    text(engine.memory().peak()), text(Residence.now().peak()));
            for (AutoCloseable one : check.open.reversed()) {
                one.close();
            }
        }
    }

    private void run(BenchmarkModel model, String component, int size, int batch) {
        Checkpoint checkpoint = Checkpoint.open(folder.resolve(component), Optional.empty());
        open.add(checkpoint);
        Program program = engine.program(model.label(), Weights.load(checkpoint, DType.F32, model::forward));
        open.add(program);
        List<HostTensor> inputs = model.inputs(size, size, batch);
        Plan plan = program.prepare(inputs.stream().map(HostTensor::type).toList(), RunContext.none());
        stated += plan.weightBytes();
        line(model.label() + " bound");
        List<Tensor> arguments = inputs.stream().map(engine::tensor).toList();
        stated += plan.slabBytes(); // the pool keeps it
        program.run(arguments, RunContext.none());
        line("%s run %d²".formatted(model.label(), size));
    }

    private void line(String after) {
        System.gc(); // results that nobody reads go back
        long resident = Residence.now().anonymous() - start;
        System.out.printf(
                "%-30s %12s %12s %12s %+.1f %%%n",
                after, text(stated), text(engine.memory().used()), text(resident), 100.0 * resident / stated - 100);
    }

    private static String text(long bytes) {
        return NativeMemory.text(bytes);
    }
}
