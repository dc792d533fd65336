package io.github.tintype.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.CompileCache;
import io.github.tintype.device.Effort;
import io.github.tintype.device.KernelArguments;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Packing;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.TensorType;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which kernel is chosen, of kernels that take as long as they say. */
class TunerTest {
    private static final Target HERE = HostProcessor.target();
    private static final Tuner.Problem LARGE = problem(512);

    @TempDir
    Path home = Path.of("");

    private final NativeMemory memory = new NativeMemory();
    private final List<String> measured = new ArrayList<>();
    private double took;

    private static Tuner.Problem problem(long rows) {
        TensorType x = TensorType.of(DType.F32, rows, 256);
        TensorType weight = TensorType.of(DType.F32, 256, 256);
        return new Tuner.Problem(
                new LinearOp(),
                List.of(
                        new Operand(x, Layout.contiguous(x.shape()), false),
                        new Operand(weight, Layout.contiguous(weight.shape()), true)),
                TensorType.of(DType.F32, rows, 256));
    }

    private Candidate candidate(String name, double time, long weightBytes) {
        return new Candidate(name, () -> {
            Packing packing = new Packing(name, weightBytes, (_, _) -> {});
            return new Lowering(
                    Layout.contiguous(LARGE.output().shape()),
                    arguments -> run(arguments, name, time, weightBytes),
                    Map.of(1, packing),
                    64,
                    name);
        });
    }

    private void run(KernelArguments arguments, String name, double time, long weightBytes) {
        assertThat(arguments.input(0).byteSize()).isEqualTo(512 * 256 * 4);
        assertThat(arguments.input(0).get(ValueLayout.JAVA_FLOAT, 400)).isBetween(0.01f, 0.02f);
        assertThat(arguments.input(1).byteSize()).isEqualTo(weightBytes);
        assertThat(arguments.output().byteSize()).isEqualTo(512 * 256 * 4);
        assertThat(arguments.scratch().byteSize()).isEqualTo(64);
        measured.add(name);
        took = time;
    }

    private Tuner tuner() {
        ToDoubleFunction<Runnable> clock = kernel -> {
            kernel.run();
            return took;
        };
        return new Tuner(memory, new CacheUse(CompileCache.under(home), () -> Optional.of("b1")), 2, clock);
    }

    private String chosen(Tuner tuner, Tuner.Problem problem, Candidate... candidates) {
        return tuner.fastest(problem, List.of(candidates), HERE).implementation();
    }

    @Test
    void theFastestIsMeasuredOnceAndRemembered() {
        Candidate[] three = {candidate("a", 10, 1000), candidate("b", 7, 2000), candidate("c", 8, 500)};
        Tuner tuner = tuner();
        assertThat(chosen(tuner, LARGE, three)).isEqualTo("b");
        assertThat(measured).containsExactly("a", "b", "c");
        assertThat(chosen(tuner, LARGE, three)).isEqualTo("b");
        assertThat(chosen(tuner(), LARGE, three)).as("in another process").isEqualTo("b");
        assertThat(measured).hasSize(3);
        assertThat(chosen(tuner(), LARGE, three[0], three[2]))
                .as("where the fastest may not be chosen")
                .isEqualTo("c");
        assertThat(measured).hasSize(5);
        assertThat(memory.used()).isZero();
    }

    @Test
    void whatTablesSayStaysUnlessAnotherIsClearlyFaster() {
        assertThat(chosen(tuner(), LARGE, candidate("a", 10, 1), candidate("b", 9.8, 1)))
                .isEqualTo("a");
    }

    @Test
    void nothingIsMeasuredForLittleWork() {
        assertThat(chosen(tuner(), problem(8), candidate("a", 10, 1), candidate("b", 1, 1)))
                .isEqualTo("a");
        assertThat(measured).isEmpty();
    }

    @Test
    void whatThereIsNoMemoryForIsNotChosen() {
        memory.limit(4 << 20);
        assertThat(chosen(tuner(), LARGE, candidate("a", 10, 1), candidate("b", 1, 8 << 20), candidate("c", 5, 1)))
                .isEqualTo("c");
        memory.limit(1000);
        assertThat(chosen(tuner(), problem(600), candidate("a", 10, 1), candidate("b", 1, 1)))
                .as("where nothing can be measured")
                .isEqualTo("a");
        assertThat(memory.used()).isZero();
    }

    /* The kernels themselves: whichever is chosen here, all are there to be. */
    @Test
    void mostEffortChoosesAmongKernelsThatRun() {
        TensorType x = TensorType.of(DType.F32, 1, 64, 32, 32);
        TensorType weight = TensorType.of(DType.F32, 64, 64, 3, 3);
        List<Operand> inputs = List.of(
                new Operand(x, Layout.channelsLast(x.shape()), false),
                new Operand(weight, Layout.contiguous(weight.shape()), true));
        Conv2dOp conv = new Conv2dOp(1, 1, 1, 1);
        CpuDevice.Settings settings = CpuDevice.Settings.here().withThreads(1).withCache(home);
        String first;
        try (CpuDevice device = CpuDevice.open(settings)) {
            first = lowered(device, conv, inputs);
            assertThat(lowered(device, conv, inputs)).isEqualTo(first);
            assertThat(device.cache().orElseThrow().report().keys())
                    .anyMatch(key -> key.toString().startsWith("conv2d, problem"));
        }
        try (CpuDevice device = CpuDevice.open(settings)) {
            assertThat(lowered(device, conv, inputs)).isEqualTo(first);
        }
    }

    private static String lowered(CpuDevice device, Conv2dOp conv, List<Operand> inputs) {
        TensorType output = conv.infer(inputs.stream().map(Operand::type).toList());
        return device.lower(conv, inputs, output, Spending.of(Effort.MOST)).implementation();
    }
}
