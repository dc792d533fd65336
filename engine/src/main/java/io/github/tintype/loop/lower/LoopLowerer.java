package io.github.tintype.loop.lower;

import io.github.tintype.device.Layout;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.loop.Kernel;
import io.github.tintype.loop.Program;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Chooses the loops for a fused op. */
public final class LoopLowerer {
    /* Each cut makes an axis more; no reshape of a model needs nearly as many. */
    private static final int MOST_CUTS = 32;

    private LoopLowerer() {}

    /**
     * A program that computes {@code op}.
     *
     * @param inputs the types of its inputs, of fixed sizes
     * @param layouts how they lie in memory, at any strides
     * @param output how the result shall lie, densely
     */
    public static LoopLowering lower(FusedOp op, List<TensorType> inputs, List<Layout> layouts, Layout output) {
        return lower(op, inputs, layouts, output, Schedule.PROCESSOR);
    }

    /** Likewise for {@code schedule}. */
    public static LoopLowering lower(
            FusedOp op, List<TensorType> inputs, List<Layout> layouts, Layout output, Schedule schedule) {
        TensorType result = op.infer(inputs);
        boolean something = result.shape().elements() > 0;
        if (something && inputs.stream().anyMatch(type -> type.shape().elements() == 0)) {
            return new LoopLowering.Refused("an input without elements");
        }
        if (!output.isDense(result.shape())) {
            throw new IllegalArgumentException(
                    "loop lowering: got result %s at %s, wanted a dense layout".formatted(result, output));
        }
        Fusion fusion = Fusion.of(op, inputs, layouts, output);
        for (int cuts = 0; cuts < MOST_CUTS; cuts++) {
            try {
                return new LoopLowering.Lowered(plan(fusion, schedule));
            } catch (Axes.Cut again) {
                // with one more axis
            } catch (Unsupported e) {
                return new LoopLowering.Refused(String.valueOf(e.getMessage()));
            }
        }
        return new LoopLowering.Refused("more than %d axes".formatted(MOST_CUTS));
    }

    private static LoopPlan plan(Fusion fusion, Schedule schedule) {
        ProgramArguments arguments = new ProgramArguments(schedule);
        List<Kernel> kernels = new ArrayList<>(GroupNormWriter.statistics(fusion, arguments));
        KernelWriter writer = new KernelWriter(fusion, arguments);
        kernels.add(writer.write("fused_" + kernels.size(), fusion.root()));
        LoopPlan plan = arguments.plan(kernels, writer.inPlace());
        int words = plan.program().words();
        if (schedule == Schedule.GPU && words > Program.MOST_GPU_WORDS) {
            throw new Unsupported(
                    "%d arguments, more than a launch takes (%d)".formatted(words, Program.MOST_GPU_WORDS));
        }
        return plan;
    }
}
