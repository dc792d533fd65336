package io.github.tintype.llvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.code.HostProcessor;
import io.github.tintype.loop.LoopCompiler.CompileEffort;
import io.github.tintype.loop.LoopHarness;
import io.github.tintype.loop.LoopHarness.Runner;
import io.github.tintype.loop.Program;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.tensor.DType;
import io.github.tintype.tensor.HostTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** What holds of the program of every template. */
final class TemplateChecks {
    private TemplateChecks() {}

    /**
     * Results are as near to {@code wanted} as {@code distance} and, relatively, rounding to {@code operands} allow; compiled code gives the interpreter's bits, for any lanes and with either
     * effort.
     */
    static void means(Function<Runner, float[]> run, double[] wanted, double distance, DType operands) {
        double[] distances = new double[wanted.length];
        Arrays.fill(distances, distance);
        means(run, wanted, distances, operands);
    }

    /** Likewise with a distance for each result. */
    static void means(Function<Runner, float[]> run, double[] wanted, double[] distances, DType operands) {
        float[] interpreted = run.apply(LoopHarness::interpret);
        for (int i = 0; i < wanted.length; i++) {
            assertThat(Math.abs(interpreted[i] - wanted[i]))
                    .as("result %d", i)
                    .isLessThan(distances[i] + Math.abs(wanted[i]) * rounding(operands));
        }
        for (int lanes : new int[] {4, 8, 16}) {
            assertThat(run.apply(Compiled.of(HostProcessor.target().withLanes(lanes))))
                    .as("%d lanes", lanes)
                    .isEqualTo(interpreted);
        }
        Compiled most = new Compiled(Compiled.LLVM, HostProcessor.target(), CompileEffort.MOST, 1);
        assertThat(run.apply(most)).isEqualTo(interpreted);
    }

    /** A copy of one of the buffers, by its number, after a run on copies of all. */
    static HostTensor run(Runner runner, LoopPlan plan, List<HostTensor> buffers, int result) {
        try (Arena arena = Arena.ofConfined()) {
            List<MemorySegment> memory = buffers.stream()
                    .map(HostTensor::data)
                    .map(data -> arena.allocate(data.byteSize(), 64).copyFrom(data))
                    .toList();
            runner.run(plan, memory);
            HostTensor copy = HostTensor.allocate(buffers.get(result).type());
            copy.data().copyFrom(memory.get(result));
            return copy;
        }
    }

    /** Half the distance of neighbours. */
    static double rounding(DType dtype) {
        return switch (dtype) {
            case BF16 -> 0x1p-8;
            case F16 -> 0x1p-11;
            default -> 0;
        };
    }

    /** It compiles for each level of processors, to so many kernels. */
    static void compilesForEveryLevel(Program program, int kernels) {
        for (String level : HostProcessor.levels()) {
            assertThat(Compiled.LLVM
                            .compile(program, HostProcessor.level(level).orElseThrow(), CompileEffort.FAST)
                            .entries())
                    .hasSize(kernels);
        }
    }
}
