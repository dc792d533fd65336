package io.github.tintype.cpu;

import io.github.tintype.cpu.PostOp.BinaryOperation;
import io.github.tintype.cpu.PostOp.Reach;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.EpilogueOp.Step;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.tensor.Dim;
import io.github.tintype.tensor.Shape;
import io.github.tintype.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link EpilogueOp} over convolutions, linear layers and group norms: as post-ops of their kernels, or, where the kernel chosen for
 * the sizes takes none, by {@link Finish} over its result.
 */
record EpilogueSupport(
        ConvolutionSupport convolution,
        LinearSupport linear,
        GroupNormSupport groupNorm,
        boolean loops,
        Cpu cpu,
        KernelCache kernels)
        implements OpSupport<EpilogueOp> {
    @Override
    public boolean supports(EpilogueOp op, List<TensorType> inputs, TensorType output) {
        if (!OpSupport.f32(inputs, output)) {
            return false;
        }
        int own = op.baseInputs(inputs.size());
        return switch (op.base()) {
            case UpsampleConv2dOp large when !convolution.supports(large, inputs.subList(0, own)) -> false;
            case Conv2dOp _, UpsampleConv2dOp _, LinearOp _ ->
                postOps(op, inputs.subList(own, inputs.size()), output.shape()).isPresent();
            // Its sum and product with other tensors are no faster than apart. Loops do all of it.
            case GroupNormOp _ ->
                !loops
                        && own == inputs.size()
                        && postOps(op, List.of(), output.shape()).isPresent();
            default -> false;
        };
    }

    private static Optional<List<PostOp>> postOps(EpilogueOp op, List<TensorType> operands, Shape result) {
        boolean images = !(op.base() instanceof LinearOp);
        List<PostOp> postOps = new ArrayList<>();
        int next = 0;
        for (Step step : op.steps()) {
            Optional<? extends PostOp> postOp = switch (step) {
                case Step.Activation(var kind) -> EltwiseSupport.activation(kind);
                case Step.AddScalar(double value) ->
                    Optional.of(new PostOp.Eltwise(PostOp.Function.LINEAR, 1, (float) value));
                case Step.MulScalar(double value) -> Optional.of(PostOp.scale(value));
                case Step.Add() -> operand(BinaryOperation.ADD, operands.get(next++), result, images);
                case Step.Mul() -> operand(BinaryOperation.MUL, operands.get(next++), result, images);
            };
            if (postOp.isEmpty()) {
                return Optional.empty();
            }
            postOps.add(postOp.get());
        }
        return next > 1 ? Optional.empty() : Optional.of(postOps); // kernels take one operand
    }

    private static Optional<PostOp> operand(
            BinaryOperation operation, TensorType operand, Shape result, boolean images) {
        return reach(operand.shape(), result, images).map(reach -> new PostOp.Operand(operation, reach));
    }

    /* Channels are axis 1 of images and the last axis of rows. */
    private static Optional<Reach> reach(Shape operand, Shape result, boolean images) {
        if (operand.dims().stream().allMatch(dim -> dim.is(1))) {
            return Optional.of(Reach.TENSOR);
        }
        if (operand.equals(result)) {
            return Optional.of(Reach.ELEMENT);
        }
        int channel = images ? 1 : result.rank() - 1;
        if (repeatsBut(operand, result, List.of(channel))) {
            return Optional.of(Reach.CHANNEL);
        }
        return images && repeatsBut(operand, result, List.of(0, channel))
                ? Optional.of(Reach.IMAGE_CHANNEL)
                : Optional.empty();
    }

    private static boolean repeatsBut(Shape operand, Shape result, List<Integer> axes) {
        int missing = result.rank() - operand.rank();
        for (int i = 0; i < result.rank(); i++) {
            Dim size = i < missing ? Dim.ONE : operand.dim(i - missing);
            if (!(axes.contains(i) ? size.equals(result.dim(i)) : size.is(1))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public List<Layout> inputLayouts(EpilogueOp op, List<Operand> inputs, TensorType output) {
        int own = op.baseInputs(inputs.size());
        List<Operand> base = inputs.subList(0, own);
        List<Layout> layouts = new ArrayList<>(
                switch (op.base()) {
                    case Conv2dOp conv -> convolution.inputLayouts(conv, base, output);
                    case UpsampleConv2dOp large -> convolution.inputLayouts(large.conv(), base, output);
                    case LinearOp product -> linear.inputLayouts(product, base, output);
                    case GroupNormOp norm -> groupNorm.inputLayouts(norm, base, output);
                    default -> throw unsupported(op);
                });
        Layout result =
                op.base() instanceof LinearOp ? Layout.contiguous(output.shape()) : Layout.channelsLast(output.shape());
        for (Operand operand : inputs.subList(own, inputs.size())) {
            layouts.add(operand.type().shape().equals(output.shape()) ? result : OpSupport.contiguous(operand));
        }
        return layouts;
    }

    @Override
    public Lowering lower(EpilogueOp op, List<Operand> inputs, TensorType output) {
        return candidates(op, inputs, output, Spending.LEAST)
                .getFirst()
                .lowering()
                .get();
    }

    @Override
    public List<Candidate> candidates(EpilogueOp op, List<Operand> inputs, TensorType output, Spending spending) {
        int own = op.baseInputs(inputs.size());
        List<Operand> base = inputs.subList(0, own);
        List<Operand> operands = inputs.subList(own, inputs.size());
        List<PostOp> postOps = postOps(op, operands.stream().map(Operand::type).toList(), output.shape())
                .orElseThrow(() -> unsupported(op));
        return switch (op.base()) {
            case Conv2dOp conv ->
                finished(convolution.routes(conv, base, output, spending), postOps, operands, output, own);
            case UpsampleConv2dOp large ->
                finished(convolution.routes(large, base, output, spending), postOps, operands, output, own);
            case LinearOp _ -> finished(linear.routes(base, output, spending), postOps, operands, output, own);
            case GroupNormOp norm ->
                List.of(new Candidate("library", () -> groupNorm.lower(norm, output, functions(postOps))));
            default -> throw unsupported(op);
        };
    }

    @Override
    public boolean hasNarrow() {
        return true;
    }

    /* Finish works on f32, so the kernel must do all; it reads what is added as elements of the result's type, which a number may not be. */
    @Override
    public List<Candidate> narrow(EpilogueOp op, List<Operand> inputs, TensorType output, Spending spending) {
        int own = op.baseInputs(inputs.size());
        List<Operand> base = inputs.subList(0, own);
        List<TensorType> operands =
                inputs.subList(own, inputs.size()).stream().map(Operand::type).toList();
        if (operands.stream().anyMatch(operand -> operand.dtype() != output.dtype())) {
            return List.of();
        }
        List<PostOp> postOps = postOps(op, operands, output.shape()).orElseThrow(() -> unsupported(op));
        List<Route> routes = switch (op.base()) {
            case Conv2dOp conv -> convolution.narrowRoutes(conv, base, output, spending);
            case UpsampleConv2dOp large -> convolution.generated(large, base, output, spending);
            case LinearOp _ -> linear.narrowRoutes(base, output, spending);
            default -> List.of();
        };
        return routes.stream()
                .filter(route -> route.taken(postOps).size() == postOps.size())
                .map(route -> route.candidate(one -> one.lower(postOps)))
                .toList();
    }

    /* supports allows no others there. */
    private static List<PostOp.Eltwise> functions(List<PostOp> postOps) {
        return postOps.stream().map(PostOp.Eltwise.class::cast).toList();
    }

    private List<Candidate> finished(
            List<Route> routes, List<PostOp> postOps, List<Operand> operands, TensorType output, int own) {
        return routes.stream()
                .map(route -> route.candidate(one -> {
                    List<PostOp> taken = one.taken(postOps);
                    return finished(one.lower(taken), taken, postOps, operands, output, own);
                }))
                .toList();
    }

    /* The kernel, which does what is taken, and the rest of the post-ops after it. */
    private Lowering finished(
            Lowering plain,
            List<PostOp> taken,
            List<PostOp> postOps,
            List<Operand> operands,
            TensorType output,
            int own) {
        if (taken.size() == postOps.size()) {
            return plain;
        }
        List<PostOp> rest = postOps.subList(taken.size(), postOps.size());
        Finish finish = Finish.of(cpu, kernels, rest, operands, output.shape(), plain.output());
        return new Lowering(
                plain.output(),
                new FinishedKernel(plain.kernel(), finish, own),
                plain.packings(),
                plain.scratchBytes(),
                plain.implementation() + " then in place");
    }

    private static IllegalStateException unsupported(EpilogueOp op) {
        return new IllegalStateException("cpu: asked to lower " + op + ", which it doesn't support");
    }
}
