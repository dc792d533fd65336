package io.github.tintype.cpu;

import io.github.tintype.device.Effort;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.loop.lower.LoopPlan;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * {@link FusedOp} by generated loops. Operands are taken as they lie where the loops can be written for that. Results that are larger than the cache go past it.
 *
 * @param cache the last one
 */
record LoopSupport(Cpu cpu, LoopCode code, LoopPlans plans, LastLevelCache cache) implements OpSupport<FusedOp> {
    /** @param code what loops are compiled by */
    LoopSupport(Cpu cpu, LoopCode code) {
        this(cpu, code, new LoopPlans(), new LastLevelCache());
    }

    /* Asked by the compiler before it is known how anything lies; what can be done where all lie in one of these ways can be done by copying. */
    @Override
    public boolean supports(FusedOp op, List<TensorType> inputs, TensorType output) {
        if (OpSupport.isEmpty(output) || inputs.stream().anyMatch(OpSupport::isEmpty)) {
            return false;
        }
        return ways(inputs).stream()
                .anyMatch(lie -> plan(op, inputs, lie, output).isPresent());
    }

    /* As images lie, which is how they mostly will, and row by row. */
    private static List<List<Layout>> ways(List<TensorType> inputs) {
        return Stream.<Function<TensorType, Layout>>of(LoopSupport::channelsLast, LoopSupport::rows)
                .map(lie -> inputs.stream().map(lie).toList())
                .toList();
    }

    private static Layout rows(TensorType type) {
        return Layout.contiguous(type.shape());
    }

    private static Layout channelsLast(TensorType type) {
        return type.shape().rank() == 4 ? Layout.channelsLast(type.shape()) : rows(type);
    }

    private Optional<LoopPlan> plan(FusedOp op, List<TensorType> types, List<Layout> layouts, TensorType output) {
        return plans.of(op, types, layouts, result(types, layouts, output));
    }

    private static List<TensorType> types(List<Operand> inputs) {
        return inputs.stream().map(Operand::type).toList();
    }

    private static List<Layout> layouts(List<Operand> inputs) {
        return inputs.stream().map(Operand::layout).toList();
    }

    /* Images lie as the first that is no row-major one does: kernels before and after them agree on channels last. */
    private static Layout result(List<TensorType> types, List<Layout> layouts, TensorType output) {
        boolean channelsLast =
                IntStream.range(0, types.size()).anyMatch(i -> isChannelsLast(types.get(i), layouts.get(i)));
        return channelsLast ? channelsLast(output) : rows(output);
    }

    private static boolean isChannelsLast(TensorType type, Layout layout) {
        Shape shape = type.shape();
        return shape.rank() == 4 && layout.isChannelsLast(shape) && !layout.isContiguous(shape);
    }

    @Override
    public List<Layout> inputLayouts(FusedOp op, List<Operand> inputs, TensorType output) {
        List<TensorType> types = types(inputs);
        List<Layout> given = layouts(inputs);
        if (plan(op, types, given, output).isPresent()) {
            return given;
        }
        boolean rowsFirst = result(types, given, output).isContiguous(output.shape());
        List<List<Layout>> ways = ways(types);
        return (rowsFirst ? ways.reversed() : ways)
                .stream()
                        .filter(lie -> plan(op, types, lie, output).isPresent())
                        .findFirst()
                        .orElseThrow(() -> refused(op, given));
    }

    private static IllegalStateException refused(FusedOp op, List<Layout> layouts) {
        return new IllegalStateException("cpu: asked to lower " + op + " at " + layouts);
    }

    @Override
    public Lowering lower(FusedOp op, List<Operand> inputs, TensorType output) {
        return lower(op, inputs, output, Effort.USUAL);
    }

    @Override
    public List<Candidate> candidates(FusedOp op, List<Operand> inputs, TensorType output, Spending spending) {
        return List.of(new Candidate("loops", () -> lower(op, inputs, output, spending.effort())));
    }

    private Lowering lower(FusedOp op, List<Operand> inputs, TensorType output, Effort effort) {
        List<TensorType> types = types(inputs);
        List<Layout> layouts = layouts(inputs);
        Layout result = result(types, layouts, output);
        LoopPlan plan = plans.of(op, types, layouts, result).orElseThrow(() -> refused(op, layouts));
        long bytes =
                output.bytes() + types.stream().mapToLong(TensorType::bytes).sum();
        boolean past = cache.isExceededBy(output.bytes());
        LoopKernel kernel = new LoopKernel(cpu, code, op.name(), past ? plan.pastCaches() : plan, effort, bytes);
        return new Lowering(result, kernel, Map.of(), kernel.scratchBytes(), kernel.implementation());
    }

    /** Whether the kernel for these inputs may write over input {@code index}, which lies as its output does. */
    boolean computesInPlace(FusedOp op, int index, List<Operand> inputs, TensorType output) {
        return plan(op, types(inputs), layouts(inputs), output)
                .orElseThrow()
                .inPlace()
                .contains(index);
    }
}
